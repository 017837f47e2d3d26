"""Single sign-on through the portal's addresses: both sides, both bindings, and everything that must not be asserted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from store import saml_settings
from tests.kit import SteppingClock
from tests.usher.portal.conftest import Browsers
from tests.usher.portal.kit import ACS, PASSWORD, SP_ENTITY_ID, Browser, authn_request, post_body, redirect_query
from tests.usher.portal.test_signing_in import GRACE, app_code, set_up_factor
from usher.services import applications, authorizations, directory, settings, sign_ins, sso
from usher.services.session import Session
from usher.services.sign_ins import SignInQuery

ELSEWHERE = "https://app.example.com"


def last(session: Session) -> Any:
    return sign_ins.show(session, list(sign_ins.rows(session, SignInQuery()))[-1].id)


def ask(browser: Browser, session: Session, relay_state: str | None = None, **request: Any) -> Any:
    """The application sends the browser with a request by HTTP-Redirect."""
    return browser.get(f"/saml2/calendly?{redirect_query(authn_request(session, 'calendly', **request), relay_state)}")


def signed_in(browser: Browsers, user: str = GRACE) -> Browser:
    somebody = browser()
    somebody.sign_in(user)
    return somebody


def status_of(document: str) -> list[str]:
    return re.findall(r'StatusCode Value="[^"]*:([A-Za-z]+)"', document)


def judged(session: Session, document: str, request_id: str | None) -> Any:
    """What python3-saml makes of a response, with its strict checks; the system's clock is the store's here."""
    import base64
    from unittest.mock import patch

    from onelogin.saml2.response import OneLogin_Saml2_Response
    from onelogin.saml2.settings import OneLogin_Saml2_Settings
    from onelogin.saml2.utils import OneLogin_Saml2_Utils

    certificate = saml_settings.active_certificate(session.db, applications.get(session, "Calendly").id)
    assert certificate is not None
    facts = {
        "strict": True,
        "sp": {"entityId": SP_ENTITY_ID, "assertionConsumerService": {"url": ACS}},
        "idp": {
            "entityId": "Harbour Works",
            "singleSignOnService": {"url": "https://sso.harbour.example/saml2/calendly"},
            "x509cert": "".join(certificate.pem.splitlines()[1:-1]),
        },
        "security": {"wantAssertionsSigned": True, "wantNameId": True},
    }
    found = OneLogin_Saml2_Response(OneLogin_Saml2_Settings(facts), base64.b64encode(document.encode()).decode())
    now = int(session.clock.now().timestamp())
    with patch.object(OneLogin_Saml2_Utils, "now", staticmethod(lambda: now)):
        asked = {"https": "on", "http_host": "app.example.com", "script_name": "/saml/acs", "get_data": {}, "post_data": {}}
        assert found.is_valid(asked, request_id), found.get_error()
    return found


def test_a_tile_posts_an_assertion_that_a_library_accepts(furnished: Session, browser: Browsers) -> None:
    sso.set_fields(furnished, "Calendly", {"default_relay_state": "/welcome"})
    grace = signed_in(browser)
    grace.submit("/launch/")
    url, document, state = grace.posted()
    assert (url, state) == (ACS, "/welcome")
    assert "InResponseTo" not in document
    assert judged(furnished, document, None).get_nameid() == GRACE
    row = last(furnished)
    assert (row.flow, row.result, row.nameid, row.acs, row.response_xml) == ("idp", "asserted", GRACE, ACS, document)
    assert row.certificate == applications.get(furnished, "Calendly").certificate.sha256


@pytest.mark.parametrize("binding", ["redirect", "post"])
@pytest.mark.parametrize("before", [True, False], ids=["signed in before", "signs in now"])
def test_an_application_asks_and_is_answered(furnished: Session, browser: Browsers, binding: str, before: bool) -> None:
    somebody = signed_in(browser) if before else browser()
    state = "a b&c=<é>\"'"
    if binding == "redirect":
        ask(somebody, furnished, state)
    else:
        somebody.post("/saml2/calendly", post_body(authn_request(furnished, "calendly"), state), origin=ELSEWHERE)
    if not before:
        assert "Sign in to Calendly" in somebody.text
        assert "Sign in to Calendly" in somebody.sign_in(GRACE, "a wrong password").text, "the page still says for what"
        somebody.sign_in(GRACE)
    url, document, given = somebody.posted()
    assert (url, given) == (ACS, state)
    assert judged(furnished, document, "_request1").get_nameid() == GRACE
    row = last(furnished)
    assert (row.flow, row.result, row.username) == ("sp", "asserted", GRACE) and "AuthnRequest" in row.request_xml


def test_the_page_that_posts_is_closed(furnished: Session, browser: Browsers) -> None:
    grace = signed_in(browser)
    page = grace.submit("/launch/")
    policy = page.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
    assert nonce and f'<script nonce="{nonce[1]}">' in page.text and page.text.count("<script") == 1
    assert "default-src 'none'" in policy and f"form-action {ELSEWHERE} https: 'self';" in policy and "frame-ancestors 'none'" in policy
    assert "no-store" in page.headers["cache-control"] and page.headers["pragma"] == "no-cache" and page.headers["referrer-policy"] == "no-referrer"
    assert "<button" in page.text


def test_a_request_is_answered_once(furnished: Session, browser: Browsers) -> None:
    grace = signed_in(browser)
    ask(grace, furnished)
    ask(grace, furnished)
    assert grace.page is not None and grace.page.status_code == 400 and "answered already" in grace.text
    assert last(furnished).result == "refused"


def test_a_request_that_waits_twice_is_answered_once(furnished: Session, browser: Browsers) -> None:
    xml = authn_request(furnished, "calendly")
    one, two = browser(), browser()
    for each in (one, two):
        each.get(f"/saml2/calendly?{redirect_query(xml)}")
    for each in (one, two):
        each.sign_in(GRACE)
    assert one.posted() and two.page is not None and two.page.status_code == 400


def test_a_waiting_request_belongs_to_one_browser(furnished: Session, browser: Browsers) -> None:
    one, two = browser(), signed_in(browser)
    ask(one, furnished)
    two.get(one.url)
    assert two.page is not None and two.page.status_code == 400 and "another browser" in two.text


def test_whoever_is_in_no_authorised_group_is_not_asserted_either_way(furnished: Session, browser: Browsers) -> None:
    ada = signed_in(browser, "ada@harbour.example")
    answer = ask(ada, furnished)
    assert answer.status_code == 403 and "SAMLResponse" not in answer.text and "may not use Calendly" in ada.text
    grace = signed_in(browser)
    action, token = grace.form("/launch/").action, ada.get("/") and ada.forms()[0].fields
    assert ada.post(action, token).status_code == 403
    assert {row.result for row in sign_ins.rows(furnished, SignInQuery(user="ada@harbour.example", app="Calendly"))} == {"refused"}


@pytest.mark.parametrize("way", ["tile", "request", "waiting request"])
@pytest.mark.parametrize("change", ["revoked", "left the group", "suspended", "deactivated"])
def test_what_changes_mid_session_bites_at_once(furnished: Session, browser: Browsers, way: str, change: str) -> None:
    grace = signed_in(browser)
    ask(grace, furnished, inside="", extra=' ForceAuthn="true"') if way == "waiting request" else None
    acts = {
        "revoked": lambda: authorizations.revoke(furnished, "Calendly", ["Engineering"]),
        "left the group": lambda: directory.remove_members(furnished, "Engineering", [GRACE]),
        "suspended": lambda: directory.suspend(furnished, [GRACE]),
        "deactivated": lambda: sso.deactivate(furnished, "Calendly"),
    }
    acts[change]()
    if way == "tile":
        grace.submit("/launch/")
    elif way == "request":
        ask(grace, furnished)
    else:
        grace.submit("/login", {"username": GRACE, "password": PASSWORD})
    assert grace.page is not None and "SAMLResponse" not in grace.page.text
    assert not list(sign_ins.rows(furnished, SignInQuery(result="asserted")))


def test_force_authn_asks_for_the_password_again(furnished: Session, browser: Browsers) -> None:
    grace = signed_in(browser)
    ask(grace, furnished, extra=' ForceAuthn="true"')
    assert "Sign in to Calendly" in grace.text
    grace.get(grace.url)
    assert "Sign in to Calendly" in grace.text, "going on without the password leads nowhere"
    grace.submit("/login", {"username": GRACE, "password": PASSWORD})
    assert judged(furnished, grace.posted()[1], "_request1").get_nameid() == GRACE


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_passive_shows_no_page(furnished: Session, browser: Browsers, binding: str) -> None:
    nobody = browser()
    xml = authn_request(furnished, "calendly", extra=' IsPassive="true"')
    if binding == "redirect":
        nobody.get(f"/saml2/calendly?{redirect_query(xml, 'state')}")
    else:
        nobody.post("/saml2/calendly", post_body(xml, "state"), origin=ELSEWHERE)
    url, document, state = nobody.posted()
    assert (url, state) == (ACS, "state") and status_of(document) == ["Responder", "NoPassive"] and "<saml:Assertion" not in document
    assert last(furnished).result == "refused"


def test_a_subject_that_is_somebody_else_is_unknown(furnished: Session, browser: Browsers) -> None:
    grace = signed_in(browser)
    name = '<saml:Subject xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:NameID>ada@harbour.example</saml:NameID></saml:Subject>'
    ask(grace, furnished, inside=name)
    assert status_of(grace.posted()[1]) == ["Responder", "UnknownPrincipal"]


def test_an_application_that_wants_a_second_factor_gets_one_first(furnished: Session, browser: Browsers, clock: SteppingClock) -> None:
    sso.set_fields(furnished, "Calendly", {"require_second_factor": "true"})
    grace = signed_in(browser)
    grace.submit("/launch/")
    assert "Set up a second factor" in grace.text
    ask(grace, furnished)
    assert "Set up a second factor" in grace.text
    grace.submit("/account/second-factor", {"code": app_code(furnished, grace)})
    grace.get(re.search(r'href="(/sso/continue/[^"]+)"', grace.page.text)[1])  # type: ignore[union-attr, index]
    assert judged(furnished, grace.posted()[1], "_request1").get_nameid() == GRACE
    grace.get("/")
    grace.submit("/launch/")
    assert grace.posted()


def test_a_session_from_before_the_second_factor_shows_a_code(furnished: Session, browser: Browsers, clock: SteppingClock) -> None:
    old, new = signed_in(browser), signed_in(browser)
    set_up_factor(furnished, new)
    sso.set_fields(furnished, "Calendly", {"require_second_factor": "true"})
    ask(old, furnished)
    assert "Show your second factor" in old.text
    clock.forward(seconds=30)
    old.submit("/verify", {"code": app_code(furnished, old)})
    assert old.posted()


BAD_REQUESTS: dict[str, dict[str, Any]] = {
    "a foreign ACS": {"acs": "https://evil.example.com/acs"},
    "an ACS with a tail": {"acs": ACS + "/"},
    "an ACS that is a script": {"acs": "javascript:alert(1)"},
    "a foreign issuer": {"issuer": "https://evil.example.com"},
    "no issuer": {"issuer": ""},
    "an old one": {"extra": ' Consent="x" AssertionConsumerServiceIndex="1"'},
    "another version": {"extra": ' Destination="https://evil.example.com"'},
}


@pytest.mark.parametrize("request_", BAD_REQUESTS.values(), ids=BAD_REQUESTS.keys())
@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_bad_request_gets_a_plain_page_and_a_record(furnished: Session, browser: Browsers, request_: dict[str, Any], binding: str) -> None:
    grace = signed_in(browser)
    xml = authn_request(furnished, "calendly", **request_)
    by_redirect = binding == "redirect"
    answer = grace.get(f"/saml2/calendly?{redirect_query(xml)}") if by_redirect else grace.post("/saml2/calendly", post_body(xml), origin=ELSEWHERE)
    assert answer.status_code == 400 and "SAMLResponse" not in answer.text and "<form" not in answer.text
    row = last(furnished)
    assert (row.result, row.app_label, row.flow) == ("refused", "Calendly", "sp") and row.reason and row.request_xml == xml


RAW: dict[str, tuple[str, bytes]] = {
    "nothing in it": ("SAMLRequest=", b"SAMLRequest="),
    "no base64": ("SAMLRequest=%FF%FE", b"SAMLRequest=%FF%FE"),
    "twice": ("SAMLRequest=a&SAMLRequest=b", b"SAMLRequest=a&SAMLRequest=b"),
    "a name in disguise": ("SAML%52equest=abcd", b"SAML%52equest=abcd"),
    "no XML": ("SAMLRequest=" + redirect_query("hello").partition("=")[2], b"SAMLRequest=aGVsbG8%3D"),
    "a doctype": ("SAMLRequest=" + redirect_query("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").partition("=")[2], b"SAMLRequest=PCFET0NUWVBFIGE%2B"),
    "a bomb": ("SAMLRequest=" + redirect_query("<a>" + "b" * 5_000_000).partition("=")[2], b"SAMLRequest=" + b"A" * 100_000),
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
@pytest.mark.parametrize("address", ["/saml2/calendly", "/saml2/calendly/logout", "/saml2/nowhere"])
def test_what_is_no_message_gets_a_plain_page_and_a_record(furnished: Session, browser: Browsers, raw: tuple[str, bytes], address: str) -> None:
    somebody, before = browser(), sign_ins.last(furnished)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    asked = somebody.get(f"{address}?{raw[0]}"), somebody.post(address, {}, origin=ELSEWHERE, content=raw[1], headers=form)
    for answer in asked:
        assert answer.status_code in (400, 404) and "<form" not in answer.text
    assert sign_ins.last(furnished) >= before + (1 if "disguise" in str(raw) else 2) or "%52" in raw[0]


@pytest.mark.parametrize(("size", "status"), [(256 * 1024 + 1, 413), (64 * 1024 * 1024, 413)])
def test_a_large_body_is_not_read(browser: Browsers, size: int, status: int) -> None:
    somebody = browser()

    async def endless() -> Any:
        for _ in range(size // 4096 + 1):
            yield b"A" * 4096

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert somebody.post("/saml2/calendly", {}, content=endless(), headers=form).status_code == status
    assert somebody.post("/login", {}, content=endless(), headers=form).status_code == status


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/json", ""])
def test_only_forms_are_read(browser: Browsers, kind: str) -> None:
    assert browser().post("/saml2/calendly", {}, content=b"{}", headers={"Content-Type": kind}).status_code == 400


def test_a_form_needs_our_token_and_our_origin(furnished: Session, browser: Browsers) -> None:
    grace = signed_in(browser)
    forms = grace.forms()
    for form in forms:
        assert grace.post(form.action, {**form.fields, "csrf": "0" * 64}).status_code == 403
        assert grace.post(form.action, {**form.fields, "csrf": ""}).status_code == 403
        for origin in (ELSEWHERE, "null", "https://sso.harbour.example.evil.com", "http://sso.harbour.example"):
            assert grace.post(form.action, form.fields, origin=origin).status_code == 403
        assert grace.post(form.action, form.fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    other = signed_in(browser)
    assert other.post(forms[-1].action, forms[-1].fields).status_code == 403, "a token of another session is worth nothing"
    grace.get("/")
    assert "Calendly" in grace.text


def test_a_login_form_from_elsewhere_is_refused(browser: Browsers) -> None:
    somebody = browser()
    somebody.get("/login")
    fields = {"username": GRACE, "password": PASSWORD}
    assert somebody.post("/login", fields).status_code == 403
    somebody.get("/login")
    assert somebody.submit("/login", fields, origin=ELSEWHERE).status_code == 403


def test_a_tile_cannot_be_opened_by_a_link(browser: Browsers) -> None:
    grace = signed_in(browser)
    assert grace.get(grace.form("/launch/").action).status_code == 405


@pytest.mark.parametrize("name", ["next", "url", "RelayState", "redirect", "return_to", "request"])
def test_no_parameter_leads_outside(browser: Browsers, name: str) -> None:
    somebody = browser()
    somebody.get(f"/login?{name}=https://evil.example.com/")
    somebody.submit("/login", {"username": GRACE, "password": PASSWORD, name: "//evil.example.com"}, follow=False)
    assert somebody.page is not None
    assert somebody.page.headers.get("location", "/").startswith("/") and not somebody.page.headers.get("location", "/").startswith("//")


@pytest.mark.parametrize("host", ["evil.example.com", "sso.harbour.example.evil.com", "sso.harbour.example:444", "", "a@sso.harbour.example", "127.0.0.1"])
def test_another_host_is_refused_and_named_nowhere(browser: Browsers, host: str) -> None:
    answer = browser().get("/login", headers={"Host": host})
    assert answer.status_code == 421 and "evil" not in answer.text


def test_forwarded_headers_count_from_the_named_proxy_alone(furnished: Session, browser: Browsers) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.77", "X-Forwarded-Host": "evil.example.com"}
    stranger = browser(host="http://sso.harbour.example", address="203.0.113.66")
    assert stranger.get("/login", headers=forwarded).status_code == 421
    proxied = browser(host="http://sso.harbour.example", address="10.0.0.7")
    assert proxied.get("/login").status_code == 421
    proxied.client.headers.update(forwarded)
    assert proxied.get("/login").status_code == 200
    proxied.get("/saml2/calendly?SAMLRequest=none")
    assert last(furnished).address == "198.51.100.77"


def test_plain_http_is_for_this_machine_alone(browser: Browsers) -> None:
    assert browser(host="http://127.0.0.1:8080", address="127.0.0.1").get("/login").status_code == 200
    assert browser(host="http://127.0.0.1:8080", address="203.0.113.5").get("/login").status_code == 421
    assert browser(host="http://sso.harbour.example", address="127.0.0.1").get("/login").status_code == 421


def test_metadata_is_open_to_all_and_unknown_addresses_are_plain(furnished: Session, browser: Browsers) -> None:
    somebody = browser()
    answer = somebody.get("/saml2/calendly/metadata")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/samlmetadata+xml"
    for path in ("/saml2/nowhere/metadata", "/saml2/nowhere", "/nowhere", "/image/none", "/../etc/passwd"):
        assert somebody.get(path).status_code == 404
    assert somebody.get("/saml2/calendly").status_code == 400, "a person who only opens the address is told where to begin"
    assert somebody.get("/healthz").status_code == 200


def test_every_page_carries_the_headers_that_close_it(browser: Browsers) -> None:
    grace = signed_in(browser)
    for path in ("/", "/account", "/nowhere", "/saml2/calendly", "/account/second-factor"):
        page = grace.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert page.headers["x-content-type-options"] == "nosniff" and "no-store" in page.headers["cache-control"]
        assert page.headers["referrer-policy"] == "same-origin"
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text) and "style=" not in page.text


def test_the_organisations_name_is_text(furnished: Session, browser: Browsers) -> None:
    settings.set_(furnished, {"organization": '<script>alert("x")</script>'})
    page = browser().get("/login")
    assert "<script>alert" not in page.text and "&lt;script&gt;" in page.text


def test_the_portals_colour_can_be_read_on(furnished: Session, browser: Browsers) -> None:
    from usher.portal.style import contrast

    for colour in ("#ffffff", "#000000", "#ffff00", "#808080", "#24569c"):
        settings.set_(furnished, {"portal_colour": colour})
        css = browser().get("/style.css").text
        names = dict(re.findall(r"--(brand|brand-ink): (#[0-9a-f]{6})", css))
        light, dark = re.findall(r"--link: (#[0-9a-f]{6})", css)
        assert contrast(names["brand"], names["brand-ink"]) >= 4.5
        assert contrast(light, "#ffffff") >= 4.5 and contrast(dark, "#1b2027") >= 4.5


def test_no_secret_reaches_the_record(furnished: Session, browser: Browsers) -> None:
    grace = signed_in(browser)
    browser().sign_in(GRACE, "a wrong secret word")
    grace.submit("/launch/")
    told = json.dumps([vars(row) for row in sign_ins.rows(furnished, SignInQuery())]) + json.dumps([tuple(map(str, row)) for row in furnished.db.execute("select * from activity")])  # fmt: skip
    assert PASSWORD not in told and "a wrong secret word" not in told and "PRIVATE KEY" not in told


def test_whoever_sends_nonsense_by_the_thousand_fills_no_disk(furnished: Session, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usher.services.federation.MOST_WAITING", 3)
    answers = [ask(browser(), furnished, id_=f"_waiting{number}").status_code for number in range(5)]
    assert answers == [200, 200, 200, 429, 429]


def test_an_address_that_is_refused_too_often_is_not_even_read() -> None:
    from usher.portal.strangers import Strangers
    from usher.saml.refusal import Refusal

    strangers = Strangers(3)
    for _ in range(3):
        strangers.check("192.0.2.1")
        strangers.refused("192.0.2.1")
    strangers.check("192.0.2.2")
    with pytest.raises(Refusal):
        strangers.check("192.0.2.1")


def test_a_sign_in_opens_the_key_of_its_own_application_alone(furnished: Session, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    from usher.saml import keys
    from usher.services import parties

    for number in range(6):
        applications.add(furnished, "custom-saml", label=f"Other {number}")
    opened: list[object] = []
    honest = keys.open_own
    monkeypatch.setattr(parties, "_RING", keys.KeyRing())
    monkeypatch.setattr(keys, "open_own", lambda pem: opened.append(pem) or honest(pem))
    grace = signed_in(browser)
    assert not opened, "none before it is needed"
    for _ in range(2):
        grace.get("/")
        grace.submit("/launch/")
        assert grace.posted()
    assert len(opened) == 1


def test_in_a_rehearsal_nothing_leaves_the_machine(furnished: Session, store: Any, clock: SteppingClock) -> None:
    import asyncio

    from tests.usher.portal.conftest import PORTAL
    from usher.portal.app import build

    app = build(Session(store, PORTAL, furnished.key, clock, furnished.ids), stays_here=True)
    with asyncio.Runner() as loop:
        app.state.loop = loop
        grace = Browser(app)
        grace.sign_in(GRACE)
        assert "SAMLResponse" not in grace.submit("/launch/").text and "nothing leaves this machine" in grace.text
        assert last(furnished).result == "refused"
        sso.set_fields(furnished, "Calendly", {"acs_urls": "http://127.0.0.1:9/acs"})
        grace.get("/")
        grace.submit("/launch/")
        assert grace.posted()[0] == "http://127.0.0.1:9/acs"
    app.state.close()


def test_a_base_url_with_a_path_is_served_below_it(furnished: Session, store: Any, clock: SteppingClock) -> None:
    import asyncio

    from tests.usher.portal.conftest import PORTAL
    from usher.portal.app import build

    applications.delete(furnished, ["Calendly"], count=1)
    settings.set_(furnished, {"base_url": "https://sso.harbour.example/idp"})
    app = build(Session(store, PORTAL, furnished.key, clock, furnished.ids))
    with asyncio.Runner() as loop:
        app.state.loop = loop
        grace = Browser(app)
        assert grace.get("/login").status_code == 404 and grace.get("/healthz").status_code == 200
        grace.get("/idp/login")
        grace.submit("/idp/login", {"username": GRACE, "password": PASSWORD})
        assert grace.url.endswith("/idp/") and "/idp/style.css" in grace.page.text  # type: ignore[union-attr]
    app.state.close()
