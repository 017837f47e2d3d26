"""Signing in at the portal: password, throttling, sessions, second factor, the link that sets a password."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from store import passwords as password_rows
from tests.kit import SteppingClock
from tests.usher.portal.conftest import Browsers
from tests.usher.portal.kit import PASSWORD, Browser
from usher.services import applications, authorizations, directory, passwords, second_factor, settings, sign_ins, sso
from usher.services.hashing import hash_password, is_outdated
from usher.services.second_factor import PERIOD, code_at
from usher.services.session import Session
from usher.services.sign_in import throttled
from usher.services.sign_ins import SignInQuery

GRACE = "grace@harbour.example"


def results(session: Session) -> list[tuple[str, str]]:
    return [(row.result, row.reason) for row in sign_ins.rows(session, SignInQuery())]


def app_code(session: Session, browser: Browser, user: str = GRACE, later: int = 0) -> str:
    """What the person's authenticator app shows now."""
    found = password_rows.second_factor(session.db, directory.get_user(session, user).id)
    assert found is not None
    secret = session.vault.open("second_factor", found.user_id, "secret", found.secret).reveal()
    return code_at(secret, int(session.clock.now().timestamp()) // PERIOD + later)


def set_up_factor(session: Session, browser: Browser) -> list[str]:
    browser.get("/account/second-factor")
    browser.submit("/account/second-factor", {"code": app_code(session, browser)})
    assert browser.page is not None
    return re.findall(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>", browser.page.text)


def test_a_person_signs_in_and_sees_only_what_a_group_of_theirs_opens(browser: Browsers) -> None:
    grace, ada = browser(), browser()
    grace.sign_in(GRACE)
    assert grace.url.endswith("/") and "Calendly" in grace.text
    ada.sign_in("ada@harbour.example")
    assert "Calendly" not in ada.text and "no application for you yet" in ada.text


def test_without_a_session_the_portal_leads_to_the_sign_in_page(browser: Browsers) -> None:
    somebody = browser()
    for path in ("/", "/account", "/account/second-factor", "/verify"):
        somebody.get(path)
        assert somebody.url.endswith("/login")


@pytest.mark.parametrize(("username", "password"), [(GRACE, "wrong password"), ("nobody@harbour.example", PASSWORD), ("", ""), (GRACE, "")])
def test_a_wrong_username_and_a_wrong_password_read_the_same(browser: Browsers, username: str, password: str) -> None:
    somebody = browser()
    answer = somebody.sign_in(username, password)
    assert answer.status_code == 200, "a slip of a person's is no error of the page"
    assert "The username or the password is not right." in somebody.text
    somebody.get("/")
    assert somebody.url.endswith("/login")


def test_staged_and_suspended_people_and_people_without_a_password_are_told_no_more(furnished: Session, browser: Browsers) -> None:
    directory.add_user(furnished, "new@harbour.example", "new@harbour.example")
    directory.add_user(furnished, "staged@harbour.example", "staged@harbour.example", state="STAGED")
    passwords.set_password(furnished, "staged@harbour.example", PASSWORD)
    directory.suspend(furnished, [GRACE])
    for name in ("new@harbour.example", "staged@harbour.example", GRACE):
        somebody = browser()
        somebody.sign_in(name)
        assert "is not right" in somebody.text
    reasons = [reason for _, reason in results(furnished)]
    assert reasons == ["The person has no password yet.", "The person is STAGED.", "The person is SUSPENDED."]


def test_guessing_is_slowed_down_for_the_account_and_says_so_to_anybody(furnished: Session, browser: Browsers, clock: SteppingClock) -> None:
    clock.step = timedelta(0)
    answers = []
    for _ in range(8):
        guesser = browser(address="203.0.113.50")
        answers.append(guesser.sign_in(GRACE, "guess").status_code)
    assert 429 in answers and answers[0] == 200
    assert browser().sign_in(GRACE).status_code == 429, "the right password is not looked at either"
    clock.forward(minutes=20)
    assert "Calendly" in browser().sign_in(GRACE).text


def test_an_unknown_username_is_slowed_down_like_a_known_one(browser: Browsers) -> None:
    answers = [browser(address="203.0.113.51").sign_in("nobody@harbour.example", "guess").status_code for _ in range(8)]
    assert 429 in answers


def test_an_address_that_guesses_many_names_is_slowed_down(browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usher.services.sign_in.verify_password", lambda *_: False)
    answers = [browser(address="203.0.113.52").sign_in(f"name{number}", "guess").status_code for number in range(24)]
    assert 429 in answers
    assert browser(address="203.0.113.53").sign_in("name99", "guess").status_code == 200


def is_let_in(browser: Browsers, token: str | None) -> bool:
    """Whether somebody who got hold of a session's token gets in with it."""
    thief = browser(address="198.51.100.99")
    thief.client.cookies.set("__Host-usher-session", token or "")
    thief.get("/")
    return not thief.url.endswith("/login")


def test_a_new_sign_in_has_a_new_token_and_a_planted_one_is_worth_nothing(browser: Browsers) -> None:
    somebody = browser()
    somebody.client.cookies.set("__Host-usher-session", "planted-by-somebody-else-0123456789abcdef")
    somebody.sign_in(GRACE)
    tokens = [cookie.value for cookie in somebody.client.cookies.jar if cookie.name == "__Host-usher-session" and cookie.value != "planted-by-somebody-else-0123456789abcdef"]  # fmt: skip
    assert len(tokens) == 1 and len(tokens[0] or "") == 43
    again = {"csrf": somebody.form("/logout").fields["csrf"], "username": GRACE, "password": PASSWORD}
    somebody.post("/login", again)
    assert "Calendly" in somebody.text and not is_let_in(browser, tokens[0]), "the session before has ended"
    planted = browser()
    planted.client.cookies.set("__Host-usher-session", "planted-by-somebody-else-0123456789abcdef")
    planted.get("/")
    assert planted.url.endswith("/login")


def test_the_cookie_is_closed(browser: Browsers) -> None:
    somebody = browser()
    somebody.get("/login")
    answer = somebody.submit("/login", {"username": GRACE, "password": PASSWORD}, follow=False)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-usher-session=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; ")) and "Domain" not in cookie


def test_the_token_is_not_in_the_store(furnished: Session, browser: Browsers) -> None:
    somebody = browser()
    somebody.sign_in(GRACE)
    token = next(cookie.value for cookie in somebody.client.cookies.jar if "session" in cookie.name)
    rows = [tuple(row) for row in furnished.db.execute("select * from portal_session")]
    assert rows and token not in str(rows)


@pytest.mark.parametrize("passed", [{"minutes": 61}, {"hours": 13}])
def test_a_session_ends_when_it_is_not_used_and_at_its_limit(browser: Browsers, clock: SteppingClock, passed: dict[str, float]) -> None:
    somebody = browser()
    somebody.sign_in(GRACE)
    if "hours" in passed:
        for _ in range(13):
            clock.forward(minutes=59)
            somebody.get("/")
    else:
        clock.forward(**passed)
    somebody.get("/")
    assert somebody.url.endswith("/login")


def test_suspension_a_new_password_and_an_operator_end_a_session_at_once(furnished: Session, browser: Browsers) -> None:
    def suspend() -> None:
        directory.suspend(furnished, [GRACE])

    def set_password() -> None:
        directory.activate(furnished, [GRACE])
        passwords.set_password(furnished, GRACE, "another password here")

    for act, password in ((suspend, PASSWORD), (set_password, PASSWORD)):
        directory.activate(furnished, [GRACE])
        somebody = browser()
        somebody.sign_in(GRACE, password)
        assert "Calendly" in somebody.text
        act()
        somebody.get("/")
        assert somebody.url.endswith("/login")


def test_a_deleted_person_leaves_no_session_and_no_secret(furnished: Session, browser: Browsers) -> None:
    somebody = browser()
    somebody.sign_in(GRACE)
    set_up_factor(furnished, somebody)
    directory.delete_users(furnished, [GRACE])
    somebody.get("/")
    assert somebody.url.endswith("/login")
    for table in ("portal_session", "second_factor", "recovery_code"):
        assert not furnished.db.execute(f"select 1 from {table}").fetchone()


def test_a_link_sets_a_password_once(furnished: Session, browser: Browsers, clock: SteppingClock) -> None:
    link = passwords.make_link(furnished, "ada@harbour.example")
    path = link.url.removeprefix("https://sso.harbour.example")
    somebody = browser()
    somebody.get(path)
    assert "Set your password" in somebody.text and "ada@harbour.example" in somebody.text
    somebody.submit(path, {"password": "a new one of hers", "again": "a new one of his"})
    assert "The two are not the same" in somebody.text
    somebody.submit(path, {"password": "short", "again": "short"})
    assert "at least 8 characters" in somebody.text
    somebody.submit(path, {"password": "a new one of hers", "again": "a new one of hers"})
    assert "Your password is set" in somebody.text
    assert "does not work" in browser().get(path).text
    assert "Applications" in browser().sign_in("ada@harbour.example", "a new one of hers").text


def test_a_link_ends_with_its_time_with_a_newer_one_and_with_a_suspension(furnished: Session, browser: Browsers, clock: SteppingClock) -> None:
    def path() -> str:
        return passwords.make_link(furnished, GRACE).url.removeprefix("https://sso.harbour.example")

    first, second = path(), path()
    assert "does not work" in browser().get(first).text
    clock.forward(hours=73)
    assert "does not work" in browser().get(second).text
    third = path()
    directory.suspend(furnished, [GRACE])
    directory.activate(furnished, [GRACE])
    assert "does not work" in browser().get(third).text


def test_a_person_changes_their_password_and_is_signed_out_elsewhere(browser: Browsers) -> None:
    here, there = browser(), browser()
    here.sign_in(GRACE)
    there.sign_in(GRACE)
    here.get("/account")
    here.submit("/account/password", {"current": "not it", "password": "quite another one", "again": "quite another one"})
    assert "The current password is not right" in here.text
    here.submit("/account/password", {"current": PASSWORD, "password": "quite another one", "again": "quite another one"})
    assert "Your password was changed" in here.text
    here.get("/")
    assert "Calendly" in here.text
    there.get("/")
    assert there.url.endswith("/login")


def test_a_person_sees_their_sessions_and_ends_one(browser: Browsers) -> None:
    here, there = browser(), browser(address="198.51.100.4")
    here.sign_in(GRACE)
    there.sign_in(GRACE)
    here.get("/account")
    assert "198.51.100.4" in here.text and "this browser" in here.text
    here.submit("/account/sessions/end-others")
    there.get("/")
    assert there.url.endswith("/login")
    here.get("/")
    assert "Calendly" in here.text


def test_a_second_factor_is_set_up_and_asked_for(furnished: Session, browser: Browsers, clock: SteppingClock) -> None:
    here = browser()
    here.sign_in(GRACE)
    codes = set_up_factor(furnished, here)
    assert len(codes) == 10
    there = browser()
    there.sign_in(GRACE)
    assert "Show your second factor" in there.text
    there.get("/")
    assert "Show your second factor" in there.text, "half a sign-in opens nothing"
    clock.forward(seconds=PERIOD)
    code = app_code(furnished, there)
    there.submit("/verify", {"code": code})
    assert "Calendly" in there.text
    again = browser()
    again.sign_in(GRACE)
    assert "not right" in again.submit("/verify", {"code": code}).text, "a code is taken once"
    assert "not right" in again.submit("/verify", {"code": f"{(int(code) + 1) % 10**6:06}"}).text
    told = [row.reason for row in sign_ins.rows(furnished, SignInQuery(result="refused"))]
    assert sorted(told) == ["The code of the second factor is wrong.", "The code of the second factor was used already."]
    again.submit("/verify", {"code": codes[0]})
    assert "Calendly" in again.text
    last = browser()
    last.sign_in(GRACE)
    assert "not right" in last.submit("/verify", {"code": codes[0]}).text, "a recovery code is taken once"


def test_a_wait_is_told_in_words_that_fit_its_number() -> None:
    told = [throttled(seconds).message.partition("Try again in ")[2] for seconds in (1, 2, 90)]
    assert told == ["1 second.", "2 seconds.", "2 minutes."]


def test_codes_cannot_be_guessed(furnished: Session, browser: Browsers) -> None:
    here = browser()
    here.sign_in(GRACE)
    set_up_factor(furnished, here)
    there = browser()
    there.sign_in(GRACE)
    answers = [there.submit("/verify", {"code": f"{number:06}"}).status_code for number in range(9)]
    assert 429 in answers


def test_a_second_factor_that_everybody_needs_is_asked_for_at_once(furnished: Session, browser: Browsers) -> None:
    here = browser()
    here.sign_in(GRACE)
    settings.set_(furnished, {"second_factor": "required"})
    here.get("/")
    assert "Set up a second factor" in here.text
    set_up_factor(furnished, here)
    here.get("/")
    assert "Calendly" in here.text


def test_a_password_under_older_parameters_is_hashed_anew(furnished: Session, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    user = directory.get_user(furnished, GRACE)
    monkeypatch.setattr("usher.services.hashing.MEMORY_KIB", 8 * 1024)
    old = hash_password(PASSWORD)
    monkeypatch.undo()
    with furnished.store.transaction() as db:
        password_rows.replace_hash(db, user.id, old)
    assert is_outdated(old)
    browser().sign_in(GRACE)
    new = password_rows.password_hash(furnished.db, user.id)
    assert new is not None and not is_outdated(new)
    assert "Calendly" in browser().sign_in(GRACE).text


def test_a_password_is_hashed_with_argon2id_and_the_same_work_is_done_for_nobody(browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.hazmat.primitives.kdf import argon2

    assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    looked_at: list[str] = []
    honest = argon2.Argon2id

    class Counted:
        def __new__(cls, **more: object) -> object:  # type: ignore[misc]
            return honest(**more)  # type: ignore[arg-type]

        @staticmethod
        def verify_phc_encoded(password: bytes, phc: str) -> None:
            looked_at.append(phc.rpartition("$")[0].rpartition("$")[0])
            honest.verify_phc_encoded(password, phc)

    monkeypatch.setattr(argon2, "Argon2id", Counted)
    for name in (GRACE, "nobody@harbour.example", ""):
        browser().sign_in(name, "a wrong one")
    assert looked_at == ["$argon2id$v=19$m=19456,t=2,p=1"] * 3


def test_a_clock_that_is_behind_what_the_store_remembers_is_told_loudly(furnished: Session, clock: SteppingClock) -> None:
    from usher.portal.server import clock_warning

    directory.add_group(furnished, "Sales")
    clock.step = timedelta(0)
    clock.forward(minutes=-4, seconds=-59)
    assert clock_warning(furnished) == ""
    clock.forward(minutes=-1)
    assert "minutes behind" in clock_warning(furnished)


def test_hidden_and_inactive_applications_have_no_tile_and_a_bookmark_is_a_link(furnished: Session, browser: Browsers) -> None:
    applications.add(furnished, "bookmark", label="Wiki", bookmark_url="https://wiki.example.com/home")
    authorizations.authorize(furnished, "Wiki", ["Engineering"])
    if applications.get(furnished, "Wiki").sso != "active":
        sso.activate(furnished, "Wiki")
    here = browser()
    here.sign_in(GRACE)
    assert here.page is not None and 'href="https://wiki.example.com/home"' in here.page.text
    applications.set_general(furnished, "Calendly", {"visible": "false"})
    here.get("/")
    assert "Calendly" not in here.text and "Wiki" in here.text
    sso.deactivate(furnished, "Wiki")
    here.get("/")
    assert "Wiki" not in here.text


def test_signing_out_ends_the_session(furnished: Session, browser: Browsers) -> None:
    here = browser()
    here.sign_in(GRACE)
    token = next(cookie.value for cookie in here.client.cookies.jar if cookie.name == "__Host-usher-session")
    assert is_let_in(browser, token)
    here.submit("/logout")
    assert here.url.endswith("/login") and not is_let_in(browser, token), "it is over, not only forgotten by the browser"
    assert results(furnished)[-1][0] == "signed-out"
    assert second_factor.is_set_up(furnished, directory.get_user(furnished, GRACE).id) is False
