"""How `usher apps set` and `usher apps attributes` spread what was typed over the services; all of it or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import UsageError
from tui.cli.text import assignments, several

if TYPE_CHECKING:
    from usher.services.applications import ApplicationDetail
    from usher.services.session import Session

GENERAL = {"label", "description", "hidden", "url", "badge", "colour", "image", "slug", "idp_url"}
"""What General Info judges; the last two to refuse them."""


def change_application(session: Session, app: str, values: dict[str, str]) -> ApplicationDetail:
    """Keeps General Info and SSO fields and returns the application; a bad value leaves all as it was."""
    from usher.services import applications

    application_id = applications.get(session, app).id
    general = {name: value for name, value in values.items() if name in GENERAL}
    fields = {name: value for name, value in values.items() if name not in GENERAL}
    if general and fields:
        with session.rehearse():
            _keep(session, application_id, general, fields)
    _keep(session, application_id, general, fields)
    return applications.get(session, application_id)


def _keep(session: Session, app: str, general: dict[str, str], fields: dict[str, str]) -> None:
    """Both halves, each in a change of its own."""
    from usher.services import applications, sso

    if general:
        applications.set_general(session, app, _as_kept(general))
    if fields:
        sso.set_fields(session, app, fields)


def _as_kept(general: dict[str, str]) -> dict[str, str]:
    """`hidden` turned into what the service calls it."""
    values = dict(general)
    if "hidden" in values:
        hidden = values.pop("hidden").strip().lower()
        if hidden not in ("true", "false"):
            raise UsageError("not-a-flag", f"hidden is true or false, not ‘{hidden}’.", "Write hidden=true or hidden=false.", "hidden")
        values["visible"] = "false" if hidden == "true" else "true"
    return values


def change_attributes(session: Session, app: str, verb: str, words: tuple[str, ...]) -> None:
    """`set`, `constant` or `remove` on the attributes of the assertion."""
    from usher.services import sso

    if not words:
        raise UsageError("nothing-named", f"Nothing to {verb} was named.", "See usher apps attributes --help.")
    if verb == "set":
        sso.set_attributes(session, app, assignments(words, "NAME=SOURCE"))
    elif verb == "constant":
        sso.set_constants(session, app, several(words, "NAME=VALUE"))
    else:
        sso.remove_attributes(session, app, list(words))
