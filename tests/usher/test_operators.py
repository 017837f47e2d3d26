"""Operators: their keys, judged strictly; who is at work and by which way; lines for sshd; two who change the same."""

from __future__ import annotations

import base64
import os
import shlex
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from store import activity as record
from store.activity import Actor
from store.errors import Conflict, NotFound, Refused, UsageError, UsherError
from usher.services import activity, applications, at_work, authorizations, directory, groups, imports, meanwhile, operators, settings
from usher.services.operators import Launch
from usher.services.session import Session
from usher.services.ssh_keys import parse_key


def wire(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def line(kind: str, *parts: bytes, comment: str = "grace@desk") -> str:
    return f"{kind} {base64.b64encode(wire(kind.encode(), *parts)).decode()} {comment}"


POINT = b"\x04" + bytes(64)
MODULUS = b"\x00\xc0" + bytes(255)
ED25519 = line("ssh-ed25519", bytes(range(32)))
OTHER = line("ssh-ed25519", bytes(32))
GOOD = [
    ED25519,
    line("ssh-rsa", b"\x01\x00\x01", MODULUS),
    line("ecdsa-sha2-nistp256", b"nistp256", POINT),
    line("sk-ssh-ed25519@openssh.com", bytes(32), b"ssh:"),
    line("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", POINT, b"ssh:"),
    "  " + ED25519 + "\r\n",
]
BAD = [
    ("", "There is no key"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n", "private key"),
    (f"{ED25519}\n{OTHER}", "one line"),
    (f'command="id" {ED25519}', "options before it"),
    (f"restrict,pty {ED25519}", "options before it"),
    (line("ssh-dss", bytes(20)), "too weak"),
    (line("ssh-rsa", b"\x01\x00\x01", b"\x00\xc0" + bytes(127)), "2048 bits"),
    (line("ssh-ed25519-cert-v01@openssh.com", bytes(32)), "certificate"),
    ("ssh-ed25519 not*base64", "damaged"),
    ("ssh-ed25519 AAAA", "damaged"),
    (line("ssh-ed25519", bytes(31)), "damaged"),
    (line("ssh-ed25519", bytes(32), b"more"), "damaged"),
    ("ssh-ed25519 " + line("ssh-rsa", b"\x01\x00\x01", MODULUS).split()[1], "damaged"),
    ("ssh-ed25519 " + base64.b64encode(wire(b"ssh-ed25519", bytes(32)) + b"\x00").decode(), "damaged"),
    (line("ecdsa-sha2-nistp256", b"nistp384", POINT), "damaged"),
    ("ssh-ed25519 " + "A" * 20_000, "one line"),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_ssh_keygen_writes_is_taken_with_its_fingerprint(session: Session, text: str) -> None:
    made = operators.add(session, "grace", "operator", text)
    assert made.keys[0].fingerprint.startswith("SHA256:") and len(made.keys[0].fingerprint) == 50
    assert operators.by_fingerprint(session, made.keys[0].fingerprint) == made


@pytest.mark.parametrize(("text", "said"), BAD)
def test_anything_else_is_refused_and_never_repeated(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        parse_key(text)
    assert refused.value.field == "key"
    assert "secret" not in str(refused.value) and "AAAA" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "  ", "-v", "a\nb", 'a"b', "a'b", "a\\b", "$(id)", "x" * 101, ".grace", "a;b"])
def test_a_name_that_could_be_more_than_a_name_is_refused(session: Session, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        operators.add(session, name, "operator")
    assert refused.value.field == "name"


def test_names_and_keys_are_one_operator_s(session: Session) -> None:
    operators.add(session, "Grace", "administrator", ED25519)
    with pytest.raises(Refused, match="Grace"):
        operators.add(session, "gRACE", "operator")
    with pytest.raises(Refused, match="is Grace's already"):
        operators.add(session, "bo", "operator", ED25519)
    assert [one.name for one in operators.list_(session)] == ["Grace"]


def test_the_record_says_who_became_what_and_with_which_key(session: Session) -> None:
    operators.add(session, "root", "administrator")
    made = operators.add(session, "grace", "operator", ED25519)
    operators.set_(session, "grace", {"role": "viewer", "enabled": "false", "key": OTHER})
    operators.set_(session, "grace", {"drop_key": made.keys[0].fingerprint})
    operators.remove(session, "grace")
    added, changed, dropped, removed = reversed(activity.page(session, limit=4))
    assert added.action == "operator.added" and made.keys[0].fingerprint in added.detail["keys"]
    assert changed.detail["role"] == ["operator", "viewer"] and changed.detail["enabled"] == [True, False]
    assert len(changed.detail["keys"][1].split()) == 2 and len(dropped.detail["keys"][1].split()) == 1
    assert removed.action == "operator.removed"


# Lines for sshd


@pytest.mark.parametrize("folder", ["/srv/usher", "/srv/two words", "/srv/o'brien", '/srv/a"b', "/srv/a\\b", "/srv/$(id)`id`;#%", "/srv/ünï"])
def test_a_line_for_sshd_is_the_very_command_however_the_store_is_called(folder: str) -> None:
    key = parse_key(ED25519)
    operator = operators.Operator("01A", "Ada Lovelace", "operator", keys=(key,))
    written = operators.authorized_line(operator, key, Launch(("/usr/bin/usher",), Path(folder, "usher.db"), Path(folder, "k.key")))
    command, rest = dequoted(written.removeprefix("restrict,pty,command="))
    expected = ["env", f"USHER_KEY_FILE={folder}/k.key", "/usr/bin/usher", "--store", f"{folder}/usher.db"]
    assert shlex.split(command) == [*expected, "--operator", "Ada Lovelace", "--ssh-key", key.fingerprint, "--confined"]
    assert rest == f" {key.kind} {key.body} Ada Lovelace" and "\n" not in written


def dequoted(text: str) -> tuple[str, str]:
    """A quoted option as sshd reads it (auth-options.c, opt_dequote), and what follows."""
    found, at = "", 1
    while text[at] != '"':
        at += text[at] == "\\" and text[at + 1] == '"'
        found, at = found + text[at], at + 1
    return found, text[at + 1 :]


def test_a_path_that_would_break_the_line_is_refused() -> None:
    key = parse_key(ED25519)
    with pytest.raises(UsageError, match="control character"):
        operators.authorized_line(operators.Operator("01A", "ada", "viewer"), key, Launch(("usher",), Path("/srv/a\nb")))


def test_only_enabled_operators_have_lines_and_one_key_has_one(session: Session) -> None:
    operators.add(session, "root", "administrator", OTHER)
    grace = operators.add(session, "grace", "operator", ED25519)
    launch = operators.launch_of(session)
    lines = operators.authorized_lines(session, launch)
    assert len(lines) == 2 and all(each.startswith('restrict,pty,command="') and "--confined" in each for each in lines)
    assert len(operators.authorized_lines(session, launch, grace.keys[0].fingerprint)) == 1
    assert operators.authorized_lines(session, launch, "SHA256:" + "x" * 43) == []
    operators.set_(session, "grace", {"enabled": "false"})
    assert operators.authorized_lines(session, launch, grace.keys[0].fingerprint) == []
    assert operators.by_fingerprint(session, grace.keys[0].fingerprint) is None


# Who is at work


def entered(session: Session, name: str, way: str = "command", **named: object) -> Session:
    fresh = replace(session, actor=Actor("", "", ""))
    fresh.confined = bool(named.pop("confined", False))
    at_work.enter(fresh, name, way, **{"environment": {}, **named})  # type: ignore[arg-type]
    return fresh


def test_without_a_name_the_right_to_the_file_makes_an_administrator_and_the_record_says_so(session: Session) -> None:
    for _ in range(2):
        here = entered(session, "", "terminal")
        assert (here.actor.role, here.actor.via, here.operator) == ("administrator", f"terminal, local:{os.geteuid()}", "")
        if not operators.list_(session):
            operators.add(session, "grace", "administrator")


def test_an_operator_has_their_own_role_and_a_stranger_none(session: Session) -> None:
    operators.add(session, "root", "administrator")
    operators.add(session, "Grace", "viewer", ED25519)
    assert (entered(session, "gRACE").actor.name, entered(session, "gRACE").actor.role) == ("Grace", "viewer")
    with pytest.raises(NotFound):
        entered(session, "mallory")
    operators.set_(session, "grace", {"enabled": "false"})
    with pytest.raises(Refused, match="The operator Grace is disabled"):
        entered(session, "grace")


@pytest.mark.parametrize("named", [{"confined": True}, {"key": "SHA256:" + "a" * 43}])
def test_who_comes_in_from_outside_is_a_known_operator_or_nobody(session: Session, named: dict[str, object]) -> None:
    assert entered(session, "mallory").actor.role == "administrator"  # by the right to the file: there are no operators
    with pytest.raises(NotFound):
        entered(session, "mallory", **named)


def test_a_key_must_be_the_operator_s_own_at_the_door_and_at_every_write(session: Session) -> None:
    operators.add(session, "root", "administrator", OTHER)
    grace = operators.add(session, "grace", "operator", ED25519)
    with pytest.raises(Refused, match="not one of grace's"):
        entered(session, "grace", key=parse_key(OTHER).fingerprint, confined=True)
    inside = entered(session, "grace", key=grace.keys[0].fingerprint, confined=True, environment={"SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22"})
    directory.add_group(inside, "Crew")
    last = activity.page(session, limit=1)[0]
    assert (last.actor, last.role, last.via) == ("grace", "operator", f"ssh {grace.keys[0].fingerprint} from 192.0.2.7")
    operators.set_(session, "grace", {"drop_key": grace.keys[0].fingerprint})
    with pytest.raises(Refused, match="no longer that of grace"):
        directory.add_group(inside, "Late")


def test_the_key_sshd_tells_is_in_the_record(session: Session, tmp_path: Path) -> None:
    (tmp_path / "auth").write_text(f"publickey {ED25519}\n")
    fingerprint = parse_key(ED25519).fingerprint
    told = {"SSH_CONNECTION": "2001:db8::7 50000 2001:db8::1 22", "SSH_USER_AUTH": str(tmp_path / "auth")}
    assert at_work.way_in("terminal", confined=True, environment=told) == f"ssh {fingerprint} from 2001:db8::7"
    assert at_work.way_in("command", environment=told) == f"command, local:{os.geteuid()}, ssh {fingerprint} from 2001:db8::7"
    assert at_work.way_in("command", environment={"SSH_CONNECTION": "$(id) x", "SSH_USER_AUTH": "/nowhere"}) == f"command, local:{os.geteuid()}"


# Two who change the same


def by(session: Session, name: str) -> Session:
    return replace(session, actor=Actor(name, "administrator", "terminal"))


def test_the_second_is_told_field_by_field_what_was_changed_and_by_whom(session: Session) -> None:
    operators.add(session, "root", "administrator")
    operators.add(session, "grace", "operator")
    seen = {"name": "grace", "role": "operator", "enabled": "true"}
    operators.set_(by(session, "ada"), "grace", {"role": "viewer"}, expected=seen)
    operators.set_(by(session, "bo"), "grace", {"enabled": "false"}, expected=seen)  # another field: nobody is in the way
    with pytest.raises(Conflict) as met:
        operators.set_(by(session, "eve"), "grace", {"role": "administrator", "enabled": "true"}, expected=seen)
    told = [(one.field, one.was, one.now, one.by) for one in met.value.changes]
    assert told == [("role", "operator", "viewer", "ada"), ("enabled", "true", "false", "bo")]
    assert met.value.exit_status == 3 and "changed by ada and bo meanwhile" in met.value.message
    assert operators.get(session, "grace").role == "viewer"


def test_settings_and_groups_are_not_written_over_unseen(session: Session) -> None:
    settings.set_(by(session, "ada"), {"organization": "Ada's"})
    with pytest.raises(Conflict, match="by ada meanwhile: organization Harbour Works → Ada's"):
        settings.set_(by(session, "bo"), {"organization": "Bo's"}, expected={"organization": "Harbour Works", "theme": "dark"})
    settings.set_(by(session, "bo"), {"theme": "light"}, expected={"organization": "Harbour Works", "theme": "dark"})
    directory.add_group(session, "Crew")
    groups.rename_group(by(session, "ada"), "Crew", "Staff")
    with pytest.raises(Conflict, match="by ada"):
        groups.rename_group(by(session, "bo"), "Staff", "Team", expected={"name": "Crew"})


def test_what_others_changed_since_is_read_from_the_record(session: Session) -> None:
    user = directory.add_user(session, "ada@harbour.example", "ada@harbour.example")
    began = meanwhile.head(session)
    directory.set_user(by(session, "bo"), user.id, {"firstname": "Ada"})
    directory.add_group(by(session, "bo"), "Crew")
    assert next((one.field, one.was, one.now, one.by) for one in meanwhile.since(session, began, [user.id])) == ("firstname", "", "Ada", "bo")
    with pytest.raises(UsherError, match="by bo meanwhile"):
        directory.set_user(session, user.id, {"firstname": "Eve"}, expected_version=user.version)


def test_who_it_was_is_known_however_much_was_done_since_and_found_by_an_index(session: Session) -> None:
    user = directory.add_user(session, "ada@harbour.example", "ada@harbour.example")
    began = meanwhile.head(session)
    directory.set_user(by(session, "bo"), user.id, {"firstname": "Ada"})
    crew = directory.add_group(session, "Crew")
    groups.rename_group(by(session, "cy"), "Crew", "Staff")
    with by(session, "eve").change("administrator") as change:
        for turn in range(600):
            change.record("setting.changed", "settings", {"theme": [str(turn), str(turn + 1)]})
    with pytest.raises(Conflict, match="by bo meanwhile: firstname – → Ada"):
        directory.set_user(session, user.id, {"firstname": "Eve"}, expected_version=user.version)
    with pytest.raises(Conflict, match="by cy meanwhile"):
        groups.rename_group(session, "Staff", "Team", expected={"name": "Crew"})
    assert [one.by for one in meanwhile.since(session, began, [user.id])] == ["bo"]
    assert {one.by for one in meanwhile.since(session, began, [crew.id, "Crew"])} == {"cy"}
    asked = list[str]()
    session.db.set_trace_callback(asked.append)
    record.about(session.db, [user.id])
    session.db.set_trace_callback(None)
    plan = " ".join(str(row["detail"]) for row in session.db.execute(f"explain query plan {asked[0]}").fetchall())
    assert "activity_by_target" in plan and "activity_by_id" in plan and "SCAN activity" not in plan


def test_whoever_imports_a_file_is_named_for_the_people_in_it(session: Session, tmp_path: Path) -> None:
    user = directory.add_user(session, "ada@harbour.example", "ada@harbour.example")
    began = meanwhile.head(session)
    assert meanwhile.whose(session, began, user.id) == "somebody else"
    file = tmp_path / "people.csv"
    file.write_text("username,firstname\nada@harbour.example,Ada\n")
    imports.run(by(session, "bo"), file)
    assert meanwhile.whose(session, began, user.id) == "bo"
    directory.set_user(by(session, "cy"), user.id, {"lastname": "King"})
    assert meanwhile.whose(session, began, user.id) == "cy"


def test_ticks_made_by_two_are_both_kept(session: Session) -> None:
    applications.add(session, "calendly", label="Calendly")
    crew, staff, guests = (directory.add_group(session, name) for name in ("Crew", "Staff", "Guests"))
    authorizations.authorize(session, "Calendly", ["Crew"])
    seen = [crew.id]
    authorizations.authorize(by(session, "ada"), "Calendly", ["Staff"])
    done = authorizations.replace(by(session, "bo"), "Calendly", [guests.id], seen=seen)
    assert set(done.groups) == {"Guests", "Staff"} and staff.id
