"""Stores with operators to look at: several, a viewer at work, one who is overtaken, one who is shut out."""

from __future__ import annotations

from typing import Any

from store.activity import Actor
from tests.stages import harbour
from usher.services import meanwhile, operators, settings
from usher.services.meanwhile import Changed
from usher.services.session import Session

_KEYS = {
    "grace": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBgr5vskyfeNthX9sucmktvWeU/kw5Fj4sRMBxY3MrkJ grace@desk",
    "second": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA grace@laptop",
}

_overtaken: set[str] = set()


def operated(session: Session) -> None:
    """An administrator who is here, two more with different roles, and one who is shut out for now."""
    harbour(session)
    ada = operators.add(session, "ada", "administrator")
    operators.add(session, "grace", "operator", _KEYS["grace"])
    operators.set_(session, "grace", {"key": _KEYS["second"]})
    operators.add(session, "vera", "viewer")
    operators.add(session, "Tomás Oliveira", "operator")
    operators.set_(session, "Tomás Oliveira", {"enabled": "false"})
    session.operator = ada.id


def watched(session: Session) -> None:
    """The same, seen by the viewer."""
    operated(session)
    vera = operators.get(session, "vera")
    session.operator, session.actor = vera.id, Actor("vera", "viewer", "ssh SHA256:4f1c from 192.0.2.7")


def overtaken(session: Session) -> None:
    """Grace renamed the organisation just before what is typed here is kept: the store stays as it is for the next picture."""
    operated(session)
    if not _overtaken:
        real = settings.set_

        def set_(on: Session, values: Any, **more: Any) -> Any:
            if str(on.store.path) in _overtaken:
                raise meanwhile.conflict("This setting", [Changed("organization", "Harbour Works", "Harbour Works Ltd", "grace")])
            return real(on, values, **more)

        settings.set_ = set_
    _overtaken.add(str(session.store.path))


def shut_out(session: Session) -> None:
    """Grace came in, and was removed since."""
    operated(session)
    grace = operators.get(session, "grace")
    operators.remove(session, "grace")
    session.operator, session.actor = grace.id, Actor("grace", "operator", "ssh SHA256:4f1c from 192.0.2.7")
