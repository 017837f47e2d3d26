"""Dataclasses that are cheap to load: the face of `dataclasses.dataclass`, without its compiling.

`dataclasses` writes up to six methods for each class and compiles every one, 0.3–1 ms a class, and a start loads a
hundred classes. Here the methods are shared by all of them, and only `__init__` is written, when the first instance
is made. `fields`, `replace`, `asdict`, positional `match` and inheritance work as they do there; a type checker is
shown `dataclasses.dataclass` itself. What is not used in this program is not there: order, slots, keyword-only fields.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

_MISSING = dataclasses.MISSING


def _dataclass(kind: Any = None, /, *, frozen: bool = False) -> Any:
    """A class decorator, with or without parentheses."""
    if kind is None:
        return lambda kind: _dataclass(kind, frozen=frozen)
    dataclasses.dataclass(init=False, repr=False, eq=False)(kind)  # the fields: nothing is compiled

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        kind.__init__ = _written_init(kind)  # threads that come here together write the same
        kind.__init__(self, *args, **kwargs)

    _add(kind, __init__=__init__, __repr__=_repr, __eq__=_eq, __hash__=_hash if frozen else None)
    if frozen:
        _add(kind, __setattr__=_refuse, __delattr__=_refuse)
    return kind


def _add(kind: Any, **methods: Any) -> None:
    """Gives the class these methods, unless it has its own."""
    for name, method in methods.items():
        if vars(kind).get(name) is None:
            setattr(kind, name, method)


def _written_init(kind: Any) -> Any:
    """The class's `__init__`: one parameter a field, each kept past any `__setattr__`."""
    names: dict[str, Any] = {"put": object.__setattr__, "missing": _MISSING}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(kind):
        value = name = field.name
        if field.default is not _MISSING:
            names[f"default_{name}"] = field.default
            parameters.append(f"{name}=default_{name}")
        elif field.default_factory is not _MISSING:
            names[f"make_{name}"] = field.default_factory
            parameters.append(f"{name}=missing")
            value = f"make_{name}() if {name} is missing else {name}"
        else:
            parameters.append(name)
        lines.append(f" put(self, {name!r}, {value})")
    if hasattr(kind, "__post_init__"):
        lines.append(" self.__post_init__()")
    body = "\n".join(lines) or " pass"
    exec(f"def __init__({', '.join(parameters)}):\n{body}", names)  # noqa: S102 - names of fields and nothing else
    made: Any = names["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    return made


def _values(record: Any) -> tuple[Any, ...]:
    return tuple([getattr(record, name) for name in record.__match_args__])


def _repr(self: Any) -> str:
    shown = [f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse(self: Any, name: str, *value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass

__all__ = ["dataclass"]
