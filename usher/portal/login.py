"""Signing in and out: password, code, the one-time link that sets a password."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from store.errors import Refused, UsageError, UsherError
from usher.portal.pages import page, redirect
from usher.portal.visit import Visit
from usher.services import federation, passwords, portal_sessions, sign_in, sign_ins
from usher.services.portal_sessions import Visitor

CODE_PAGE, FACTOR_PAGE = "/verify", "/account/second-factor"


def show_login(visit: Visit) -> Response:
    """The sign-in page; whoever is signed in goes to the portal."""
    if visit.visitor:
        return onward(visit, "")
    return login_page(visit, "")


def login_page(visit: Visit, waiting: str, *, application: str = "", username: str = "", error: str = "", status: int = 200) -> Response:
    """The sign-in page: `waiting` is the key of an application's request, `application` the label of who sent it."""
    return page(visit, "login.html", status, waiting=waiting, application=application, username=username, error=error)


def take_login(visit: Visit) -> Response:
    """Takes username and password. A new session begins under a new token, whatever the browser had before."""
    given = visit.fields("username", "password", "request")
    try:
        user = sign_in.authenticate(visit.session, given["username"], given["password"], visit.came.address, visit.attempt())
    except Refused as refused:
        asked = federation.asked_by(visit.session, given["request"], visit.known_browser)
        return login_page(visit, given["request"], application=asked, username=given["username"], error=refused.message, status=mistaken(refused))
    visit.sign_in(user.id)
    visitor = visit.visitor
    if visitor is not None and not visitor.lacks:
        sign_ins.write(visit.session, visit.attempt(), "signed-in", "Signed in with a password.", user=user)
    return onward(visit, given["request"])


def onward(visit: Visit, waiting: str) -> Response:
    """Where a person goes who has just proved something: what is still lacking, the waiting request, or the portal."""
    lacks = visit.visitor.lacks if visit.visitor else ""
    if lacks:
        return redirect(visit, _with(CODE_PAGE if lacks == "code" else FACTOR_PAGE, waiting))
    return redirect(visit, f"/sso/continue/{quote(waiting, safe='')}" if waiting else "/")


def _with(path: str, waiting: str) -> str:
    return f"{path}?request={quote(waiting, safe='')}" if waiting else path


def show_code(visit: Visit) -> Response:
    """Asks for a code of the second factor."""
    if visit.visitor is None:
        return redirect(visit, "/login")
    if visit.visitor.session.second_factor:
        return onward(visit, visit.query("request"))
    return page(visit, "verify.html", waiting=visit.query("request"), error="")


def take_code(visit: Visit) -> Response:
    """Takes a code; the session goes on under a new token."""
    given = visit.fields("code", "request")
    visitor = visit.visitor
    if visitor is None:
        return redirect(visit, "/login")
    try:
        sign_in.show_code(visit.session, visitor.user, given["code"], visit.attempt())
    except Refused as refused:
        return page(visit, "verify.html", mistaken(refused), waiting=given["request"], error=refused.message)
    visit.sign_in(visitor.user.id, shown=True)
    sign_ins.write(visit.session, visit.attempt(), "signed-in", "Signed in with a password and a second factor.", user=visitor.user)
    return onward(visit, given["request"])


def sign_out(visit: Visit) -> Response:
    """Ends the session; applications that can be told are told (`usher.portal.logout`)."""
    from usher.portal.logout import begin

    visit.fields()
    visitor = visit.visitor
    if visitor is None:
        return redirect(visit, "/login")
    return begin(visit, visitor)


def end_here(visit: Visit, visitor: Visitor) -> None:
    """Ends the session of this browser and notes it."""
    portal_sessions.end(visit.session, visitor.session.id, visitor.user.id)
    sign_ins.write(visit.session, visit.attempt(), "signed-out", "Signed out.", user=visitor.user)
    visit.sign_out()


def show_link(visit: Visit) -> Response:
    """The page behind a one-time link."""
    owner = passwords.link_owner(visit.session, visit.path("token"))
    if owner is None:
        return page(visit, "message.html", title="This link does not work", sentence="It was used already, or it is over. Ask whoever sent it for a new one.")
    return page(visit, "set_password.html", username=owner.username, error="")


def take_link(visit: Visit) -> Response:
    """Sets the password of the link's owner."""
    given = visit.fields("password", "again")
    owner = passwords.link_owner(visit.session, visit.path("token"))
    try:
        refuse_two_spellings(given["password"], given["again"])
        passwords.use_link(visit.session, visit.path("token"), given["password"])
    except (Refused, UsageError) as refused:
        if owner is None or refused.code == "link-spent":
            return page(visit, "message.html", title="This link does not work", sentence=str(refused))
        return page(visit, "set_password.html", username=owner.username, error=str(refused))
    if visit.visitor:
        visit.sign_out()
    return page(visit, "message.html", title="Your password is set", sentence="You can sign in with it now.", link="/login", link_text="Sign in")


def mistaken(refused: UsherError) -> int:
    """The status of a form that is shown again: what a person mistypes is no error of the page, and browsers note none then.
    Whoever has to wait is told so by the status as well."""
    return 429 if refused.code == "throttled" else 200


def refuse_two_spellings(password: str, again: str) -> None:
    """A password that nobody sees is typed twice."""
    if password != again:
        raise UsageError("password-differs", "The two are not the same.", "Type the new password twice.", "again")
