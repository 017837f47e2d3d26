"""The store's keys: rotated while others are at work, given another master key, locked and unlocked; old backups still open."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from store import key_sources, rotation
from store.connection import Store
from store.errors import Refused, StoreError, UsageError
from store.secrets import Secret, Vault
from tests.kit import ADMINISTRATOR, VIEWER
from usher.provisioning import unlocking
from usher.services import activity, applications, backup, identity, keys
from usher.services.session import Session
from usher.services.setup import open_session

TOKEN = "tok_4711-do-not-show"
PASSPHRASE = Secret("correct horse battery")


@pytest.fixture
def calendly(session: Session) -> Session:
    """An application with its private key, and a token."""
    applications.add(session, "calendly", label="Calendly")
    identity.configure(session, "Calendly", "https://api.example.org/scim/v2", Secret(TOKEN))
    return session


def token(session: Session) -> str:
    row = session.db.execute("select application_id, token from connection").fetchone()
    return session.vault.open("connection", row[0], "token", row[1]).reveal()


def another(session: Session) -> Session:
    """Another process at the same store."""
    return open_session(session.store.path, actor=ADMINISTRATOR, key_file=session.key_file)


def sealed_kids(session: Session) -> set[str]:
    found = [row[0] for table, _, column in rotation.SEALED for row in session.db.execute(f"select {column} from {table} where {column} is not null")]
    return {bytes(box)[2 : 2 + box[1]].decode() for box in found}


def test_every_column_of_bytes_is_known_to_be_sealed_or_not(session: Session) -> None:
    tables = [
        row[0] for row in session.db.execute("select name from sqlite_master where type = 'table' and sql is not null and name not like '%_fts%'").fetchall()
    ]
    blobs = {(table, row[1]) for table in tables for row in session.db.execute(f"pragma table_info({table})").fetchall() if row[2].lower() == "blob"}
    known = {(table, column) for table, _, column in rotation.SEALED}
    assert blobs - known == {("data_key", "wrapped"), ("data_key", "next_wrapped"), ("application", "image")}


def test_a_rotation_seals_everything_anew_and_is_recorded(calendly: Session) -> None:
    before = {bytes(row[0]) for row in calendly.db.execute("select token from connection union select private_key from certificate")}
    fingerprint = calendly.vault.fingerprint(TOKEN)
    made = keys.rotate(calendly)
    assert made.secrets == 2 and sealed_kids(calendly) == {made.kid}
    assert not before & {bytes(row[0]) for row in calendly.db.execute("select token from connection union select private_key from certificate")}
    assert token(calendly) == TOKEN and calendly.vault.fingerprint(TOKEN) == fingerprint
    entry = activity.page(calendly, limit=1)[0]
    assert (entry.action, entry.target, entry.detail) == ("keys.rotated", made.kid, {"secrets": 2})
    found = keys.show(calendly)
    assert (found.kid, found.data_keys, found.secrets, found.source, found.trouble) == (made.kid, 2, 2, "file", "")


def test_whoever_has_the_store_open_takes_the_new_key_up(calendly: Session) -> None:
    console = another(calendly)
    assert token(console) == TOKEN
    held = console.db.execute("select application_id, token from connection").fetchone()
    keys.rotate(calendly)
    assert token(console) == TOKEN, "what is read now"
    assert console.vault.open("connection", held[0], "token", held[1]).reveal() == TOKEN, "what was read before"
    identity.configure(console, "Calendly", "https://api.example.org/scim/v2", Secret("tok_new"))
    assert token(calendly) == "tok_new" and len(sealed_kids(calendly)) == 1
    console.store.close()


def test_what_was_sealed_under_the_old_key_is_gone_from_the_file(calendly: Session) -> None:
    before = [bytes(row[0]) for row in calendly.db.execute("select token from connection union select private_key from certificate").fetchall()]
    path = calendly.store.path
    keys.rotate(calendly)
    calendly.store.close()  # the last one to close writes the log home and takes it away
    assert not path.with_name(f"{path.name}-wal").exists()
    held = path.read_bytes()
    assert not [sealed for sealed in before if sealed[14:] in held or sealed[-24:] in held]


def test_what_was_sealed_before_a_rotation_is_not_kept_after_it(calendly: Session) -> None:
    row = calendly.db.execute("select application_id from connection").fetchone()
    late = calendly.vault.seal("connection", row[0], "token", "tok_late")
    keys.rotate(calendly)
    with pytest.raises(Refused, match="rotated in this very moment"), calendly.change("administrator") as change:
        change.db.execute("update connection set token = ?", (late,))
        change.record("idm.configured", "x")
    assert token(calendly) == TOKEN


def test_a_rotation_that_fails_changes_nothing(calendly: Session) -> None:
    with calendly.change("administrator") as change:
        change.db.execute("update certificate set private_key = x'0102'")
        change.record("x", "x")
    with pytest.raises(StoreError, match="cannot be opened"):
        keys.rotate(calendly)
    assert sealed_kids(calendly) >= {"k1"} and token(calendly) == TOKEN and keys.show(calendly).data_keys == 1


def test_only_an_administrator_changes_keys(calendly: Session) -> None:
    calendly.actor = VIEWER
    for attempt in (keys.rotate, keys.rewrap, keys.to_file, lambda s: keys.to_command(s, [sys.executable, "-c", "print('00' * 32)"])):
        with pytest.raises(Refused):
            attempt(calendly)
    calendly.actor, calendly.confined = ADMINISTRATOR, True
    with pytest.raises(Refused, match="on the machine itself"):
        keys.to_command(calendly, [sys.executable, "-c", "print('00' * 32)"])
    assert keys.rotate(calendly).secrets == 2


def test_a_new_master_key_is_one_row_more_and_old_backups_open_with_the_old_one(calendly: Session, tmp_path: Path) -> None:
    old, console = calendly.key_file.read_bytes(), another(calendly)
    assert token(console) == TOKEN
    copy = backup.backup(calendly, tmp_path / "monday.db")
    made = keys.rewrap(calendly)
    new = calendly.key_file.read_bytes()
    assert new != old and len(new) == 32 and calendly.key_file.stat().st_mode & 0o777 == 0o600
    assert made.kept is not None and made.kept.read_bytes() == old and made.kept.stat().st_mode & 0o777 == 0o600
    assert copy.manifest.key_fingerprint in made.kept.name and made.fingerprint == key_sources.fingerprint_of(new)
    fresh = another(calendly)
    assert token(fresh) == token(console) == TOKEN
    keys.rotate(fresh)
    assert token(console) == TOKEN, "a console that holds the old master key asks for the new one"
    restored = open_session(copy.path, actor=ADMINISTRATOR, key_file=made.kept)
    assert token(restored) == TOKEN
    with pytest.raises(StoreError, match="not the key of this store"):
        Vault(lambda: restored.db, calendly.key_file).check()


@pytest.mark.parametrize("moment", ["before the file", "after the file"])
def test_a_change_of_the_master_key_that_is_cut_short_leaves_a_store_that_opens(calendly: Session, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCut(BaseException):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    monkeypatch.setattr(*((keys, "_put_in_place", cut) if moment == "before the file" else (rotation, "settle", once_then(cut, rotation.settle))))
    with pytest.raises(PowerCut):
        keys.rewrap(calendly)
    monkeypatch.undo()
    fresh = another(calendly)
    assert token(fresh) == TOKEN and keys.show(fresh).unsettled
    keys.rewrap(fresh)
    assert token(another(calendly)) == TOKEN and not keys.show(fresh).unsettled


def once_then(then: object, first: object) -> object:
    """`first` at the first call, `then` from the second on."""
    calls: list[int] = []

    def call(*args: object) -> None:
        calls.append(1)
        (first if len(calls) == 1 else then)(*args)  # type: ignore[operator]

    return call


def test_a_passphrase_locks_every_start_and_unlocks_it(calendly: Session) -> None:
    keys.to_passphrase(calendly, PASSPHRASE)
    assert token(calendly) == TOKEN, "who set it goes on"
    fresh = another(calendly)
    assert fresh.vault.locked and keys.show(fresh).locked and keys.show(fresh).fingerprint == keys.show(calendly).fingerprint
    for attempt in (lambda: token(fresh), lambda: fresh.vault.seal("a", "b", "c", "d"), lambda: keys.rotate(fresh), lambda: fresh.vault.fingerprint("x")):
        with pytest.raises(StoreError) as caught:
            attempt()
        assert caught.value.code == "key-locked"
    with pytest.raises(StoreError, match="not the passphrase"):
        keys.unlock(fresh, Secret("correct horse batterz"))
    assert fresh.vault.locked
    assert keys.unlock(fresh, PASSPHRASE) == 0 and not fresh.vault.locked
    assert token(fresh) == TOKEN
    keys.rotate(calendly)
    assert token(fresh) == TOKEN, "a rotation elsewhere asks for nothing"
    keys.rewrap(calendly, Secret("another horse altogether"))
    keys.rotate(calendly)
    with pytest.raises(StoreError) as caught:
        token(fresh)
    assert caught.value.code == "key-locked", "with another passphrase it is locked again"


def test_a_passphrase_that_is_asked_for_is_asked_for_once(calendly: Session) -> None:
    keys.to_passphrase(calendly, PASSPHRASE)
    asked: list[int] = []
    fresh = another(calendly)
    fresh.ask = lambda: asked.append(1) or PASSPHRASE
    assert token(fresh) == TOKEN and keys.rotate(fresh).secrets == 2 and asked == [1]


@pytest.mark.parametrize("weak", ["", "short", "aaaaaaaaaaaaaaaaaa", "two\nlines of words"])
def test_a_weak_passphrase_is_refused(session: Session, weak: str) -> None:
    with pytest.raises(UsageError):
        keys.to_passphrase(session, Secret(weak))
    assert session.vault.source.kind == "file"


def test_a_key_command_becomes_the_source_once_it_works(calendly: Session) -> None:
    with pytest.raises(StoreError, match="status 1"):
        keys.to_command(calendly, [sys.executable, "-c", "raise SystemExit(1)"])
    assert keys.show(calendly).source == "file"
    keys.to_command(calendly, [sys.executable, "-c", "print('2a' * 32)"])
    assert keys.show(calendly).source == "command" and token(another(calendly)) == TOKEN
    with pytest.raises(Refused, match="from a command"):
        keys.rewrap(calendly)
    keys.to_file(calendly)
    assert keys.show(calendly).source == "file" and token(another(calendly)) == TOKEN


def test_a_waiting_worker_takes_the_right_key_alone(calendly: Session, store: Store) -> None:
    keys.to_passphrase(calendly, PASSPHRASE)
    waiting = another(calendly)
    gate = unlocking.Gate(waiting, "w1")
    pipe = unlocking.pipe_path(store.path, "w1")
    assert not gate.passed() and unlocking.waits(store.path, "w1") and pipe.stat().st_mode & 0o777 == 0o600
    assert unlocking.deliver(store.path, os.urandom(32)) == 1
    assert not gate.passed(), "another key opens nothing"
    assert keys.unlock(another(calendly), PASSPHRASE) == 1
    assert gate.passed() and token(waiting) == TOKEN and not pipe.exists()
    os.mkfifo(pipe, 0o600)
    assert unlocking.deliver(store.path, b"x" * 32) == 0 and not pipe.exists(), "whoever waited there has gone"


def test_nothing_has_to_be_unlocked_without_a_passphrase(session: Session) -> None:
    with pytest.raises(Refused, match="not under a passphrase"):
        keys.unlock(session, PASSPHRASE)
