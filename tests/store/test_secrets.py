"""Sealing: what is sealed for one place opens there alone, with the right key alone, and is never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from store.connection import Store
from store.errors import StoreError
from store.secrets import Secret, make_master_key, new_data_key, read_master_key
from usher.services.session import Session

TOKEN = "tok_Ünïcode-4711-do-not-show"


def test_what_was_sealed_opens_in_its_place(session: Session) -> None:
    assert session.vault.open("connection", "a1", "token", session.vault.seal("connection", "a1", "token", TOKEN)).reveal() == TOKEN


@pytest.mark.parametrize("place", [("connection", "a2", "token"), ("certificate", "a1", "token"), ("connection", "a1", "private_key")])
def test_it_opens_in_no_other_place(session: Session, place: tuple[str, str, str]) -> None:
    sealed = session.vault.seal("connection", "a1", "token", TOKEN)
    with pytest.raises(StoreError, match="another place") as caught:
        session.vault.open(*place, sealed)
    assert TOKEN not in repr(caught.value.__context__) + str(caught.value)


def test_a_flipped_bit_anywhere_is_noticed(session: Session) -> None:
    sealed = session.vault.seal("connection", "a1", "token", "x")
    for place in range(len(sealed)):
        torn = bytes([*sealed[:place], sealed[place] ^ 1, *sealed[place + 1 :]])
        if place:  # the first byte is the format's number, which is not yet looked at
            with pytest.raises(StoreError):
                session.vault.open("connection", "a1", "token", torn)
    for torn in (b"", b"\x01", sealed[:10]):
        with pytest.raises(StoreError):
            session.vault.open("connection", "a1", "token", torn)


def test_the_same_text_is_sealed_differently_each_time(session: Session) -> None:
    assert session.vault.seal("t", "r", "c", TOKEN) != session.vault.seal("t", "r", "c", TOKEN)


def test_nothing_in_the_file_shows_the_secret_or_the_key(session: Session, store: Store, store_path: Path) -> None:
    sealed = session.vault.seal("setting", "x", "value", TOKEN)
    with session.change() as change:
        change.db.execute("insert into data_key (kid, wrapped, created_at, retired_at) values ('probe', ?, '', '')", (sealed,))
        change.record("setting.changed", "x")
    key = session.key_file.read_bytes()
    store.close()
    raw = b"".join(file.read_bytes() for file in store_path.parent.iterdir())
    assert sealed in raw
    assert TOKEN.encode() not in raw and key not in raw


def test_a_secret_is_blank_wherever_it_might_be_shown() -> None:
    secret = Secret(TOKEN)
    assert TOKEN not in f"{secret} {secret!r} {[secret]} {vars(type(secret)).get('__dict__')}"
    assert not hasattr(secret, "__dict__")


def test_a_fingerprint_tells_tokens_apart_and_survives_a_new_data_key(session: Session) -> None:
    before = session.vault.fingerprint(TOKEN)
    sealed = session.vault.seal("t", "r", "c", TOKEN)
    with session.change() as change:
        new_data_key(change.db, read_master_key(session.key_file), "k2", change.at)
        change.record("keys.rotated", "k2")
    assert session.vault.seal("t", "r", "c", TOKEN)[2:4] == b"k2"
    assert session.vault.open("t", "r", "c", sealed).reveal() == TOKEN
    assert session.vault.fingerprint(TOKEN) == before != session.vault.fingerprint(TOKEN + "x")
    assert len(before) == 16 and before not in TOKEN


def test_another_stores_key_is_refused(session: Session) -> None:
    session.key_file.unlink()
    make_master_key(session.key_file)
    with pytest.raises(StoreError, match="not the key of this store"):
        session.vault.seal("t", "r", "c", TOKEN)


@pytest.mark.parametrize(("content", "code"), [(b"", "key-damaged"), (b"x" * 31, "key-damaged"), (b"x" * 33, "key-damaged")])
def test_a_key_of_another_length_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    key = tmp_path / "usher.key"
    key.write_bytes(content)
    key.chmod(0o600)
    with pytest.raises(StoreError) as caught:
        read_master_key(key)
    assert caught.value.code == code


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    make_master_key(tmp_path / "usher.key")
    (tmp_path / "usher.key").chmod(mode)
    with pytest.raises(StoreError, match="read by other accounts"):
        read_master_key(tmp_path / "usher.key")


def test_a_key_is_made_closed_random_and_never_over_another(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        first, second = make_master_key(tmp_path / "a" / "1.key"), make_master_key(tmp_path / "a" / "2.key")
    finally:
        os.umask(before)
    assert first != second and len(first) == 32
    assert (tmp_path / "a" / "1.key").stat().st_mode & 0o777 == 0o600 and (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    with pytest.raises(StoreError, match="already"):
        make_master_key(tmp_path / "a" / "1.key")
    assert read_master_key(tmp_path / "a" / "1.key") == first


def test_a_pipe_or_a_folder_in_the_keys_place_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.key", 0o600)
    (tmp_path / "folder.key").mkdir(mode=0o700)
    for name in ("pipe.key", "folder.key"):
        with pytest.raises(StoreError, match="not a regular file"):
            read_master_key(tmp_path / name)
