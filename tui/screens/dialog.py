"""What every dialog is made of: a box in the middle, a title, buttons on one line."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen

from tui.commands import Command, Commanded, Use, key_label
from tui.screens.base import Working
from tui.styles.sheets import DIALOG_CSS, FORM_CSS
from tui.widgets.bars import Footer
from tui.widgets.ink import Drawn, Spans, flat, width_of

if TYPE_CHECKING:
    from tui.app import UsherApp

T = TypeVar("T")


class Press(Command["Button"]):
    """Press the button."""

    keys, name, group = "enter,space", "Press", "In a dialog"

    def run(self, button: Button) -> None:
        """Presses."""
        button.press()


class Button(Commanded, Drawn, can_focus=True):
    """A word to press, with the key that presses it from anywhere in the dialog."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (Press,)

    class Pressed(Message):
        """It was pressed."""

        def __init__(self, button: Button) -> None:
            super().__init__()
            self.button = button

    def __init__(self, name: str, word: str, *, key: str = "", tone: str = "accent") -> None:
        super().__init__(id=f"button-{name}")
        self.answer, self.word, self.key, self.tone = name, word, key, tone
        self.styles.width = width_of(self._spans()) + 2

    def _spans(self) -> Spans:
        mark = self.tone if not self.disabled else "faint"
        key = [(f"{key_label(self.key)} ", f"{mark} bold")] if self.key else []
        return [" ", *key, (self.word, "faint" if self.disabled else ("strong" if self.has_focus else "text")), " "]

    def line(self, y: int, width: int) -> Spans:
        """The word, in brackets that show where the focus is."""
        if not self.has_focus:
            return [("[", "faint"), self._spans(), ("]", "faint")]
        inner = [(text, f"{tone} on:cursor") for text, tone in flat(self._spans())]
        return [("▌", "accent on:cursor"), inner, (" ", "on:cursor")]

    def rename(self, word: str) -> None:
        """Says something else, such as how many it is about."""
        if word != self.word:
            self.word = word
            self.styles.width = width_of(self._spans()) + 2
            self.refresh()

    def press(self) -> None:
        """Does what it says."""
        if not self.disabled:
            self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """Presses."""
        self.press()

    def on_focus(self) -> None:
        """Shows it."""
        self.refresh()
        self.screen.query(DialogFooter).refresh()

    def on_blur(self) -> None:
        """Shows it."""
        self.refresh()


