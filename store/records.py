"""Frozen dataclasses that cost nothing until the first one of them is made.

`dataclasses` writes six methods for a class and compiles each, 0.3–1 ms a class. A start loads a hundred such
classes and makes instances of ten: here the methods are written when the first instance is made, or when somebody
asks for the fields. Nothing else differs, and a type checker is shown `dataclasses.dataclass` itself.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

_LOCK = threading.RLock()  # two threads may make the first one at once; and to finish a class finishes its bases


def _frozen_when_used(*, frozen: bool) -> Callable[[Any], Any]:
    """A class decorator with the face of `dataclasses.dataclass`."""
    assert frozen, "only frozen ones wait; what can be changed is made with dataclasses.dataclass"
    return _wait


def _wait(kind: Any) -> Any:
    """The class, with an `__init__` that finishes it first."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        _finish(kind, __init__)
        kind.__init__(self, *args, **kwargs)

    kind.__init__ = __init__
    kind.__dataclass_fields__ = _Fields(kind, __init__)
    return kind


class _Fields:
    """Stands where `dataclasses` keeps the fields of a class; asking for them finishes it."""

    def __init__(self, kind: Any, waiting: object) -> None:
        self._kind, self._waiting = kind, waiting

    def __get__(self, instance: object, owner: object = None) -> Any:
        _finish(self._kind, self._waiting)
        return self._kind.__dataclass_fields__


def _finish(kind: Any, waiting: object) -> None:
    """Makes the class a dataclass, once.

    `dataclasses` leaves an `__init__` that is there, so the real one is written for a subclass and then put in the
    waiting one's place: no thread ever finds none.
    """
    with _LOCK:
        if vars(kind)["__init__"] is waiting:
            dataclasses.dataclass(frozen=True, init=False)(kind)
            whole: Any = dataclasses.dataclass(frozen=True, eq=False, repr=False)(type(kind.__name__, (kind,), {}))
            kind.__init__ = whole.__init__


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _frozen_when_used

__all__ = ["dataclass"]
