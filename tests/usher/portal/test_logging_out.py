"""Single logout, begun at the portal and at an application: sessions end, and every application is told through the browser."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from store import service_providers
from store.ids import stamp
from store.service_providers import ServiceProviderFacts
from tests.kit import SteppingClock
from tests.usher.portal.conftest import PORTAL, Browsers
from tests.usher.portal.kit import SP_ENTITY_ID, Browser
from tests.usher.portal.test_signing_in import GRACE
from usher.portal.app import build
from usher.saml import bindings, signature
from usher.saml.certificate import make
from usher.saml.keys import Signer, one_line
from usher.services import applications, authorizations, sign_ins, sso
from usher.services.session import Session
from usher.services.sign_ins import SignInQuery

SLO = "https://app.example.com/saml/slo"
OTHER = "https://other.example.com/saml"
NS = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'


@pytest.fixture(scope="module")
def signer() -> Signer:
    """The applications' key."""
    from tests.kit import MORNING

    made = make("app", "", MORNING)
    key = load_pem_private_key(made.private_key.reveal().encode(), None)
    signer = Signer(key, one_line(made.pem), "RSA-SHA256")  # type: ignore[arg-type]
    signer.__dict__["pem"] = made.pem
    return signer


@pytest.fixture
def two(furnished: Session, signer: Signer) -> Session:
    """Calendly and a second application, both with single logout by redirect."""
    return with_two(furnished, signer, "redirect")


@pytest.fixture
def posting(furnished: Session, signer: Signer) -> Session:
    """The same, by HTTP-POST."""
    return with_two(furnished, signer, "post")


def with_two(furnished: Session, signer: Signer, binding: str) -> Session:
    applications.add(furnished, "calendly", label="Other", slug="other")
    sso.fill(furnished, "Other", {"YOUR_ID": "43"})
    sso.set_fields(furnished, "Other", {"sp_entity_id": OTHER, "acs_urls": f"{OTHER}/acs", "idp_entity_id": "Harbour Works for Other"})
    sso.activate(furnished, "Other")
    authorizations.authorize(furnished, "Other", ["Engineering"])
    for label, url in (("Calendly", SLO), ("Other", f"{OTHER}/slo")):
        facts = ServiceProviderFacts(certificates=(signer.__dict__["pem"],), slo_url=url, slo_binding=binding)
        with furnished.store.transaction() as db:
            service_providers.put(db, applications.get(furnished, label).id, facts)
    return furnished


def at_both(browser: Browsers) -> tuple[Browser, str]:
    """Grace in both applications, and the SessionIndex that Calendly knows."""
    grace = browser()
    grace.sign_in(GRACE)
    index = ""
    for label in ("Calendly", "Other"):
        grace.get("/")
        form = next(form for form in grace.forms() if "/launch/" in form.action and label in grace.page.text.partition(form.action)[2].partition("</form>")[0])  # type: ignore[union-attr]
        grace.post(form.action, form.fields)
        found = re.search(r'SessionIndex="([^"]+)"', grace.posted()[1])
        index = index or (found[1] if found else "")
    return grace, index


def message(session: Session, signer: Signer, slug: str, name: str, body: str, relay_state: str | None, **more: str) -> str:
    """The address with a signed logout message of an application."""
    url = f"https://sso.harbour.example/saml2/{slug}/logout"
    issuer = SP_ENTITY_ID if slug == "calendly" else OTHER
    given = "".join(f' {key}="{value}"' for key, value in more.items())
    head = f'ID="_{name}{slug}{len(more)}" Version="2.0" IssueInstant="{stamp(session.clock.now())}" Destination="{url}"{given}'
    xml = f"<samlp:{name} {NS} {head}><saml:Issuer>{issuer}</saml:Issuer>{body}</samlp:{name}>"
    sent = bindings.redirect(url, "SAMLRequest" if name.endswith("Request") else "SAMLResponse", xml, relay_state, signer)
    return sent.removeprefix("https://sso.harbour.example")


