"""Bad input by command: one line that says what is wrong and what to do, the right exit status, and a store as it was."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.tui.cli.conftest import bare, mask
from tests.whole.hardship import Shop, census, seed, shop, unharmed
from tui.cli import files

__all__ = ["bare", "mask", "seed", "shop"]

ADA = "ada@harbour.example"
PERSON = ["users", "add", "--email", "x@harbour.example"]
HEADER = "username,email,firstname,lastname,displayname,employeeIdentifier,state,groups"
GIRL = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET} Launch"


def shown(value: str) -> str:
    """A strange text as the name of a case."""
    return ascii(value[:30])


# Files of people


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", ("empty",)),
        (b"\x7fELF\x02\x01\x01" + bytes(200), ("not a text file",)),
        (f"{HEADER}\nzoe,z@h.example,Zo\xeb,,,,,".encode("latin-1"), ("not UTF-8 text", "line 2")),
        (f"{HEADER}\nzoe,z@h.example,Zo\xeb,,,,,".encode("utf-16"), ("not a text file", "CSV UTF-8")),
        (f"{HEADER}\nzoe,z@h.example,Zo\xeb,,,,,".encode("utf-16-le"), ("not a text file", "CSV UTF-8")),
        (b"\xef\xbb\xbfwho,what\nzoe,z\n", ("line 1", "username")),
        (b"username;email\nzoe;z@h.example\n", ("line 1", "commas")),
        (b"username,email\nzoe\n", ("line 2", "1 columns")),
        (b'username,email\n"zoe,z@h.example\n', ("line 2", "quoting")),
        (b"username,email\nzoe,z@h.example\nbo,nowhere\n", ("line 3", "email")),
        (b"username,email\nzoe,z@h.example\nZOE,z@h.example\n", ("line 3", "line 2 already")),
        ("username,email\nzoe,z@h.example\nＺＯＥ,z@h.example\n".encode(), ("line 3", "line 2 already")),
        (b"username,state\nzoe,RETIRED\n", ("line 2", "state", "ACTIVATED")),
        (b"username,groups\nzoe,Sa\x1bles\n", ("line 2", "groups", "control character")),
        (f"username\n{'x' * 301}\n".encode(), ("line 2", "too long")),
        ("username\n\N{ZERO WIDTH SPACE}\n".encode(), ("line 2", "username", "seen")),
        (b"username\n" + b"x" * 200_000, ("line 2",)),
    ],
    ids=lambda value: ascii(value[:24]) if isinstance(value, bytes) else " ".join(value),
)
def test_a_file_of_people_that_cannot_be_taken_is_refused_whole(shop: Shop, tmp_path: Path, content: bytes, says: tuple[str, ...]) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    rows = "bad-rows" if "line " in says[0] else ""
    ended = shop.refuses("users", "import", str(file), status=2, code=rows, says=("people.csv", *says))
    assert "\x1b" not in ended.err + ended.out
    shop.refuses("users", "import", str(file), "--dry-run", status=2, code=rows)


def test_a_file_of_people_that_is_no_file_is_refused(shop: Shop, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "nowhere.csv", tmp_path, tmp_path / "pipe.csv", Path("/dev/zero")):
        shop.refuses("users", "import", str(path), status=2, says=(str(path),))


def test_a_byte_order_mark_is_no_fault_and_a_name_in_another_case_is_the_same_person_and_group(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(f"username,displayname,groups\n{ADA.upper()},Ada K.,ENGINEERING;engineering\nzoe,Zoë,Ｅngineering\n".encode("utf-8-sig"))
    assert shop.usher("users", "import", str(file)).status == 0
    assert [(user["username"], user["displayname"], user["groups"]) for user in shop.usher("users", "list", "--json").json] == [
        (ADA, "Ada K.", ["Engineering"]),
        ("grace@harbour.example", "", ["Engineering"]),
        ("zoe", "Zoë", ["Engineering"]),
    ]
    assert census(shop.store)["user_group"] == 1


@pytest.mark.slow
def test_200_000_rows_come_in_whole_or_not_at_all(shop: Shop, tmp_path: Path) -> None:
    file, rows = tmp_path / "people.csv", [f"person{n:06}@harbour.example,person{n:06}@harbour.example,Everyone" for n in range(200_000)]
    file.write_text("\n".join(["username,email,groups", *rows, "PERSON000007@harbour.example,x@harbour.example,Everyone", ""]))
    with unharmed(shop.store):
        ended = shop.usher("users", "import", str(file))
    assert ended.status == 2
    assert "line 200002, username: PERSON000007@harbour.example stands on line 9 already" in ended.err
    file.write_text("\n".join(["username,email,groups", *rows, ""]))
    before = census(shop.store)
    assert shop.usher("users", "import", str(file)).status == 0
    after = census(shop.store)
    assert (after["user"] - before["user"], after["user_group"] - before["user_group"], after["activity"] - before["activity"]) == (200_000, 1, 1)


# Names


UNKNOWN = [
    *(["apps", *words] for words in (["show", "?"], ["set", "?", "label=x"], ["fill", "?", "YOUR_ID=1"], ["sso", "?", "activate"], ["certificate", "?"])),
    *(["apps", *words] for words in (["attributes", "?"], ["authorize", "?", "Engineering"], ["authorize", "Calendly", "?"], ["revoke", "Calendly", "?"])),
    *(["apps", *words] for words in (["delete", "?", "--count", "1"], ["delete", "Calendly", "?", "--count", "2"], ["add", "?", "--label", "X"])),
    *(["idm", *words] for words in (["test", "?"], ["activate", "?"], ["deactivate", "?", "--yes"], ["mapping", "?"], ["set", "?", "mode=automatic"])),
    *(["users", *words] for words in (["show", "?"], ["set", "?", "email=x@h.example"], ["suspend", ADA, "?"], ["activate", "?"])),
    ["users", "delete", ADA, "?", "--permanently"],
    *(["groups", *words] for words in (["show", "?"], ["rename", "?", "New"], ["delete", "?"], ["members", "?"], ["members", "Engineering", "--add", "?"])),
    ["groups", "members", "Engineering", "--add", ADA, "--remove", "?"],
    *(["pushes", verb, "?"] for verb in ("show", "approve", "pause", "resume", "cancel", "retry")),
    *([*words] for words in (["push", "?"], ["why", "?", ADA], ["why", "Calendly", "?"], ["log", "show", "?"], ["log", "--app", "?"], ["log", "--user", "?"])),
    *(["apps", *words] for words in (["todo", "?"], ["metadata", "?"], ["certificate", "?", "stage"], ["attributes", "Calendly", "remove", "?"])),
    *([*words] for words in (["users", "password", "?"], ["operators", "set", "?", "--role", "viewer"], ["operators", "remove", "?"], ["check", "?"])),
    *([*words] for words in (["sign-ins", "show", "?"], ["sign-ins", "list", "--app", "?"], ["settings", "set", "?=1"])),
    ["catalog", "show", "?"],
]


@pytest.mark.parametrize("words", UNKNOWN, ids=" ".join)
def test_an_unknown_name_is_said_and_nothing_else_of_the_command_is_done(shop: Shop, words: list[str]) -> None:
    name = "nobody-of-that-name"
    shop.refuses(*(word.replace("?", name) for word in words), status=2, says=(name,))


@pytest.mark.parametrize("label", ["x" * 300, "🚢⚓ Fleet", GIRL, "סידני שלום", "مرحبا", "e\u0301" * 150, "\u202egnp.exe"], ids=shown)
def test_a_strange_name_is_kept_found_again_and_never_obeyed_by_the_terminal(shop: Shop, label: str) -> None:
    assert shop.usher("apps", "add", "custom-saml", "--label", label).status == 0
    assert shop.usher("groups", "add", label).status == 0
    assert shop.usher(*PERSON, label, "--displayname", label).status == 0
    assert shop.usher("groups", "members", label, "--add", label).status == 0
    assert shop.usher("apps", "show", label, "--json").json["label"] == label
    assert shop.usher("users", "show", label, "--json").json["groups"] == [label]
    for words in (["apps", "list"], ["apps", "show", label], ["users", "list"], ["groups", "list"], ["activity"]):
        out = shop.usher(*words).out
        assert "\u202e" not in out and "\N{ZERO WIDTH JOINER}" not in out
    census(shop.store)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "required"),
        ("   ", "required"),
        ("x" * 301, "301 characters, 300 are allowed"),
        ("two\nlines", "control character"),
        ("a\ttab", "control character"),
        ("\x1b[2Jgone", "control character"),
        ("nul\0l", "control character"),
        ("\x9b31m", "control character"),
        ("a\u2028b", "control character"),
        ("\N{ZERO WIDTH SPACE}", "seen"),
        ("\u202e\u2066", "seen"),
    ],
    ids=shown,
)
def test_a_name_that_cannot_be_one_is_refused(shop: Shop, name: str, says: str) -> None:
    for words in (["apps", "add", "calendly", "--label", name], ["apps", "set", "Calendly", f"label={name}"], ["groups", "add", name], [*PERSON, name]):
        ended = shop.refuses(*words, status=2, says=(says,))
        assert ended.err.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    "name", ["CALENDLY", " calendly ", "Ｃａｌｅｎｄｌｙ", "Cal\N{ZERO WIDTH SPACE}endly", "\u202aCalendly", "𝐂alendly", "Calendly\ufe0f"], ids=shown
)
def test_a_name_that_looks_like_another_is_taken(shop: Shop, name: str) -> None:
    shop.refuses("apps", "add", "calendly", "--label", name, status=3, code="label-taken", says=("'Calendly'",))
    shop.usher("groups", "add", "Calendly")
    shop.refuses("groups", "add", name, status=3)
    shop.refuses("groups", "rename", "Engineering", name, status=3)
    shop.usher(*PERSON, "Calendly")
    shop.refuses(*PERSON, name, status=3, code="username-taken")
    assert shop.usher("apps", "show", name, "--json").json["label"] == "Calendly"


def test_the_sso_idp_url_is_refused_by_its_rule(shop: Shop) -> None:
    for words in (["idp_url=https://else.example/saml2/x"], ["slug=other"], ["description=New", "idp_url=x"], ["sp_entity_id=x", "idp_url=x"]):
        shop.refuses("apps", "set", "Calendly", *words, status=3, code="idp-url-fixed", says=("Delete the application",))
    assert shop.usher("apps", "show", "Calendly", "--json").json["idp_url"].endswith("/saml2/calendly")


# Addresses and tokens

UNFIT_URLS = [
    "app.example",
    "//app.example",
    "ftp://app.example",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https://app .example",
    "https://app.example:0",
]
UNFIT_URLS += [
    "https://app.example:70000",
    "https://[::1",
    "https://user:hunter2@app.example",
    "https://app.example\\@evil.example",
    "https://app.example/a\nb",
]
UNFIT_URLS += ["https://app.example/" + "a" * 2000, "https://app.example/tab\there", ""]
UNFIT_BASE_URLS = ["http://app.example", "https://app.example/?x=1", "https://app.example/#x", "https://app.example/../scim", "https://app.example/scim/./v2"]
UNFIT_BASE_URLS += ["https://app.example/%2e%2e/scim", "https://app.example/scim/..", "https://app..example/scim", "https://app.example/\u202escim"]


@pytest.mark.parametrize("url", UNFIT_URLS, ids=shown)
def test_an_address_that_cannot_be_one_is_refused_wherever_one_is_asked_for(shop: Shop, url: str) -> None:
    attempts = [["apps", "add", "bookmark", "--label", "B", "--url", url], ["idm", "configure", "Calendly", "--base-url", url, "--token-file", "-"]]
    if url:
        attempts += [["apps", "set", "Calendly", f"acs_urls={url}"], ["apps", "set", "Calendly", f"login_url={url}"]]
    for words in attempts:
        ended = shop.refuses(*words, status=2, stdin="a-token")
        assert "hunter2" not in ended.err


@pytest.mark.parametrize("url", UNFIT_BASE_URLS, ids=shown)
def test_a_base_url_that_would_lead_elsewhere_is_refused(shop: Shop, url: str) -> None:
    shop.refuses("idm", "configure", "Calendly", "--base-url", url, "--token-file", "-", status=2, stdin="a-token", says=("base URL",))
    shop.usher("apps", "delete", "Calendly", "--count", "1")
    shop.refuses("settings", "set", f"base_url={url}", status=2, code="base-url-unfit")


@pytest.mark.parametrize(
    "url", ["https://app.example/scim/v2", "https://APP.example/scim/v2/", "https://app.example/scim/v2///", " https://app.example/scim/v2 "]
)
def test_a_slash_at_the_end_makes_no_difference(shop: Shop, url: str) -> None:
    assert shop.usher("idm", "configure", "Calendly", "--base-url", url, "--token-file", "-", stdin="a-token").status == 0
    assert shop.usher("apps", "show", "Calendly", "--json").json["connection"]["base_url"] == "https://app.example/scim/v2"


@pytest.mark.parametrize(
    "token",
    ["", "\n", " \n", "two\nlines", "two\r\nlines\r\n", "a blank", "Bearer abc", "tök", "nul\0l", "esc\x1b[0m", "x" * 70_000],
    ids=shown,
)
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(shop: Shop, tmp_path: Path, token: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(token.encode())
    words = ["idm", "configure", "Calendly", "--base-url", "https://app.example/v2", "--token-file"]
    for ended in (shop.refuses(*words, str(file), status=2), shop.refuses(*words, "-", status=2, stdin=token)):
        assert not any(part in ended.err for part in token.split() if part not in ("a", "blank", "Bearer"))


def test_a_token_of_bytes_that_are_no_text_is_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe\x80token")
    for path in (tmp_path / "token", tmp_path / "nowhere", tmp_path, Path("/dev/zero")):
        shop.refuses("idm", "configure", "Calendly", "--base-url", "https://app.example/v2", "--token-file", str(path), status=2, says=(str(path),))


def test_a_pipe_that_nobody_writes_to_is_not_waited_for_and_one_that_somebody_does_is_read(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ["idm", "configure", "Calendly", "--base-url", "https://app.example/v2", "--token-file", str(pipe)]
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    shop.refuses(*words, status=2, code="secret-late", says=(str(pipe),))
    monkeypatch.setattr(files, "PATIENCE", 20.0)
    writer = threading.Thread(target=lambda: pipe.write_text("a-token-that-comes-late\n"))
    writer.start()
    assert shop.usher(*words).status == 0
    writer.join()
