"""Hostile requests at the portal's addresses: a plain page of 4xx, no assertion, flat memory, and a row in the record for each."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from store import service_providers
from store.connection import Store
from store.service_providers import ServiceProviderFacts
from tests.kit import SteppingClock
from tests.usher.portal import hostile
from tests.usher.portal.conftest import Browsers
from tests.usher.portal.kit import PASSWORD, Browser
from tests.usher.portal.test_asserting import ELSEWHERE, ask, signed_in
from tests.usher.portal.test_signing_in import GRACE
from tests.usher.saml.kit import made
from usher.services import applications, refusals, sign_ins
from usher.services.session import Session
from usher.services.sign_ins import SignInQuery

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ADDRESS = "/saml2/calendly"


@pytest.fixture
def signing(furnished: Session, clock: SteppingClock) -> Session:
    """Calendly with a certificate of its own: what is signed is held against it."""
    facts = ServiceProviderFacts(certificates=(made("sp").pem,))
    with furnished.store.transaction() as db:
        service_providers.put(db, applications.get(furnished, "Calendly").id, facts)
    return furnished


@pytest.fixture(autouse=True)
def long_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client in these tests has a limit of its own; whoever attacks has none."""
    monkeypatch.setattr("httpx._urlparse.MAX_URL_LENGTH", 10**6)


def send(browser: Browser, query: bytes | None, form: bytes | None) -> list[httpx.Response]:
    """The answers to a query and to a form, each where there is one."""
    asked = [browser.get(f"{ADDRESS}?{query.decode()}")] if query is not None else []
    return asked + ([browser.post(ADDRESS, {}, origin=ELSEWHERE, content=form, headers=FORM)] if form is not None else [])


def rows(session: Session) -> list[Any]:
    return list(sign_ins.rows(session, SignInQuery()))


def expect_refusal(session: Session, before: int, answers: list[httpx.Response]) -> None:
    """Each is a plain page of 4xx, and each has left a row of its own, with a reason."""
    for answer in answers:
        assert 400 <= answer.status_code < 500, answer.request.url.query[:200]
        assert "SAMLResponse" not in answer.text and "<form" not in answer.text and "default-src 'none'" in answer.headers["content-security-policy"]
    new = rows(session)[before:]
    assert len(new) == len(answers), [row.reason for row in new]
    assert all(row.result == "refused" and row.reason and row.address for row in new)


@pytest.mark.parametrize("kind", hostile.KINDS.values(), ids=hostile.KINDS.keys())
def test_every_hostile_request_gets_a_plain_page_and_a_row(signing: Session, browser: Browsers, kind: Any) -> None:
    grace = signed_in(browser)
    for query, form in kind(signing):
        before = len(rows(signing))
        expect_refusal(signing, before, send(grace, query, form))
    assert {row.app_label for row in rows(signing) if row.flow == "sp"} == {"Calendly"}


def test_wrong_acs_urls_are_tried_in_more_than_twenty_spellings() -> None:
    assert len(set(hostile.WRONG_ACS)) >= 20


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_request_that_comes_again_is_refused_and_on_record(signing: Session, browser: Browsers, binding: str) -> None:
    from tests.usher.portal.kit import authn_request, post_body

    grace, xml = signed_in(browser), authn_request(signing, "calendly")

    def once() -> httpx.Response:
        return ask(grace, signing) if binding == "redirect" else grace.post(ADDRESS, post_body(xml), origin=ELSEWHERE)

    assert "SAMLResponse" in once().text
    before = len(rows(signing))
    answer = once()
    assert answer.status_code == 400 and "SAMLResponse" not in answer.text
    new = rows(signing)[before:]
    assert [(row.result, row.reason, row.app_label) for row in new] == [("refused", "This request was answered already.", "Calendly")]


def test_the_battery_again_and_again_leaves_memory_flat(signing: Session, browser: Browsers) -> None:
    battery = [each for kind in hostile.KINDS.values() for each in kind(signing)]
    mallory = browser(address="198.51.100.66")
    for _ in range(2):
        for each in battery:
            send(mallory, *each)
    before = resident()
    for _ in range(4):
        for each in battery:
            assert all(400 <= answer.status_code < 500 for answer in send(mallory, *each))
    assert resident() - before < 24 * 2**20
    assert not list(sign_ins.rows(signing, SignInQuery(result="asserted")))


