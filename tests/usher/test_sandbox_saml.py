"""The stand-in application believes nothing: what the portal did not sign for it, now, once, is refused."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from store.ids import SystemClock
from usher.saml import bindings, issue, metadata
from usher.sandbox.saml_provider import SamlSide
from usher.sandbox.web import Request
from usher.services import applications, assertions, directory, parties, settings, sso
from usher.services.session import Session

ORIGIN = "http://127.0.0.1:9"
ACS = f"{ORIGIN}/saml/calendly/acs"


@pytest.fixture
def session(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    session.clock = SystemClock()
    settings.set_(session, {"base_url": "http://127.0.0.1:8"})
    applications.add(session, "calendly", label="Calendly", slug="calendly")
    sso.fill(session, "Calendly", {"YOUR_ID": "42"})
    sso.set_fields(session, "Calendly", {"sp_entity_id": f"{ORIGIN}/saml/calendly", "acs_urls": ACS})
    sso.activate(session, "Calendly")
    directory.add_user(session, "grace@harbour.example", "grace@harbour.example", firstname="Grace")
    yield session


@pytest.fixture
def side(session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SamlSide:
    """The stand-in, which reads the portal's metadata from a file."""
    found = parties.by_slug(session, "calendly")
    assert found is not None
    file = tmp_path / "saml2" / "calendly" / "metadata"
    file.parent.mkdir(parents=True)
    file.write_text(metadata.document(found.idp, found.sp), "utf-8")
    made = SamlSide(f"file://{tmp_path}")
    made.origin = ORIGIN
    return made


def response(session: Session, *, acs: str = ACS, at: datetime | None = None, asked: str | None = None, state: str | None = None) -> bytes:
    """What the portal posts."""
    from store import applications as rows
    from usher.saml import contexts

    application = rows.with_slug(session.db, "calendly")
    found = parties.by_slug(session, "calendly")
    assert application and found
    now = at or datetime.now(UTC)
    login = issue.Login(now, "_index", now + timedelta(hours=1), contexts.default(False))
    person = assertions.person(session, application, directory.get_user(session, "grace@harbour.example"))
    made = issue.asserted(found.idp, found.sp, parties.signer(session, application.id), person, login, now, acs, asked)
    return form(made.xml, state)


def form(xml: str, state: str | None = None) -> bytes:
    from urllib.parse import urlencode

    return urlencode({"SAMLResponse": base64.b64encode(xml.encode()).decode(), **({"RelayState": state} if state else {})}).encode()


def taken(side: SamlSide, body: bytes) -> tuple[int, str]:
    answer = side.answer(Request("POST", "/saml/calendly/acs", {}, {}, body))
    return answer.status, answer.body.decode()


def test_it_shows_who_was_asserted_and_remembers(session: Session, side: SamlSide) -> None:
    status, page = taken(side, response(session, state="<state>"))
    assert status == 200 and "Signed in as grace@harbour.example" in page and "Grace" in page and "&lt;state&gt;" in page
    assert "grace@harbour.example" in side.answer(Request("GET", "/saml/calendly/", {}, {})).body.decode()


def test_an_assertion_is_used_once(session: Session, side: SamlSide) -> None:
    body = response(session)
    assert taken(side, body)[0] == 200
    status, page = taken(side, body)
    assert status == 403 and "used before" in page


def test_its_own_request_is_answered_once(session: Session, side: SamlSide) -> None:
    sent = side.answer(Request("GET", "/saml/calendly/login", {}, {})).headers["Location"]
    incoming = bindings.from_query(urlsplit(sent).query.encode())
    id_ = re.search(rb' ID="([^"]+)"', incoming.xml)
    assert id_ and parse_qs(urlsplit(sent).query)["RelayState"]
    assert "SP-initiated" in taken(side, response(session, asked=id_[1].decode()))[1]
    assert taken(side, response(session, asked=id_[1].decode()))[0] == 403
    assert taken(side, response(session, asked="_never-sent"))[0] == 403


def test_what_is_old_for_another_or_changed_is_refused(session: Session, side: SamlSide) -> None:
    xml = base64.b64decode(parse_qs(response(session).decode())["SAMLResponse"][0]).decode()
    bad = {
        "old": response(session, at=datetime.now(UTC) - timedelta(hours=1)),
        "for another address": response(session, acs=f"{ORIGIN}/saml/other/acs"),
        "changed": form(xml.replace("grace@harbour.example", "ada@harbour.example")),
        "unsigned": form(re.sub(r"<ds:Signature.*?</ds:Signature>", "", xml, flags=re.DOTALL)),
        "no XML": form("hello"),
        "a doctype": form(f"<!DOCTYPE a>{xml}"),
        "nothing": b"",
    }
    for why, body in bad.items():
        status, page = taken(side, body)
        assert status == 403 and "Signed in as" not in page, why
