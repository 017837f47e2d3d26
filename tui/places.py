"""The places of the console, in the order of the rail: one line each, and nothing else to edit.

A place's screen is imported when it is first gone to.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from store.records import dataclass

if TYPE_CHECKING:
    from tui.screens.base import PlaceScreen


@dataclass(frozen=True)
class Place:
    """`name` is the command line's word for it, `screen` is `module:Class`, `key` the digit that goes there;
    `section` is its heading in the rail. One without a key is reached from another place and not in the rail."""

    name: str
    title: str
    screen: str
    help: str
    section: str = ""
    key: str = ""

    def load(self) -> type[PlaceScreen]:
        """The class of its screen."""
        module, _, name = self.screen.partition(":")
        found: type[PlaceScreen] = getattr(import_module(module), name)
        return found


PLACES: tuple[Place, ...] = (
    Place("overview", "Overview", "tui.screens.overview:Overview", "What there is, and what needs a person now.", "", "1"),
    Place("apps", "SSO Applications", "tui.screens.apps:Apps", "Configured Applications: add, open, delete.", "USER AUTHENTICATION", "2"),
    Place("add", "Add New Application", "tui.screens.wizard:AddScreen", "Choose an application from the catalog and add it."),
    Place("app", "Application", "tui.screens.application:ApplicationScreen", "One application: its settings, who gets in, its accounts."),
    Place("users", "Users", "tui.screens.users:Users", "Everyone in the directory: find, add, change, suspend, import.", "DIRECTORY", "3"),
    Place("groups", "User Groups", "tui.screens.groups:Groups", "User groups: who is in them, and what they open.", "DIRECTORY", "4"),
    Place("pushes", "Pushes", "tui.screens.pushes:Pushes", "Every push, running and over: open, resume.", "PROVISIONING", "5"),
    Place("log", "Provisioning Log", "tui.screens.log:Log", "Every operation, with both sides of its exchange.", "PROVISIONING", "6"),
    Place("push", "Push", "tui.screens.push:PushScreen", "Plan a push, carry it out, watch it."),
    Place("operation", "Operation", "tui.screens.operation:OperationScreen", "Both sides of an operation's exchanges."),
    Place("activity", "Activity", "tui.screens.activity:Activity", "What each operator did: who, when, before and after.", "RECORD", "7"),
    Place("settings", "Settings", "tui.screens.settings:Settings", "The organisation, the theme, the store and its key, backups.", "RECORD", "8"),
    Place("sign-ins", "Sign-ins", "tui.screens.sign_ins:SignIns", "Every attempt to sign in, and what came of it.", "RECORD", "9"),
    Place("operators", "Operators", "tui.screens.operators:Operators", "Who works with this store, in which role, with which keys."),
    Place("user", "User", "tui.screens.user:UserScreen", "One person: fields, groups, applications and why."),
    Place("group", "User Group", "tui.screens.group:GroupScreen", "One user group: its members, and the applications it opens."),
    Place("rehearsal", "Rehearsal", "tui.screens.rehearsal:Rehearsal", "What to try in the demo, step by step."),
)

BY_NAME = {place.name: place for place in PLACES}


def rail() -> list[Place]:
    """The places that stand in the rail."""
    return [place for place in PLACES if place.key]


@dataclass(frozen=True)
class Visit:
    """Being at a place: its name and what it is about (an id, a label, a filter; often nothing)."""

    place: str
    argument: str = ""


def parse(words: str) -> Visit | None:
    """`log calendly status=failed` as a visit; None when the first word is no place."""
    name, _, argument = words.strip().partition(" ")
    return Visit(name, argument.strip()) if name in BY_NAME else None
