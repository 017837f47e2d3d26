"""What tests of pushes are made of: an application connected to a real server, and a worker in this process or beside it."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store import pushes as push_rows
from store.connection import Store
from store.ids import SystemClock, Ulids
from store.secrets import Secret
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION
from tests.whole.servers import TOKEN
from usher.provisioning.spawn import start_worker
from usher.provisioning.worker import ACTOR, Worker
from usher.services import applications, authorizations, directory, identity, pushes
from usher.services.pushes import PushView
from usher.services.session import Session
from usher.services.setup import create_store

APP, GROUP = "Diary", "Pilots"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Session]:
    """A store with the machine's own clock and ids, as processes use it."""
    key = tmp_path / "keys" / "live.key"
    store = create_store(tmp_path / "live" / "usher.db", key, organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR)
    yield Session(store, ADMINISTRATOR, key, SystemClock(), Ulids())
    store.close()


def connect(session: Session, base_url: str, token: str = TOKEN, *, label: str = APP, mapping: dict[str, str] | None = None, **options: object) -> str:
    """An application with Identity Management active at `base_url` and the group Pilots authorised; returns its id.

    Automatic pushes are off unless asked for.
    """
    app = applications.add(session, "custom-saml-scim", label=label)
    identity.configure(session, label, base_url, Secret(token))
    rows = [
        row.path for row in identity.mapping(session, label) if row.path not in ("userName", "active", *(mapping or ["displayName", "externalId"])) and row.on
    ]
    if rows:
        identity.switch(session, label, rows, False)
    if mapping:
        identity.map_source(session, label, mapping)
    identity.activate(session, label)
    identity.set_options(session, label, {"mode": "on-demand", **options})
    if not any(group.name == GROUP for group in directory.groups(session)):
        directory.add_group(session, GROUP)
    authorizations.authorize(session, label, [GROUP])
    return app.id


def person(session: Session, name: str, displayname: str = "", number: str = "", *, group: str | None = GROUP) -> str:
    """An active person called `name`, in the group; returns the id."""
    made = directory.add_user(session, name, f"{name.lower()}@mail.example", displayname=displayname or name.title(), employee_identifier=number)
    if group:
        directory.add_members(session, group, [name])
    return made.id


def push(session: Session, users: list[str] | None = None, *, app: str = APP) -> PushView:
    """Plans, starts (or approves) and carries out a push in this process; returns how it ended."""
    planned = pushes.plan(session, app, users)
    begin = pushes.approve if planned.state == "held" else pushes.start
    begin(session, planned.id, worker=False)
    return work(session, planned.id)


def work(session: Session, push_id: str, until: Callable[[PushView], bool] = lambda view: view.state not in ("queued", "running", "interrupted")) -> PushView:
    """A worker in this process, until the push is over (or as `until` says)."""

    async def run() -> None:
        worker = Worker(as_worker(session), kind="worker", automatic=False)
        task = asyncio.create_task(worker.run())
        deadline = time.monotonic() + 60
        while not until(pushes.get(session, push_id)) and not task.done():
            assert time.monotonic() < deadline, pushes.document(session, push_id)
            await asyncio.sleep(0.02)
        worker.stop.set()
        await task

    asyncio.run(run())
    return pushes.get(session, push_id)


def as_worker(session: Session) -> Session:
    """The worker's own session on the same store."""
    return Session(session.store, ACTOR, session.key_file, session.clock, session.ids)


def beside(session: Session, *more: str) -> subprocess.Popen[bytes]:
    """A worker process beside this one, once it has said that it is there."""
    before = {worker.id for worker in push_rows.workers(session.db)}
    process = start_worker(session.store.path, session.key_file, *more)
    deadline = time.monotonic() + 20
    while {worker.id for worker in push_rows.workers(session.db)} <= before:
        assert time.monotonic() < deadline and process.poll() is None, "the worker did not come up"
        time.sleep(0.01)
    return process


def stores(session: Session) -> Store:
    return session.store
