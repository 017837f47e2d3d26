"""A person's own account: password, second factor, and where they are signed in."""

from __future__ import annotations

from starlette.responses import Response

from store.errors import NotFound, Refused, UsageError
from usher.portal.login import mistaken, onward, refuse_two_spellings
from usher.portal.pages import page, redirect
from usher.portal.visit import Handler, Visit
from usher.services import passwords, portal_sessions, second_factor, sign_in
from usher.services.portal_sessions import Visitor


def signed_in(handler: Handler, *, but: str = "") -> Handler:
    """A page for whoever is signed in; others go to the sign-in page. `but` is what may still be lacking."""

    def guarded(visit: Visit) -> Response:
        visitor = visit.visitor
        if visitor is None:
            return redirect(visit, "/login")
        if visitor.lacks and visitor.lacks != but:
            return onward(visit, "")
        return handler(visit)

    return guarded


def show(visit: Visit) -> Response:
    """What there is to see and change."""
    return _account(visit)


def _account(visit: Visit, *, status: int = 200, note: str = "", error: str = "") -> Response:
    me = _me(visit)
    return page(
        visit,
        "account.html",
        status,
        sessions=portal_sessions.of_user(visit.session, me.user.id),
        factor=second_factor.is_set_up(visit.session, me.user.id),
        codes_left=second_factor.recovery_codes_left(visit.session, me.user.id),
        required=second_factor.is_required(visit.session),
        note=note,
        error=error,
    )


def change_password(visit: Visit) -> Response:
    """A new password, proved by the old one. Every other session ends, and this one goes on under a new token."""
    given = visit.fields("current", "password", "again")
    me = _me(visit)
    try:
        refuse_two_spellings(given["password"], given["again"])
        sign_in.prove_again(visit.session, me.user, visit.came.address, visit.attempt(), given["current"])
        passwords.change_own(visit.session, me.user.id, given["current"], given["password"])
    except (Refused, UsageError) as refused:
        return _account(visit, status=mistaken(refused), error=str(refused))
    visit.sign_in(me.user.id, shown=me.session.second_factor)
    return _account(visit, note="Your password was changed. You are signed out everywhere else.")


def show_factor(visit: Visit) -> Response:
    """Setting up a second factor: the QR code, the same as text, and the field for the first code."""
    return _factor(visit, visit.query("request"))


def _factor(visit: Visit, waiting: str, *, error: str = "") -> Response:
    import segno

    me = _me(visit)
    if second_factor.is_set_up(visit.session, me.user.id):
        return onward(visit, waiting) if not me.session.second_factor else redirect(visit, "/account")
    enrolment = second_factor.begin(visit.session, me.user.id)
    picture = segno.make(enrolment.address, error="m", micro=False).svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    spaced = " ".join(enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4))
    return page(visit, "second_factor.html", picture=picture, secret=spaced, waiting=waiting, error=error)


def take_factor(visit: Visit) -> Response:
    """The first code: from now on one is asked for at every sign-in. The recovery codes are shown this once."""
    given = visit.fields("code", "request")
    me = _me(visit)
    try:
        codes = second_factor.confirm(visit.session, me.user.id, given["code"])
    except Refused as refused:
        return _factor(visit, given["request"], error=str(refused))
    visit.sign_in(me.user.id, shown=True)
    return page(visit, "recovery_codes.html", codes=codes, waiting=given["request"])


def remove_factor(visit: Visit) -> Response:
    """Takes the second factor away, proved by the password; not where everybody needs one."""
    given = visit.fields("current")
    me = _me(visit)
    try:
        if second_factor.is_required(visit.session):
            raise Refused("second-factor-required", f"{visit.organization} asks everybody for a second factor.")
        sign_in.prove_again(visit.session, me.user, visit.came.address, visit.attempt(), given["current"])
        second_factor.remove(visit.session, me.user.id, needs="portal")
    except Refused as refused:
        return _account(visit, status=mistaken(refused), error=str(refused))
    return _account(visit, note="The second factor was removed.")


def end_session(visit: Visit) -> Response:
    """Ends one session, here or elsewhere."""
    given = visit.fields("session")
    me = _me(visit)
    try:
        portal_sessions.end(visit.session, given["session"], me.user.id)
    except NotFound as missing:
        return _account(visit, error=str(missing))
    return redirect(visit, "/account" if given["session"] != me.session.id else "/login")


def end_others(visit: Visit) -> Response:
    """Ends every session but this one."""
    visit.fields()
    me = _me(visit)
    ended = portal_sessions.end_others(visit.session, me.user.id, me.session.id)
    return _account(visit, note=f"Ended {ended} other session{'' if ended == 1 else 's'}.")


def _me(visit: Visit) -> Visitor:
    """Whoever is signed in; the guard has seen to it that there is somebody."""
    assert visit.visitor is not None
    return visit.visitor
