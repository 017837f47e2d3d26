"""One registry of what can be done: a small class each, feeding keys, footer, help and palette.

A node of the console (a screen, a table, a rail) lists its commands in `ACTIONS`; its key bindings are made
from them, so nothing can be bound and undocumented. A command's docstring is its help.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from store.records import dataclass

if TYPE_CHECKING:
    from textual.screen import Screen

Node = TypeVar("Node", contravariant=True)
Possible = bool | str
"""True: it can be done. A sentence: it belongs here but not now, and this is why. False: it is not shown."""


class Command(Generic[Node]):
    """Something a person can do; `Node` is the screen or widget it is done on."""

    keys: ClassVar[str] = ""
    """Textual's names of its keys, comma-separated; the first one is shown. None: palette and help only."""
    name: ClassVar[str] = ""
    """A few words, as in the palette: "Delete applications"."""
    short: ClassVar[str] = ""
    """The footer's word; without one it never stands in the footer."""
    group: ClassVar[str] = "Here"
    """The heading it stands under in the help."""
    priority: ClassVar[int] = 50
    """Who comes first in the footer: lower."""
    words: ClassVar[str] = ""
    """The command line's words for the same, taken by the palette: "apps delete"."""

    @classmethod
    def help(cls) -> str:
        """What it does, from the docstring, on one line."""
        return " ".join((inspect.getdoc(cls) or "").split())

    def possible(self, node: Node) -> Possible:
        """Whether it can be done now."""
        return True

    def run(self, node: Node) -> None:
        """Does it."""
        raise NotImplementedError

    def cli(self, node: Node) -> str:
        """The command line that does the same, for the help; empty when there is none."""
        return f"usher {self.words}" if self.words else ""


@cache
def the(kind: type[Command[Any]]) -> Command[Any]:
    """The one instance of a command."""
    return kind()


class Commanded:
    """Mixed into a screen or widget before Textual's class: `ACTIONS` become its key bindings."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = ()
    BINDINGS: ClassVar[list[BindingType]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "ACTIONS" in cls.__dict__:
            cls.BINDINGS = [Binding(kind.keys, f"app.command('{kind.__name__}')", kind.name, show=False) for kind in cls.ACTIONS if kind.keys]
        super().__init_subclass__(**kwargs)


@dataclass(frozen=True)
class Use:
    """A command and the node it would be done on."""

    command: Command[Any]
    node: Any

    @property
    def possible(self) -> Possible:
        """Whether it can be done now."""
        return self.command.possible(self.node)

    @property
    def id(self) -> str:
        """The name of its class."""
        return type(self.command).__name__


def uses(screen: Screen[Any]) -> list[Use]:
    """Everything that can be done where the focus is, nearest node first; a key belongs to the nearest."""
    nodes = list(screen.focused.ancestors_with_self) if screen.focused else [screen]
    found: dict[str, Use] = {}
    for node in nodes:
        for klass in type(node).__mro__:
            for kind in klass.__dict__.get("ACTIONS", ()):
                found.setdefault(kind.__name__, Use(the(kind), node))
        if node is screen:
            break
    return list(found.values())


def shown(screen: Screen[Any]) -> list[tuple[Use, Possible]]:
    """What `uses` gives without what does not belong here now, each with its verdict; a key is the nearest one's."""
    found: list[tuple[Use, Possible]] = []
    taken: set[str] = set()
    for use in uses(screen):
        verdict, keys = use.possible, set(filter(None, use.command.keys.split(",")))
        if verdict is not False and not (keys and keys <= taken):
            found.append((use, verdict))
            taken |= keys
    return found


_KEYS = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "escape": "esc",
    "space": "space",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "plus": "+",
    "minus": "-",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def key_label(key: str) -> str:
    """A key as people write it: `?`, `esc`, `ctrl+p`, `G`."""
    head, _, last = key.rpartition("+")
    label = _KEYS.get(last, last)
    return f"{head}+{label}" if head else label


def key_labels(keys: str) -> str:
    """All keys of a command as people write them."""
    return " ".join(key_label(key) for key in keys.split(",") if key)


Then = Callable[[Any], None]