def resident() -> int:
    """Octets of memory this process has."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_form_from_elsewhere_is_on_record(furnished: Session, browser: Browsers) -> None:
    grace = signed_in(browser)
    forms = grace.forms()
    for form in forms:
        changes: tuple[dict[str, Any], ...] = ({"fields": {**form.fields, "csrf": "0" * 64}}, {"origin": ELSEWHERE}, {"headers": {"Sec-Fetch-Site": "cross-site"}}, {"fields": {}})  # fmt: skip
        for change in changes:
            before = len(rows(furnished))
            expect_refusal(furnished, before, [grace.post(form.action, **{"fields": form.fields, **change})])
    assert {row.flow for row in rows(furnished)} == {"portal", "idp"}
    assert {row.app_label for row in rows(furnished) if row.flow == "idp"} == {"Calendly"}
    assert {row.username for row in rows(furnished) if "open for too long" in row.reason} == {GRACE}


def test_another_host_is_on_record_with_its_name_and_on_no_page(furnished: Session, browser: Browsers) -> None:
    before = len(rows(furnished))
    answer = browser().get("/login", headers={"Host": "evil.example.com"})
    expect_refusal(furnished, before, [answer])
    assert "evil" not in answer.text and "evil.example.com" in rows(furnished)[-1].reason


@pytest.mark.parametrize("address", ["/saml2/calendly", "/saml2/calendly/logout", "/login", "/logout"])
def test_what_is_too_large_or_no_form_is_on_record(furnished: Session, browser: Browsers, address: str) -> None:
    somebody = browser()
    for content, headers in ((b"A" * (256 * 1024 + 1), FORM), (b"{}", {"Content-Type": "application/json"}), (b"", {"Content-Type": ""})):
        before = len(rows(furnished))
        expect_refusal(furnished, before, [somebody.post(address, {}, content=content, headers=headers)])
    before = len(rows(furnished))
    expect_refusal(furnished, before, [somebody.get(f"{address}?{'x' * 100_000}")])


def test_a_tile_opened_by_a_link_is_on_record_and_no_key_is(furnished: Session, browser: Browsers) -> None:
    grace = signed_in(browser)
    before = len(rows(furnished))
    expect_refusal(furnished, before, [grace.get(grace.form("/launch/").action)])
    somebody = browser()
    for path in ("/password/a-key-that-is-a-secret", "/sso/continue/a-key-that-is-a-secret"):
        before = len(rows(furnished))
        somebody.post(path, {"password": PASSWORD}, origin=ELSEWHERE)
        assert len(rows(furnished)) == before + 1
    assert "secret" not in str([vars(row) for row in rows(furnished)])


def test_a_page_whose_session_has_ended_leads_to_the_sign_in_page(furnished: Session, browser: Browsers, clock: SteppingClock) -> None:
    grace = signed_in(browser)
    clock.forward(hours=2)
    before = len(rows(furnished))
    answer = grace.submit("/launch/")
    assert answer.status_code == 200 and grace.url.endswith("/login"), "nobody's mistake"
    assert len(rows(furnished)) == before


def test_an_address_has_rows_up_to_its_allowance_then_one_that_counts(furnished: Session, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "OF_ONE", 6)
    mallory, other = browser(address="198.51.100.66"), browser(address="203.0.113.80")
    query = "SAMLRequest=" + hostile.both(hostile.request(furnished, "<!-- " + "x" * 3000 + " -->"))[0].decode().partition("=")[2]
    for _ in range(30):
        assert mallory.get(f"{ADDRESS}?{query}").status_code == 400
    kept = rows(furnished)
    assert len(kept) == 6
    whole = [len(sign_ins.show(furnished, row.id).request_xml) for row in kept]
    assert whole[0] > 3000 and whole[-1] == 1024, "the beginning is enough once there are many"
    other.get(f"{ADDRESS}?{query}")
    assert rows(furnished)[-1].address == "203.0.113.80", "others have their own"
    refusals.tell(furnished)
    last = rows(furnished)[-1]
    assert (last.address, last.result) == ("198.51.100.66", "refused") and "24 more requests were refused" in last.reason
    refusals.tell(furnished)
    assert rows(furnished)[-1].id == last.id


def test_guesses_beyond_the_allowance_are_counted_too(furnished: Session, browser: Browsers, monkeypatch: pytest.MonkeyPatch, clock: SteppingClock) -> None:
    monkeypatch.setattr(refusals, "OF_ONE", 8)
    clock.step *= 0
    guesser = browser(address="198.51.100.66")
    for _ in range(20):
        guesser.sign_in(GRACE, "guess")
    assert len(rows(furnished)) == 8


def test_an_answer_that_says_no_needs_room_for_its_row(furnished: Session, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "BEGUN_BY_ONE", 4)  # (each waits first, then is answered)
    somebody = browser()
    answers = [ask(somebody, furnished, id_=f"_passive{number}", extra=' IsPassive="true"').status_code for number in range(4)]
    assert answers == [200, 200, 429, 429]


def test_one_address_cannot_take_the_room_of_all_who_wait(furnished: Session, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "BEGUN_BY_ONE", 2)
    flood = [ask(browser(address="198.51.100.66"), furnished, id_=f"_flood{number}").status_code for number in range(4)]
    assert flood == [200, 200, 429, 429]
    assert ask(browser(), furnished, id_="_another").status_code == 200
    assert "begun from this address" in rows(furnished)[-1].reason


def test_an_address_of_ipv6_guesses_no_more_than_its_network(browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usher.services.sign_in.verify_password", lambda *_: False)
    answers = [browser(address=f"2001:db8::{number:x}").sign_in(f"name{number}", "guess").status_code for number in range(24)]
    assert 429 in answers
    assert browser(address="2001:db8:0:1::1").sign_in("name99", "guess").status_code == 200


def test_an_allowance_fills_up_again_and_all_together_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    book = refusals.Ledger(lambda: now[0])
    assert [book.take("192.0.2.1") for _ in range(refusals.OF_ONE + 1)] == [2] * 300 + [1] * 300 + [0]
    now[0] += 120
    assert [bool(book.take("192.0.2.1")) for _ in range(61)] == [True] * 60 + [False]
    assert sum(1 for number in range(10_000) if book.take(f"10.1.{number // 250}.{number % 250}")) <= refusals.OF_ALL
    monkeypatch.setattr(refusals, "_MOST_ADDRESSES", 3)
    small = refusals.Ledger(lambda: now[0])
    for number in range(50):
        small.take(f"192.0.2.{number}")
    assert len(small._of) <= 3


def test_a_network_of_ipv6_is_one_and_an_address_of_ipv4_is_one() -> None:
    assert refusals.network("2001:db8::1") == refusals.network("2001:db8::ffff:1") != refusals.network("2001:db8:0:1::1")
    assert refusals.network("::ffff:192.0.2.1") == refusals.network("192.0.2.1") != refusals.network("192.0.2.2")
    assert refusals.network("") == "" and refusals.network("testclient") == "testclient"


def test_many_addresses_are_told_in_few_rows(furnished: Session) -> None:
    book = refusals.ledger(furnished)
    for number in range(50):
        for _ in range(number + 1):
            book.count(f"192.0.2.{number}", lambda: None)
    refusals.tell(furnished)
    told = rows(furnished)
    assert len(told) == refusals.NAMED + 1 and told[0].address == "192.0.2.49"
    assert "from 30 other addresses" in told[-1].reason and f"{sum(range(1, 31))} more" in told[-1].reason


def test_a_record_that_cannot_be_written_changes_no_answer(furnished: Session, store: Store, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    from store.errors import StoreError

    def full(*_: Any, **__: Any) -> None:
        raise StoreError("store-full", "The disk is full.")

    monkeypatch.setattr("usher.services.sign_ins.write", full)
    assert browser().get(f"{ADDRESS}?SAMLRequest=none").status_code == 400
    monkeypatch.undo()
    refusals.tell(furnished)
    assert "1 more request was refused" in rows(furnished)[-1].reason