def answer_of(session: Session, signer: Signer, slug: str, id_: str, relay_state: str) -> str:
    success = '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
    return message(session, signer, slug, "LogoutResponse", success, relay_state, InResponseTo=id_)


def sent(location: str) -> tuple[str, str, str, str | None]:
    """Where a message goes, its name, its ID and RelayState."""
    incoming = bindings.from_query(urlsplit(location).query.encode())
    text = incoming.xml.decode()
    id_, name = re.search(r' ID="([^"]+)"', text), re.match(r"<samlp:(\w+)", text)
    assert id_ and name
    return location.partition("?")[0], name[1], id_[1], incoming.relay_state


def location_of(browser: Browser) -> str:
    """Where the page leads: by redirect, or by the page that takes its place after a form."""
    from html import unescape

    assert browser.page is not None
    refreshed = re.search(r'content="0; url=([^"]+)"', browser.page.text)
    return unescape(refreshed[1]) if refreshed else browser.page.headers["location"]


def test_signing_out_at_the_portal_tells_every_application(two: Session, browser: Browsers, signer: Signer) -> None:
    grace, _ = at_both(browser)
    grace.get("/")
    grace.submit("/logout", follow=False)
    told = []
    for _ in range(2):
        url, name, id_, state = sent(location_of(grace))
        assert name == "LogoutRequest" and state
        told.append(url)
        slug = "calendly" if url == SLO else "other"
        grace.client.follow_redirects = False
        grace.get(answer_of(two, signer, slug, id_, state))
    assert set(told) == {SLO, f"{OTHER}/slo"} and "signed out everywhere" in grace.text
    grace.client.follow_redirects = True
    grace.get("/")
    assert grace.url.endswith("/login")


def test_an_application_signs_out_and_the_others_are_told_before_it_is_answered(two: Session, browser: Browsers, signer: Signer) -> None:
    grace, index = at_both(browser)
    body = f"<saml:NameID>{GRACE}</saml:NameID><samlp:SessionIndex>{index}</samlp:SessionIndex>"
    grace.client.follow_redirects = False
    grace.get(message(two, signer, "calendly", "LogoutRequest", body, "their state"))
    url, name, id_, state = sent(location_of(grace))
    assert (url, name) == (f"{OTHER}/slo", "LogoutRequest") and state
    grace.get(answer_of(two, signer, "other", id_, state))
    url, name, _, state = sent(location_of(grace))
    assert (url, name, state) == (SLO, "LogoutResponse", "their state")
    grace.client.follow_redirects = True
    grace.get("/")
    assert grace.url.endswith("/login")
    assert [row.result for row in sign_ins.rows(two, SignInQuery(app="Calendly"))][-1] == "signed-out"


def test_an_unsigned_or_foreign_logout_ends_nothing(two: Session, browser: Browsers, signer: Signer) -> None:
    grace, _ = at_both(browser)
    good = message(two, signer, "calendly", "LogoutRequest", f"<saml:NameID>{GRACE}</saml:NameID>", None)
    for bad in (good.partition("&SigAlg")[0], good.replace("/calendly/", "/other/"), good[:-4] + "AAAA"):
        assert grace.get(bad).status_code == 400
    grace.get("/")
    assert "Calendly" in grace.text
    assert {row.result for row in sign_ins.rows(two, SignInQuery(result="refused"))} == {"refused"}


def test_an_answer_to_nothing_is_refused(two: Session, browser: Browsers, signer: Signer) -> None:
    assert browser().get(answer_of(two, signer, "calendly", "_never", "no-such-key")).status_code == 400


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_in_a_rehearsal_no_logout_leaves_the_machine(furnished: Session, signer: Signer, store: Any, clock: SteppingClock, binding: str) -> None:
    session = with_two(furnished, signer, binding)
    for label in ("Calendly", "Other"):
        sso.set_fields(session, label, {"acs_urls": "http://127.0.0.1:9/acs"})
    app = build(Session(store, PORTAL, furnished.key, clock, furnished.ids), stays_here=True)
    with asyncio.Runner() as loop:
        app.state.loop = loop
        grace, _ = at_both(lambda: Browser(app))
        grace.get("/")
        grace.submit("/logout")
        assert "You may still be signed in at" in grace.text and "Calendly" in grace.text and "Other" in grace.text
        grace, index = at_both(lambda: Browser(app))
        body = f"<saml:NameID>{GRACE}</saml:NameID><samlp:SessionIndex>{index}</samlp:SessionIndex>"
        assert "nothing leaves this machine" in grace.get(message(session, signer, "calendly", "LogoutRequest", body, None)).text
        assert "app.example.com" not in grace.text
    app.state.close()
    noted = [row.reason for row in sign_ins.rows(session, SignInQuery(result="refused"))]
    assert len(noted) == 4 and all("the logout address of" in each for each in noted)


