"""The help (every key that works here) and the palette (every action and place), from the one registry."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.fuzzy import Matcher

from tui.commands import Use, key_labels, shown
from tui.places import BY_NAME, parse
from tui.screens.choose import Choice, Chooser

if TYPE_CHECKING:
    from tui.app import UsherApp
    from tui.screens.base import PlaceScreen

_ORDER = ("Here", "This application", "Tabs", "In a list", "In a form", "In the filter", "In the places", "Places", "Everywhere")

_NAMED = ("Here", "This application")
"""Of these what has no key is listed too: enter does it."""


def help_for(screen: PlaceScreen) -> Chooser:
    """What works where the focus is, under headings."""
    choices = sorted((c for c in choices_of(screen) if c.key or c.group in _NAMED), key=lambda c: _ORDER.index(c.group) if c.group in _ORDER else 0)
    return _Run("Keys that work here", lambda typed: find(choices, typed), prompt="find a key or an action", grouped=True)


def palette_for(screen: PlaceScreen) -> Chooser:
    """Everything, best match first; a place's word and more goes there with it: `log calendly`."""
    choices = choices_of(screen)
    app = screen.app

    def look(typed: str) -> Sequence[Choice]:
        return [*_typed_place(app, typed), *find(choices, typed)]

    return _Run("Command", look, prompt="an action, a place, or the command line's words")


class _Run(Chooser):
    """A chooser that does what was chosen, once it has gone."""

    def dismiss(self, result: Choice | None = None) -> object:  # type: ignore[override]
        """Leaves, then does it."""
        app = self.app
        leaving = super().dismiss(result)
        if result is not None:
            app.call_later(result.run)
        return leaving


def choices_of(screen: PlaceScreen) -> list[Choice]:
    """The commands that belong here now."""
    return [_choice(screen.app, use, "" if verdict is True else str(verdict)) for use, verdict in shown(screen)]


def _choice(app: UsherApp, use: Use, why: str) -> Choice:
    command = use.command
    cli = "" if why else command.cli(use.node)
    return Choice(command.name, command.help(), partial(app.run_use, use), key_labels(command.keys), command.group, why, command.words, cli)


def _typed_place(app: UsherApp, typed: str) -> list[Choice]:
    """`log calendly status=failed` as the first choice, when it names a place and more."""
    visit = parse(typed)
    if visit is None or not visit.argument:
        return []
    place = BY_NAME[visit.place]
    return [Choice(f"{place.title}: {visit.argument}", place.help, partial(app.visit, visit.place, visit.argument), cli=f"usher {typed.strip()}")]


def find(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """The choices that match fuzzily by name, key or command-line words, best first; all in order for nothing typed."""
    wanted = typed.strip()
    if not wanted:
        return list(choices)
    matcher = Matcher(wanted)
    scored = [(max(2 * matcher.match(c.name), matcher.match(c.words) * 2 if c.words else 0, 100.0 if wanted in c.key.split() else 0), c) for c in choices]
    scored += [(0.5, c) for score, c in scored if not score and wanted.casefold() in c.detail.casefold()]
    return [c for score, c in sorted(scored, key=lambda pair: -pair[0]) if score > 0]
