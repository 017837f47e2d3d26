"""Makes a store, and opens one for an operator or a worker."""

from __future__ import annotations

from pathlib import Path

from store import settings
from store.activity import Actor
from store.connection import Store
from store.errors import StoreError
from store.explain import explained
from store.files import create_file
from store.ids import Clock, IdSource, SystemClock, Ulids
from store.key_sources import credential_path
from store.migrations import migrate, open_current
from store.secrets import make_master_key, new_data_key, read_master_key
from usher.services.session import Session
from usher.services.settings import check_base_url, check_organization


def default_store_path() -> Path:
    """Where the store is unless named: `store.db` in the platform's user data folder."""
    import platformdirs

    return platformdirs.user_data_path("usher", appauthor=False) / "store.db"


def default_key_path(store_id: str) -> Path:
    """Where the master key of that store is unless named: the systemd credential `usher.key` where there is one, else
    `keys/<store id>.key` in the platform's config folder."""
    import platformdirs

    return credential_path() or platformdirs.user_config_path("usher", appauthor=False) / "keys" / f"{store_id}.key"


def create_store(
    path: Path,
    key_file: Path | None = None,
    *,
    organization: str,
    base_url: str,
    actor: Actor,
    clock: Clock | None = None,
    ids: IdSource | None = None,
) -> Store:
    """Makes a store at `path` with its key, settings and first activity entry; all of it or nothing.

    A named `key_file` that exists is used; otherwise a new key is made there. Raises `UsageError` for a
    value, `StoreError` when there is a store already or a file cannot be made.
    """
    values = {"organization": check_organization(organization), "base_url": check_base_url(base_url)}
    ids = ids or Ulids()
    store_id = ids.new()
    key_path = key_file or default_key_path(store_id)
    create_file(path)
    made = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", ".lock", ".open")]
    store = Store(path)
    try:
        migrate(store)
        if key_path.exists():
            master = read_master_key(key_path)
        else:
            master = make_master_key(key_path)
            made.append(key_path)
        _fill(Session(store, actor, key_path, clock or SystemClock(), ids), store_id, master, values)
    except BaseException:
        store.close()
        for file in made:
            file.unlink(missing_ok=True)
        raise
    return store


def open_session(path: Path, *, actor: Actor, key_file: Path | None = None, read_only: bool = False, confined: bool = False, aside: bool = True) -> Session:
    """Opens the store at `path` for `actor`, brought up to date (with a copy put `aside` before). Raises `StoreError` with what is wrong.

    The key is not touched until a secret is. `read_only` refuses every change, whatever the role.
    """
    store = open_current(path, read_only=read_only, aside=aside)
    with explained(path):
        store_id = settings.get(store.db, "store_id")
    if not store_id:
        store.close()
        raise StoreError("store-unfinished", f"The store {path} was never finished: it has no id.", "Restore a backup, or remove the file and run usher init.")
    return Session(
        store,
        actor,
        key_file or (lambda: default_key_path(store_id)),
        exchange=path.absolute().parent / "exchange",
        confined=confined,
        read_only=read_only,
    )


def _fill(session: Session, store_id: str, master: bytes, values: dict[str, str]) -> None:
    """What every store holds from its first moment."""
    with session.change("administrator") as change:
        settings.put(change.db, "store_id", store_id)
        for key, value in values.items():
            settings.put(change.db, key, value)
        new_data_key(change.db, master, "k1", change.at)
        change.record("store.created", store_id, values)
        change.event("setting")