def test_an_application_without_single_logout_is_named_at_the_end(furnished: Session, browser: Browsers) -> None:
    grace = browser()
    grace.sign_in(GRACE)
    grace.submit("/launch/")
    grace.get("/")
    grace.submit("/logout")
    assert "You may still be signed in at Calendly" in grace.text


def posted(
    session: Session, key: Signer | None, slug: str, name: str, body: str, relay_state: str | None, *, url: str = "", issuer: str = "", **more: str
) -> dict[str, str]:
    """The form with a logout message of an application, signed within."""
    url, issuer = url or f"https://sso.harbour.example/saml2/{slug}/logout", issuer or (SP_ENTITY_ID if slug == "calendly" else OTHER)
    id_ = f"_{name}{slug}{len(more)}"
    said = {"Destination": url, "ID": id_, "IssueInstant": stamp(session.clock.now()), "Version": "2.0", **more}
    given = "".join(f' {key}="{said[key]}"' for key in sorted(said))
    head = f'<samlp:{name} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"{given}>'
    who = f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</saml:Issuer>'
    body = body.replace("<saml:NameID>", '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">')
    signed = signature.sign(f"{head}{who}{body}</samlp:{name}>", id_, key) if key else ""
    document = f"{head}{who}{signed}{body}</samlp:{name}>"
    fields = {"SAMLRequest" if name.endswith("Request") else "SAMLResponse": base64.b64encode(document.encode()).decode()}
    return {**fields, **({"RelayState": relay_state} if relay_state is not None else {})}


def status(code: str, second: str = "") -> str:
    inner = f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{second}"></samlp:StatusCode>' if second else ""
    return f'<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{code}">{inner}</samlp:StatusCode></samlp:Status>'


def answers(session: Session, grace: Browser, key: Signer | None, slug: str, code: str = "Success", second: str = "") -> None:
    """The application whose form is open takes our request and answers it by a form of its own, as from its own site."""
    url, document, state = grace.posted()
    assert url == (SLO if slug == "calendly" else f"{OTHER}/slo") and "<samlp:LogoutRequest" in document and "<ds:Signature" in document
    assert GRACE in document and "<samlp:SessionIndex>" in document and state
    asked = re.search(r' ID="([^"]+)"', document)
    assert asked
    form = posted(session, key, slug, "LogoutResponse", status(code, second), state, InResponseTo=asked[1])
    grace.post(f"/saml2/{slug}/logout", form, origin="https://app.example.com")


def statuses(document: str) -> list[str]:
    return re.findall(r'StatusCode Value="[^"]*:([A-Za-z]+)"', document)


def gone(browser: Browser) -> bool:
    browser.get("/")
    return browser.url.endswith("/login")


def test_by_post_signing_out_at_the_portal_tells_every_application(posting: Session, browser: Browsers, signer: Signer) -> None:
    grace, _ = at_both(browser)
    grace.get("/")
    grace.submit("/logout")
    slugs = {SLO: "calendly", f"{OTHER}/slo": "other"}
    for _ in range(2):
        answers(posting, grace, signer, slugs[grace.posted()[0]])
    assert "signed out everywhere" in grace.text and gone(grace)


