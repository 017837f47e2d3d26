"""Fixtures every floor's tests share: a real store in a folder of its own, and an administrator at work on it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.connection import Store
from store.ids import CountingIds
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION, SteppingClock
from tests.whole.servers import _running_servers, django_scim2, scim2_server, scim_server  # noqa: F401 (fixtures)
from usher.services.session import Session
from usher.services.setup import create_store


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own: nothing is read from, or written to, the account that runs the tests."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "USHER_STORE", "USHER_KEY_FILE", "USHER_OPERATOR", "USHER_CONNECTORS"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def ids() -> CountingIds:
    return CountingIds()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "test.key"


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "usher.db"


@pytest.fixture
def store(store_path: Path, key_file: Path, clock: SteppingClock, ids: CountingIds) -> Iterator[Store]:
    """A new store of Harbour Works, empty of people and applications."""
    made = create_store(store_path, key_file, organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR, clock=clock, ids=ids)
    yield made
    made.close()


@pytest.fixture
def session(store: Store, key_file: Path, clock: SteppingClock, ids: CountingIds, tmp_path: Path) -> Session:
    """Ada, an administrator, at work on `store`."""
    return Session(store, ADMINISTRATOR, key_file, clock, ids, downloads=tmp_path / "Downloads", exchange=tmp_path / "store" / "exchange")


def pytest_configure() -> None:
    """What runs in the background (`make test &` in a script, `nohup`) is started deaf to Ctrl-C or to a hang-up, and would start every
    process of the tests so."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long texts are called by their argument: some are made anew in each process, and names must be the same in all."""
    return argname if isinstance(val, str | bytes) and len(val) > 60 else None
