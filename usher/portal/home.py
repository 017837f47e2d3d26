"""The portal itself: a tile for each application a person may use."""

from __future__ import annotations

from starlette.responses import Response

from store import applications, authorizations
from usher.portal.pages import close, page, redirect
from usher.portal.visit import Visit
from usher.saml.refusal import Refusal


def show(visit: Visit) -> Response:
    """The tiles; whoever is not signed in goes to the sign-in page."""
    if visit.visitor is None or visit.visitor.lacks:
        from usher.portal.login import onward

        return onward(visit, "") if visit.visitor else redirect(visit, "/login")
    tiles = authorizations.tiles_of(visit.session.db, visit.visitor.user.id)
    return page(visit, "home.html", tiles=tiles)


def image(visit: Visit) -> Response:
    """The image of a tile, for whoever may see the tile."""
    visitor, wanted = visit.visitor, visit.path("application")
    found = None
    if visitor is not None and not visitor.lacks and any(tile.id == wanted for tile in authorizations.tiles_of(visit.session.db, visitor.user.id)):
        found = applications.image(visit.session.db, wanted)
    if found is None:
        raise Refusal("not-found", "There is no image at this address.")
    response = Response(found[1], media_type=found[0])
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=300"
    return close(visit, response)