class Text(Drawn):
    """Lines of a dialog, wrapped to its width."""

    def __init__(self, lines: list[Spans], id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines = lines
        self._wrapped: tuple[int, list[Spans]] = (-1, [])

    def show(self, lines: list[Spans]) -> None:
        """Shows other lines."""
        self.lines, self._wrapped = lines, (-1, [])
        self.refresh(layout=True)

    def _lines(self, width: int) -> list[Spans]:
        if self._wrapped[0] != width:
            self._wrapped = (width, [part for line in self.lines for part in wrapped(line, width)])
        return self._wrapped[1]

    def line(self, y: int, width: int) -> Spans:
        """One line."""
        lines = self._lines(width)
        return lines[y] if y < len(lines) else ""

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        """As many lines as the text takes."""
        return len(self._lines(width))


def wrapped(line: Spans, width: int) -> list[Spans]:
    """A sentence over as many lines as it needs; spans that are laid out (not plain text) stay on one."""
    import textwrap

    if isinstance(line, str):
        return list(textwrap.wrap(line, width)) or [""]
    if isinstance(line, tuple) and isinstance(line[0], str) and isinstance(line[1], str):
        tone = line[1]
        return [(part, tone) for part in textwrap.wrap(line[0], width)] or [""]
    return [line]


class DialogFooter(Footer):
    """The dialog's own keys, in the place of those of the screen behind it: its buttons', then its commands'."""

    def _items(self) -> list[tuple[Use, bool | str]]:
        """A button under the focus is pressed with enter, any other with its key; a disabled one is grey."""
        keyed: list[tuple[Use, bool | str]] = []
        for button in self.screen.query(Button):
            keys = "enter" if button.has_focus else button.key
            if keys and (keys == "enter" or keys != "escape"):
                use = Use(_press(keys, button.word), button)
                if self._within_reach(use):
                    keyed.append((use, "Not yet." if button.disabled else True))
        keyed.sort(key=lambda item: item[0].command.keys != "enter")
        return [*keyed, *((self._as_its_button(use), verdict) for use, verdict in super()._items())]

    def _as_its_button(self, use: Use) -> Use:
        """Esc is called what the button it presses is called: Close where there is nothing to cancel."""
        word = next((button.word for button in self.screen.query(Button) if button.key == "escape" or button.answer == "close"), "")
        return Use(_leave(word), use.node) if word and type(use.command) is Cancel else use


@cache
def _press(keys: str, word: str) -> Press:
    """Pressing a button, as the footer shows it."""
    kind: type[Press] = type("Press", (Press,), {"keys": keys, "short": word, "__doc__": Press.__doc__})
    return kind()


class Cancel(Command["Dialog[Any]"]):
    """Leave the dialog without doing anything."""

    keys, name, short, group, priority = "escape", "Cancel", "Cancel", "In a dialog", 20

    def run(self, dialog: Dialog[Any]) -> None:
        """Leaves."""
        dialog.leave()


@cache
def _leave(word: str) -> Cancel:
    """Leaving a dialog, as the footer shows it."""
    kind: type[Cancel] = type("Cancel", (Cancel,), {"short": word, "__doc__": Cancel.__doc__})
    return kind()


class Along(Command["Dialog[Any]"]):
    """The next field or button."""

    keys, name, short, group, priority = "tab,right,down", "Next", "Next", "In a dialog", 30

    def run(self, dialog: Dialog[Any]) -> None:
        """Moves the focus."""
        dialog.focus_next()


class AlongBack(Command["Dialog[Any]"]):
    """The previous field or button."""

    keys, name, group = "shift+tab,left,up", "Previous", "In a dialog"

    def run(self, dialog: Dialog[Any]) -> None:
        """Moves the focus."""
        dialog.focus_previous()


class Dialog(Working, Commanded, ModalScreen[T]):
    """A box over the place. Subclasses give `title_text`, `content()` and `buttons()`, and take `pressed(name)`."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (Cancel, Along, AlongBack)
    CSS_PATH = [DIALOG_CSS, FORM_CSS]
    AUTO_FOCUS = "#box Input, #box Area, #box Choice, #box Button"

    app: UsherApp

    def __init__(self, title_text: str) -> None:
        super().__init__()
        self.title_text = title_text

    def content(self) -> ComposeResult:
        """What stands between title and buttons."""
        yield from ()

    def buttons(self) -> list[Button]:
        """The buttons, the harmless one first."""
        return [Button("close", "Close")]

    def pressed(self, name: str) -> None:
        """A button was pressed."""
        self.dismiss(None)

    def leave(self) -> None:
        """What esc does."""
        self.dismiss(None)

    def on_descendant_focus(self) -> None:
        """What enter does is another thing in a field than on a button."""
        self.query(DialogFooter).refresh()

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box") as box:
            box.border_title = self.title_text
            yield from self.content()
            with Horizontal(id="buttons"):
                yield from self.buttons()
        yield DialogFooter()

    def on_button_pressed(self, message: Button.Pressed) -> None:
        """Hands on which button it was."""
        message.stop()
        self.pressed(message.button.answer)

    def on_key(self, event: events.Key) -> None:
        """A button's key presses it, unless something is being typed."""
        for button in self.query(Button):
            if button.key and event.key == button.key and not button.disabled:
                event.stop()
                event.prevent_default()
                button.press()
