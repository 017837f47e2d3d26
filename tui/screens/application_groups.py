"""The User Groups tab: who is let in. The ticks are kept by Save, and what they would bring is said before."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from store.authorizations import GroupAccess
from tui import words
from tui.commands import Command
from tui.screens.application_impact import Foreseen, foresee
from tui.screens.confirm import Confirm
from tui.screens.dialog import Button
from tui.screens.pane import Pane, PaneCommand
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from tui.widgets.gauges import ImpactLine, impact
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.reading import Reading
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import authorizations, groups
from usher.services.applications import ApplicationDetail


class NewGroup(PaneCommand):
    """Create a user group from here; it is ticked, and kept by Save."""

    keys, name, short, priority, words = "n", "Create a user group", "New group", 30, "groups add"

    def run(self, pane: Any) -> None:
        """Asks for its name."""
        pane.new_group()


class GroupsPane(Pane):
    """Users are implicitly denied: only members of a ticked group reach the application."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (NewGroup,)
    tab: ClassVar[str] = "groups"
    title: ClassVar[str] = "User Groups"
    scrolls: ClassVar[bool] = False

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(detail)
        self.table: VirtualTable[GroupAccess] = VirtualTable(
            [
                Column("User group", lambda row: (row.name, "strong"), 16, grow=3, most=44, sort=lambda row: row.name.casefold()),
                Column("Members", lambda row: f"{row.members:,}", 7, align="right", sort=lambda row: -row.members),
                Column("May come in", lambda row: (f"{row.activated:,}", "text" if row.activated == row.members else "warn"), 11, align="right"),
                Column("", self._state, 12),
            ],
            tickable=True,
        )
        self.table.empty = [("There are no user groups yet.", "strong"), "", [("Press ", "dim"), ("n", "accent bold"), (" to create one.", "dim")]]
        self._began: set[str] = set()
        self._counted: set[str] = set()

    def _state(self, row: GroupAccess) -> Spans:
        ticked = row.id in self.table.ticks
        if ticked == row.authorized:
            return [("● ", "ok"), "authorised"] if ticked else ("–", "faint")
        return [("+ ", "ok"), "to add"] if ticked else [("✗ ", "bad"), "to remove"]

    def content(self) -> ComposeResult:
        """Heading, groups, impact, Save."""
        yield Heading(id="groups-heading")
        yield self.table
        yield Reading(id="groups-why")
        yield ImpactLine(id="groups-impact")
        with Horizontal(classes="buttons"):
            yield Button("save", "Save", key="ctrl+s")
            yield Button("new", "Create a user group")

    def landing(self) -> Widget | None:
        """The table."""
        return self.table

    @property
    def _ticked(self) -> set[str]:
        return set(self.table.ticks)

    def changed(self) -> bool:
        """Whether the ticks are not what is kept."""
        return self._ticked != self._began

    def fill(self) -> None:
        """Shows the groups; ticks and unticks made here stay over what somebody else changed."""
        rows = {row.id: row for row in authorizations.for_application(self.session, self.detail.id)}
        added, removed = self._ticked - self._began, self._began - self._ticked
        self._began = {row.id for row in rows.values() if row.authorized}
        self.table.show(list(rows.values()), lambda row: row.id)
        self.table.ticks = {key: rows[key] for key in ((self._began | added) - removed) & rows.keys()}
        self.table.refresh()
        self._foresee()

    def on_virtual_table_changed(self, message: VirtualTable.Changed) -> None:
        """The ticks are others now."""
        message.stop()
        if not self._standing:
            return
        self._refuse_for_readers()
        if self._ticked != self._counted:
            self._foresee()
        self.query_one("#groups-why", Reading).show(_why(self.table.row))
        self.edited()

    def _refuse_for_readers(self) -> None:
        """Ticks of somebody who may only read go away at once, with the reason."""
        if not self.app.administers and self.changed():
            rows = authorizations.for_application(self.session, self.detail.id)
            self.table.ticks = {row.id: row for row in rows if row.id in self._began}
            self.table.refresh()
            self.say(str(self.app.may("administrator")), tone="warn")

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Goes to the group, where its members are."""
        message.stop()
        self.app.visit("group", message.row.id)

    def _foresee(self) -> None:
        """The heading, and the impact of what is ticked, counted beside the screen."""
        self._counted = self._ticked
        self.query_one("#groups-heading", Heading).show(
            "Authorised user groups", [(f"{len(self._ticked)} ticked  ·  {self.detail.people:,} may come in now", "dim")]
        )
        line = self.query_one("#groups-impact", ImpactLine)
        line.display = self.changed()
        if line.display:
            line.show(None, "counting …")
            self.read(self._foreseeing(), self._foreseen, group="impact")

    def _foreseeing(self) -> Any:
        app, wanted = self.detail.id, sorted(self._ticked)
        return lambda: foresee(self.session, app, lambda: authorizations.replace(self.session, app, wanted))

    def _foreseen(self, found: Foreseen) -> None:
        self.query_one("#groups-impact", ImpactLine).show(found.counts, found.note or ("" if found.counts else "nobody comes in or loses access"))

    def save(self) -> None:
        """Saves the ticks; when somebody is taken out, after saying how many that concerns."""
        removed = [row for row in authorizations.for_application(self.session, self.detail.id) if row.id in self._began - self._ticked]
        if removed:
            self.read(self._foreseeing(), lambda found: self._confirm(removed, found), group="impact")
        else:
            self._keep()

    def _confirm(self, removed: list[GroupAccess], found: Foreseen) -> None:
        names = " and ".join(f"{row.name} ({words.count(row.members, 'member')})" for row in removed)
        less = max(0, found.before - found.after)
        lines: list[Spans] = [
            f"{names} will no longer be let in: {words.count(less, 'person', 'people')} {'loses' if less == 1 else 'lose'} access to {self.detail.label}."
        ]
        if found.counts is not None:
            lines += ["", [("The next push:  ", "dim"), impact(found.counts)]]
            lines += ["", ("Deactivated accounts can come back; nothing is deleted by this.", "dim")] if found.takes_away else []
        self.ask(Confirm(f"Remove {words.count(len(removed), 'user group')}?", lines, "Save", key="y"), lambda _: self._keep())

    def _keep(self) -> None:
        app, wanted, seen = self.detail.id, sorted(self._ticked), sorted(self._began)
        self.work(lambda: authorizations.replace(self.session, app, wanted, seen=seen), self._kept, busy="saving …")

    def _kept(self, done: Any) -> None:
        parts = [f"{verb} {', '.join(names)}" for verb, names in (("authorised", done.added), ("removed", done.removed)) if names]
        self.saved(f"{self.detail.label}: {'; '.join(parts) or 'nothing changed'}.")

    def save_cli(self) -> str:
        """`usher apps authorize` or `revoke`."""
        rows = {row.id: row.name for row in self.table.ticks.values()}
        added = [rows[key] for key in self._ticked - self._began]
        verb, names = ("authorize", added) if added else ("revoke", ["GROUP"])
        return " ".join([f"usher apps {verb}", shlex.quote(self.detail.label), *map(shlex.quote, names)])

    def pressed(self, name: str) -> None:
        """The buttons."""
        if name == "new":
            self.do(NewGroup)
        else:
            super().pressed(name)

    def new_group(self) -> None:
        """Asks for a name; the new group is ticked."""
        dialog = Prompt(
            "Create a user group", [FieldSpec("name", "Name", required=True)], "Create", lambda values: groups.add_group(self.session, values["name"])
        )
        self.ask(dialog, self._tick_new)

    def _tick_new(self, group: Any) -> None:
        self.fill()
        row = next((row for row in authorizations.for_application(self.session, self.detail.id) if row.id == group.id), None)
        if row is not None:
            self.table.ticks[row.id] = row
            self.table.select(row.id)
        self.say(f"Created {group.name}. It has no members yet.", "Save authorises it.")
        self._foresee()
        self.edited()


def _why(row: GroupAccess | None) -> list[Spans]:
    """Why fewer may come in than the group has members; nothing where all may."""
    kept_out = row.members - row.activated if row is not None else 0
    if row is None or not kept_out:
        return []
    return [[(f"{row.name}: ", "dim"), (f"{row.activated:,} may come in, ", "text"), (f"{kept_out:,} suspended or staged", "warn")]]
