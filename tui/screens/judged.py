"""A judgement to read: what a request or response is, line by line what holds of it, what it says, and the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.screens.reader import Reader, folded
from tui.screens.sign_in_detail import indented
from tui.widgets.ink import Spans

if TYPE_CHECKING:
    from usher.saml.judge import Judgement
    from usher.services.sso_tests import KeptMessage

_WIDTH = 60
_MARKS = {True: ("✓ ", "ok"), False: ("✗ ", "bad"), None: ("· ", "dim")}


def show_judgement(app: Any, found: Judgement) -> None:
    """The judgement of what was pasted."""
    app.push_screen(_reader(found, []), lambda answer: _answer(app, answer, found.xml))


def show_kept(app: Any, messages: tuple[KeptMessage, ...], at: int = 0) -> None:
    """The judgement of a message of the record, and the way to the other one of the same attempt."""
    from usher.services import sso_tests

    message, other = messages[at], (at + 1) % len(messages)
    found = sso_tests.judge_kept(app.session, message)
    who = message.sign_in.username or "nobody known"
    said = f"Of {message.sign_in.at[:19].replace('T', ' ')} UTC, {who}; judged as of then, by the settings of now."
    head: list[Spans] = [*((part, "dim") for part in folded(said, _WIDTH)), ""]
    ways = [("other", f"The {messages[other].kind}")] if len(messages) > 1 else []

    def then(answer: str | None) -> None:
        if answer == "other":
            show_kept(app, messages, other)
        else:
            _answer(app, answer, message.xml)

    app.push_screen(_reader(found, ways, head), then)


def _answer(app: Any, answer: str | None, xml: str) -> None:
    if answer == "copy":
        app.copy(xml, "Copied the message.")


def _reader(found: Judgement, ways: list[tuple[str, str]], head: list[Spans] | None = None) -> Reader:
    title = f"{found.kind or 'No SAML message'}: {'all of it holds' if found.holds else 'not all of it holds'}"
    return Reader(title, [*(head or []), *lines_of(found)], [*ways, ("copy", "Copy XML")] if found.xml else ways)


def checks(found: Judgement) -> list[Spans]:
    """Line by line what holds."""
    lines: list[Spans] = []
    for line in found.lines:
        mark = _MARKS[line.holds]
        lines += [[mark if at == 0 else "  ", (part, "text")] for at, part in enumerate(folded(line.what, _WIDTH - 2))]
        lines += [["  ", (part, "dim")] for part in folded(line.detail, _WIDTH - 2) if line.detail]
    return lines


def lines_of(found: Judgement) -> list[Spans]:
    """The judgement, what the message says, and the message itself."""
    lines = checks(found)
    if found.facts:
        lines += ["", ("What it says", "strong")]
        for name, value in found.facts:
            lines += [(name, "dim"), *(["  ", (part, "text")] for part in folded(value, _WIDTH - 2))]
    if found.xml:
        lines += ["", ("Message", "strong"), *((part, "text") for part in indented(found.xml))]
    return lines
