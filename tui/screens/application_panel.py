"""An application's left panel: who it is and how it stands. Where there is little room it lies on top, as a strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tui import words
from tui.screens.application_todo import Todo, todos
from tui.screens.reader import folded
from tui.widgets.ink import Span, Spans, badge, fit
from tui.widgets.sheet import Line, Sheet
from usher.services.applications import ApplicationDetail

DEACTIVATE_IDM = "Deactivate IdM connection"
NARROW = 50
_NAMED = 5
"""How many steps stand in the panel; the others are on the card."""

_SHORT = {"Certificate": "Cert."}


@dataclass(frozen=True)
class PanelLink:
    """What a line of the panel leads to: `idm-off`, `todo` (the card of every step), `newer` (what the newer connector
    would change), or the key of a tab."""

    to: str
    text: str


class AppPanel(Sheet):
    """Badge, label, connector, states, certificate, the IdM link, and what is not yet done."""

    def __init__(self) -> None:
        super().__init__(id="panel")
        self.detail: ApplicationDetail | None = None
        self.read_only = False
        self.newer = 0

    def show_detail(self, detail: ApplicationDetail | None, read_only: bool, newer: int = 0) -> None:
        """Shows that application, or none; its connector says `newer` things otherwise by now."""
        self.detail, self.read_only, self.newer = detail, read_only, newer
        self._lay()

    def on_resize(self) -> None:
        """A strip where it is wide and low, else a column."""
        self._lay()

    def _lay(self) -> None:
        if self.detail is None or not self.size.width:
            self.show([])
            return
        strip = self.size.width > NARROW
        lines = _strip(self.detail, self._links(), self.size.width - 1) if strip else _column(self.detail, self._links(), self.size.width - 1)
        self.show(lines)
        self.styles.height = len(lines) if strip else "100%"

    def _links(self) -> list[tuple[Spans, PanelLink]]:
        detail = self.detail
        links: list[tuple[Spans, PanelLink]] = []
        if detail is not None and self.newer:
            links.append(([("▲ ", "warn"), ("Connector has changed", "text")], PanelLink("newer", "Connector has changed")))
        if detail is not None and detail.idm == "active" and not self.read_only:
            links.append(((DEACTIVATE_IDM, "accent underline"), PanelLink("idm-off", DEACTIVATE_IDM)))
        return links


def _strip(app: ApplicationDetail, links: Sequence[tuple[Spans, PanelLink]], width: int) -> list[Line]:
    """Two lines of facts, then the next thing to do, and last the link that takes something away."""
    name: list[Span] = [badge(app.badge, app.colour), "  ", (app.label, "strong")]
    lines = [Line(fit([name, ("  ", ""), (_connector(app), "dim")], width))]
    facts: list[Spans] = []
    for title, value in _facts(app):
        if title in ("SSO", "Bookmark", "IdM", "Accounts", "Certificate"):
            facts += [(f"{_SHORT.get(title, title)} ", "dim"), value, "  "]
    lines.append(Line(facts))
    return [*lines, *_next(app, "Next  ")[:1], *(Line(text, link) for text, link in links)]


def _column(app: ApplicationDetail, links: Sequence[tuple[Spans, PanelLink]], width: int) -> list[Line]:
    """Everything under each other; what to do next stands first of what leads somewhere, what takes something away last."""
    name = [[badge(app.badge, app.colour) if at == 0 else "    ", " ", (part, "strong")] for at, part in enumerate(folded(app.label, width - 5))]
    lines = [Line(), *map(Line, name), *(Line(["     ", (part, "dim")]) for part in folded(_connector(app), width - 5)), Line()]
    for title, value in _facts(app):
        values = _accounts(app) if title == "Accounts" and app.idm == "active" else [value]
        lines += [Line([*fit((title if at == 0 else "", "dim"), 13), each]) for at, each in enumerate(values)]
    lines += [Line(), Line([("NEXT", "warn bold"), ("  ·  NOT YET DONE", "faint bold")])] if todos(app) else [Line()]
    lines += _next(app, "› ", width - 3)
    return [*lines, *((Line(), *(Line(text, link) for text, link in links)) if links else ())]


def _next(app: ApplicationDetail, mark: str, width: int = 0) -> list[Line]:
    """What is not yet done, the first thing marked, over as many lines as `width` asks for; with nothing left a line that is
    safe to stand on."""
    found = []
    left = todos(app)
    for at, todo in enumerate(left[:_NAMED] if width else left):
        first, *more = folded(todo.text, width) if width else [todo.text]
        tone = "text" if at else "strong"
        found.append(Line([("○ " if at else mark, "warn"), (first, tone)], PanelLink(todo.tab, todo.text)))
        found += [Line(["  ", (part, tone)]) for part in more]
    if found and width:
        found.append(Line(("› Step by step" + (f", {len(left) - _NAMED} more" if len(left) > _NAMED else ""), "dim"), PanelLink("todo", "Still to do")))
    return found or [Line([("✓ ", "ok"), ("Nothing left to do", "dim")], PanelLink("general", "General Info"))]


def _accounts(app: ApplicationDetail) -> list[Spans]:
    """A line for each way that accounts stand."""
    counts = app.accounts
    named = ((counts.in_step, "✓", "ok", "in step"), (counts.pending, "▲", "warn", "pending"), (counts.failed, "✗", "bad", "failed"))
    return [[(f"{glyph} ", tone), (f"{number:,} ", "text"), (word, "dim")] for number, glyph, tone, word in named if number] or [("–", "faint")]


def _facts(app: ApplicationDetail) -> list[tuple[str, Spans]]:
    """How it stands, by name."""
    found: list[tuple[str, Any]] = [("Bookmark" if app.kind == "bookmark" else "SSO", words.state(app.sso))]
    if app.idm != "unsupported":
        found.append(("IdM", words.state(app.idm)))
    if app.certificate:
        found.append(("Certificate", words.certificate(app.certificate)))
    found.append(("User groups", f"{len(app.groups):,}" if app.groups else ("none", "dim")))
    found.append(("People", f"{app.people:,}" if app.people else ("nobody", "dim")))
    if app.idm != "unsupported":
        found.append(("Accounts", words.accounts(app.accounts) if app.idm == "active" else ("–", "faint")))
    found.append(("User Portal", "shown" if app.visible else ("hidden", "dim")))
    return found


def first_todo(app: ApplicationDetail) -> Todo | None:
    """Where to go on."""
    return next(iter(todos(app)), None)


def _connector(app: ApplicationDetail) -> str:
    """The connector's name; its kind where the application is called the same."""
    kinds = {"saml": "SAML 2.0", "scim": "SCIM 2.0", "bookmark": "Bookmark"}
    return app.connector_name if app.connector_name != app.label else kinds.get(app.kind, "") + (" + SCIM" if app.kind == "saml" and app.connection else "")
