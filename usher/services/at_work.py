"""Who is at work, and by which way they came in: what the activity record says of every change.

An operator of the store's own table is known by name (and over SSH by key); their role is read again at each write.
Who may read and write the store's file needs no name: they are administrator by that right, and recorded as such.
That is the honest limit of roles: they bind who comes in through the console over SSH, not the account that owns the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from store import operators
from store.activity import Actor
from store.errors import Refused, UsageError
from usher.services.session import Session

_LARGEST = 65_536


def enter(session: Session, named: str, way: str, *, key: str = "", environment: Mapping[str, str] = os.environ) -> None:
    """Puts the operator of that name at work on the session; with no name, who may write the file.

    `way` is `terminal` or `command`, `key` the fingerprint that the line of an authorized_keys file carries. Raises
    `NotFound` for a name that is no operator's, `Refused` for one who is disabled or whose key it is not. In a store
    without operators a name is taken as it is; a confined one never, since that comes in from outside.
    """
    if key and not _is_fingerprint(key):
        raise UsageError("key-unfit", "That is no fingerprint of a key.", "It begins with SHA256: and has 43 characters after it.")
    via = way_in(way, key=key, confined=session.confined and bool(named), environment=environment)
    if not named:
        if key:
            raise UsageError("operator-name", "A key alone does not say who is at work.", "Name the operator with --operator.")
        session.actor = Actor(account_name(), "administrator", via)
        return
    if not (key or session.confined or operators.any_there(session.db)):
        session.actor = Actor(named, "administrator", via)
        return
    found = operators.find(session.db, named)
    session.actor, session.operator, session.entered_with = Actor(found.name, found.role, via), found.id, key
    try:
        session.look_again()
    except Refused as gone:
        raise Refused(gone.code, _at_the_door(gone, found.name), gone.hint) from None


def way_in(way: str, *, key: str = "", confined: bool = False, environment: Mapping[str, str] = os.environ) -> str:
    """The way in, as the record has it: `ssh SHA256:… from 192.0.2.7` for who came in by a key of their own, else
    `terminal, local:1000` (the account's uid), with the SSH connection behind it where there is one."""
    address, shown = _address(environment), key or _key_of_connection(environment)
    ssh = " ".join(part for part in ("ssh", shown, f"from {address}" if address else "") if part)
    if key or (confined and address):
        return ssh
    return f"{way}, local:{os.geteuid()}" + (f", {ssh}" if address else "")


def account_name() -> str:
    """The name of the account this runs as."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def _is_fingerprint(key: str) -> bool:
    from usher.services.ssh_keys import is_fingerprint

    return is_fingerprint(key)


def _at_the_door(gone: Refused, name: str) -> str:
    return f"The operator {name} is disabled." if gone.code == "operator-gone" else f"This key is not one of {name}'s."


def _address(environment: Mapping[str, str]) -> str:
    """Where the SSH connection comes from, by sshd's own variable."""
    words = environment.get("SSH_CONNECTION", "").split()
    if not words:
        return ""
    import ipaddress  # only where there is an address: a short command starts without it

    with suppress(ValueError):
        return str(ipaddress.ip_address(words[0].partition("%")[0]))
    return ""


def _key_of_connection(environment: Mapping[str, str]) -> str:
    """The fingerprint of the key sshd let in, where it tells (`ExposeAuthInfo yes`)."""
    named = environment.get("SSH_USER_AUTH", "")
    if not named:
        return ""
    from usher.services.ssh_keys import fingerprint_of

    with suppress(OSError, UnicodeDecodeError):
        with Path(named).open("rb") as file:
            lines = file.read(_LARGEST).decode().splitlines()
        for line in lines:
            method, _, rest = line.partition(" ")
            if method == "publickey" and len(rest.split()) >= 2:
                return fingerprint_of(rest.split()[1])
    return ""
