"""Seeded stores for scenes: the same every time, made once a process. A scene looks; one that writes asks for its own."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from store.activity import Actor
from store.ids import CountingIds
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION, SteppingClock, fill_directory
from usher.services import applications, authorizations
from usher.services.session import Session
from usher.services.setup import create_store

Builder = Callable[[Session], None]


def empty(session: Session) -> None:
    """A store on its first morning."""


def harbour(session: Session) -> None:
    """Harbour Works: a dozen people in a group, four applications in different states."""
    fill_directory(session, 12, group="Staff")
    applications.add(session, "calendly", label="Calendly", description="Meetings with customers", colour="blue")
    applications.add(session, "custom-saml", label="Travel desk", colour="teal")
    applications.add(session, "bookmark", label="Staff handbook", bookmark_url="https://handbook.harbour.example", colour="amber")
    applications.add(session, "custom-saml-scim", label="Crane planner", colour="violet")
    authorizations.authorize(session, "Calendly", ["Staff"])
    authorizations.authorize(session, "Staff handbook", ["Staff"])


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="usher-scenes-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def build(builder: Builder, folder: Path, actor: Actor = ADMINISTRATOR) -> Session:
    """A session on a store made in `folder` by `builder`, where time stands still."""
    clock, ids, key = SteppingClock(step=timedelta(0)), CountingIds(), folder / "keys" / "usher.key"
    store = create_store(folder / "store" / "usher.db", key, organization=ORGANIZATION, base_url=BASE_URL, actor=actor, clock=clock, ids=ids)
    session = Session(store, actor, key, clock, ids, downloads=Path("/home/ada/Downloads"), exchange=folder / "store" / "exchange")
    builder(session)
    return session


@cache
def stage(builder: Builder) -> Session:
    """The shared session of a builder; nobody writes to it."""
    return build(builder, _folder() / builder.__name__)


def at_work(builder: Builder) -> Session:
    """A session of one's own on the shared store."""
    return replace(stage(builder))
