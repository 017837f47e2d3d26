"""A furnished portal over a real store, and browsers in it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.activity import Actor
from store.connection import Store
from store.ids import CountingIds
from store.migrations import open_current
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION, SteppingClock
from tests.usher.portal.kit import Browser, furnish
from usher.portal.app import build
from usher.portal.gate import networks
from usher.services.session import Session
from usher.services.setup import create_store

PORTAL = Actor("portal", "portal", "portal")
Browsers = Callable[..., Browser]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A furnished store, made once: key pairs and password hashes take their time."""
    folder = tmp_path_factory.mktemp("furnished")
    key_file, clock, ids = folder / "keys" / "test.key", SteppingClock(), CountingIds()
    made = create_store(folder / "store" / "usher.db", key_file, organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR, clock=clock, ids=ids)
    furnish(Session(made, ADMINISTRATOR, key_file, clock, ids))
    made.close()
    return folder


@pytest.fixture
def store(template: Path, tmp_path: Path, clock: SteppingClock) -> Iterator[Store]:
    """A copy of it for each test."""
    for part in ("store", "keys"):
        shutil.copytree(template / part, tmp_path / part)
    clock.forward(hours=1)
    opened = open_current(tmp_path / "store" / "usher.db")
    yield opened
    opened.close()


@pytest.fixture
def ids() -> CountingIds:
    """Beyond those of the copy."""
    return CountingIds(100_000)


@pytest.fixture
def furnished(session: Session) -> Session:
    """Ada the operator's session on a store with Calendly, Grace and Ada."""
    return session


@pytest.fixture
def browser(furnished: Session, store: Store, clock: SteppingClock) -> Iterator[Browsers]:
    """Makes browsers at the portal; each keeps its own cookies."""
    session = Session(store, PORTAL, furnished.key, clock, furnished.ids)
    app = build(session, trusted=networks(["10.0.0.7"]))
    with asyncio.Runner() as loop:
        app.state.loop = loop
        yield lambda **more: Browser(app, **more)
    app.state.close()