@pytest.mark.parametrize(("code", "second", "told"), [("Success", "", ["Success"]), ("Responder", "", ["Success", "PartialLogout"]), ("Success", "PartialLogout", ["Success", "PartialLogout"])])  # fmt: skip
def test_by_post_an_application_signs_out_and_is_told_whether_all_did(
    posting: Session, browser: Browsers, signer: Signer, code: str, second: str, told: list[str]
) -> None:
    grace, index = at_both(browser)
    body = f"<saml:NameID>{GRACE}</saml:NameID><samlp:SessionIndex>{index}</samlp:SessionIndex>"
    grace.post("/saml2/calendly/logout", posted(posting, signer, "calendly", "LogoutRequest", body, "their state"), origin="https://app.example.com")
    answers(posting, grace, signer, "other", code, second)
    url, document, state = grace.posted()
    assert (url, state, statuses(document)) == (SLO, "their state", told)
    assert 'InResponseTo="_LogoutRequestcalendly0"' in document and "<ds:Signature" in document
    assert gone(grace)
    assert [row.reason for row in sign_ins.rows(posting, SignInQuery(app="Other", result="refused"))] == (
        [] if told == ["Success"] else [f"Other did not end its session: {second or code}."]
    )


def test_an_answer_that_does_not_hold_confirms_nothing_and_the_initiator_is_answered(posting: Session, browser: Browsers, signer: Signer) -> None:
    grace, index = at_both(browser)
    body = f"<saml:NameID>{GRACE}</saml:NameID><samlp:SessionIndex>{index}</samlp:SessionIndex>"
    grace.post("/saml2/calendly/logout", posted(posting, signer, "calendly", "LogoutRequest", body, None), origin="https://app.example.com")
    answers(posting, grace, None, "other")
    assert statuses(grace.posted()[1]) == ["Success", "PartialLogout"]
    assert "must be signed" in list(sign_ins.rows(posting, SignInQuery(app="Other", result="refused")))[-1].reason


def test_an_application_without_single_logout_makes_it_a_partial_one(posting: Session, browser: Browsers, signer: Signer) -> None:
    with posting.store.transaction() as db:
        service_providers.put(db, applications.get(posting, "Other").id, ServiceProviderFacts())
    grace, _ = at_both(browser)
    form = posted(posting, signer, "calendly", "LogoutRequest", f"<saml:NameID>{GRACE}</saml:NameID>", None)
    grace.post("/saml2/calendly/logout", form, origin="https://app.example.com")
    assert statuses(grace.posted()[1]) == ["Success", "PartialLogout"] and gone(grace)


def test_by_post_what_does_not_hold_ends_nothing(posting: Session, browser: Browsers, signer: Signer) -> None:
    grace, _ = at_both(browser)
    body = f"<saml:NameID>{GRACE}</saml:NameID>"
    unsigned = posted(posting, None, "calendly", "LogoutRequest", body, None)
    elsewhere = posted(posting, signer, "other", "LogoutRequest", body, None)
    answer = posted(posting, signer, "calendly", "LogoutResponse", status("Success"), "no such key", InResponseTo="_x")
    for bad in (unsigned, elsewhere, answer):
        assert grace.post("/saml2/calendly/logout", bad, origin="https://app.example.com").status_code == 400
    assert not gone(grace)
    assert len(list(sign_ins.rows(posting, SignInQuery(result="refused")))) == 3


def test_a_logout_request_is_taken_once_and_of_one_session_where_it_names_one(posting: Session, browser: Browsers, signer: Signer) -> None:
    (here, index), (there, _) = at_both(browser), at_both(browser)
    body = f"<saml:NameID>{GRACE}</saml:NameID><samlp:SessionIndex>{index}</samlp:SessionIndex>"
    form = posted(posting, signer, "calendly", "LogoutRequest", body, None)
    here.post("/saml2/calendly/logout", form, origin="https://app.example.com")
    assert gone(here) and not gone(there)
    assert here.post("/saml2/calendly/logout", form, origin="https://app.example.com").status_code == 400
    every = posted(posting, signer, "calendly", "LogoutRequest", f"<saml:NameID>{GRACE}</saml:NameID>", None, Consent="urn:x")
    here.post("/saml2/calendly/logout", every, origin="https://app.example.com")
    assert gone(there)
