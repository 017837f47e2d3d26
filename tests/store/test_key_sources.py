"""The ways to the master key: a file, a passphrase, a command, systemd; each refuses in words what it cannot use."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from store import key_sources
from store.errors import StoreError
from store.secrets import make_master_key, read_master_key

KEY = bytes(range(32))
PASSPHRASE = "Möwen über dem Kai"


def written(path: Path, content: bytes | dict[str, object]) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    path.chmod(0o600)
    return path


def printing(path: Path, code: str, timeout: float = 30) -> Path:
    return written(path, {"usher_key": 1, "kind": "command", "argv": [sys.executable, "-c", code], "timeout": timeout})


def test_a_plain_file_is_the_key(tmp_path: Path) -> None:
    made = make_master_key(tmp_path / "u.key")
    found = key_sources.source(tmp_path / "u.key")
    assert (found.kind, found.read(), found.fingerprint()) == ("file", made, key_sources.fingerprint_of(made))
    assert made.hex() not in repr(found) and repr(made) not in repr(found)


def test_a_key_under_a_passphrase_opens_with_it_alone_and_on_every_keyboard(tmp_path: Path) -> None:
    path = tmp_path / "u.key"
    written(path, key_sources.wrap(path, KEY, PASSPHRASE).document())
    found = key_sources.source(path)
    assert isinstance(found, key_sources.WrappedKey)
    assert (found.iterations, found.memory_kib, found.lanes) == (3, 65536, 4)
    with pytest.raises(StoreError, match="locked by a passphrase"):
        read_master_key(path)
    with pytest.raises(StoreError, match="not the passphrase"):
        found.unlock(PASSPHRASE + " ")
    decomposed = PASSPHRASE.replace("ö", "o\u0308").replace("ü", "u\u0308")
    assert found.unlock(decomposed) == KEY
    assert found.fingerprint() == key_sources.fingerprint_of(KEY)
    assert KEY.hex() not in path.read_text() and PASSPHRASE not in path.read_text()


@pytest.mark.parametrize("code", ["os.write(1, bytes(range(32)))", "print(bytes(range(32)).hex())", "print(base64.b64encode(bytes(range(32))).decode())"])
def test_a_command_prints_the_key_as_it_likes(tmp_path: Path, code: str) -> None:
    assert read_master_key(printing(tmp_path / "u.key", f"import os, base64; {code}")) == KEY


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("print('not a key: tok_canary')", "is no key"),
        ("import sys; print(bytes(range(32)).hex()); sys.exit(3)", "ended with status 3"),
        ("import sys; sys.exit('the vault says tok_canary')", "ended with status 1"),
        ("import time; time.sleep(60)", "within 0.5 s"),
    ],
)
def test_a_command_that_gives_no_key_is_told_without_its_words(tmp_path: Path, code: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        read_master_key(printing(tmp_path / "u.key", code, 0.5 if "sleep" in code else 30))
    assert caught.value.exit_status == 4 and "canary" not in str(caught.value) and str(tmp_path / "u.key") in caught.value.hint


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "u.key", {"usher_key": 1, "kind": "command", "argv": ["/nowhere/age", "-d"]})
    with pytest.raises(StoreError, match="/nowhere/age cannot be run: No such file"):
        read_master_key(path)


def test_no_shell_reads_the_words_of_a_command(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "import sys; print(sys.argv[1].encode().ljust(32).hex())", "$HOME; `id` | x"]
    path = written(tmp_path / "u.key", {"usher_key": 1, "kind": "command", "argv": words})
    assert read_master_key(path).strip() == b"$HOME; `id` | x"


def test_a_systemd_credential_is_taken_where_systemd_puts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from usher.services.setup import default_key_path

    assert default_key_path("s1").name == "s1.key"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert default_key_path("s1").name == "s1.key", "there is none of that name"
    for content in (KEY, KEY.hex().encode() + b"\n", base64.b64encode(KEY)):
        written(tmp_path / "usher.key", content).chmod(0o440)  # systemd opens it to its unit by an access list, which shows as the group's right
        found = key_sources.source(default_key_path("s1"))
        assert (found.kind, found.read()) == ("credential", KEY)
    written(tmp_path / "elsewhere.key", KEY).chmod(0o440)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(StoreError, match="read by other accounts"):
        key_sources.source(tmp_path / "elsewhere.key")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"{}",
        b"[]",
        {"usher_key": 2, "kind": "command", "argv": ["x"]},
        {"usher_key": 1, "kind": "command"},
        {"usher_key": 1, "kind": "oracle", "argv": ["x"]},
        {
            "usher_key": 1,
            "kind": "passphrase",
            "argon2id": {"iterations": 3, "memory_kib": 1 << 40, "lanes": 4},
            "salt": "00",
            "wrapped": "00",
            "fingerprint": "",
        },
        {"usher_key": 1, "kind": "passphrase", "argon2id": {"iterations": 3}, "salt": "00", "wrapped": "00", "fingerprint": ""},
    ],
)
def test_a_file_that_says_nothing_known_is_no_key(tmp_path: Path, content: bytes | dict[str, object]) -> None:
    with pytest.raises(StoreError) as caught:
        key_sources.source(written(tmp_path / "u.key", content))
    assert caught.value.code == "key-damaged"


def test_a_described_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = printing(tmp_path / "u.key", "print()")
    os.chmod(path, 0o644)
    with pytest.raises(StoreError, match="read by other accounts"):
        key_sources.source(path)
