"""What a newer connector has otherwise than an application, and taking one such fact over by hand.

An application keeps what it was made with: nothing here happens by itself, and what the engine goes by (`scim.*`) stays as
it was in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from store import applications, connections, saml_settings
from store.errors import NotFound, Refused
from store.records import dataclass
from usher.services import catalog, connectors, mapping_rows, placeholders, sso
from usher.services.connectors import Difference
from usher.services.session import Session


@dataclass(frozen=True)
class Offer:
    """One difference: `here` is what the application has now, `then` what it would have, as a person reads them; `why_not`
    says why it can't be taken over (empty: it can), `done` that it is so here already."""

    difference: Difference
    here: str
    then: str
    why_not: str
    done: bool


def offers(session: Session, app: str) -> tuple[Offer, ...]:
    """Every difference, with how it stands here."""
    return tuple(_offer(session, app, each) for each in connectors.newer(session, app))


def take_over(session: Session, app: str, field: str) -> None:
    """Sets one fact as the newer connector has it; the same refusals as setting it by hand."""
    session.check_allowed("administrator")
    offer = next((each for each in offers(session, app) if each.difference.field == field), None)
    if offer is None:
        raise NotFound("no-such-difference", f"The connector says nothing else about {field!r} than it did.", "usher apps show lists the differences.")
    if offer.why_not:
        raise Refused("not-taken-over", offer.why_not, "")
    _setter(session, app, field)()


def _offer(session: Session, app: str, difference: Difference) -> Offer:
    kind, _, name = difference.field.partition(".")
    if not difference.newer and kind in ("attribute", "mapping"):
        return _gone(session, app, difference, kind, name)
    if kind == "saml":
        return _saml(session, app, difference, name)
    if kind in ("attribute", "mapping"):
        here = _row(session, app, kind, name)
        return Offer(difference, here, difference.newer, "", _set_by_hand(here) == _set_by_hand(difference.newer))
    return Offer(difference, "", "", "Usher goes by what the application was made with: add it anew to go by this.", False)


def _set_by_hand(row: str) -> str:
    """A row without whether it is required, which its connector alone says."""
    return row.replace(", required", "")


def _gone(session: Session, app: str, difference: Difference, kind: str, name: str) -> Offer:
    """The newer connector has no such row any more."""
    here = _row(session, app, kind, name)
    why = "" if not here else "Remove the attribute, if nothing needs it." if kind == "attribute" else "Switch the row off, if nothing needs it."
    return Offer(difference, here, "", why, not here)


def _saml(session: Session, app: str, difference: Difference, name: str) -> Offer:
    """A field of the SSO tab, its placeholders filled as they are here."""
    application, saml = sso.with_saml(session.db, app)
    then = _filled(session, app, name)
    known = {each.token for each in saml_settings.placeholders(session.db, application.id)}
    here = getattr(saml, name)
    new = [token for token in _tokens(application.connector) if token not in known and token in str(then)]
    why = f"It asks for {', '.join(new)}, which this application does not have: enter the value by hand." if new else ""
    return Offer(difference, connectors.shown(here), connectors.shown(then), why, here == then)


def _filled(session: Session, app: str, name: str) -> Any:
    """What the connector says of a field of the SSO tab, with what is known in the place of placeholders."""
    application = applications.find(session.db, app)
    connector = catalog.get(application.connector)
    values = {each.token: each.value for each in saml_settings.placeholders(session.db, application.id) if each.value}
    value = getattr(connector.saml, name)
    return placeholders.substituted(value, values) if isinstance(value, str | tuple) else value


def _tokens(connector: str) -> list[str]:
    return [each.token for each in catalog.get(connector).placeholders]


def _row(session: Session, app: str, kind: str, name: str) -> str:
    """An attribute or a row of the mapping as it is here, in the words of `connectors.facts`."""
    application = applications.find(session.db, app)
    if kind == "attribute":
        attribute = next((each for each in saml_settings.attributes(session.db, application.id) if each.name == name), None)
        return connectors.row_in_words(attribute.source, attribute.constant, attribute.required) if attribute else ""
    row = next((each for each in connections.mapping(session.db, application.id) if each.path == name), None)
    return connectors.row_in_words(row.source, row.constant, row.required, row.on) if row else ""


def _setter(session: Session, app: str, field: str) -> Callable[[], object]:
    """What sets one fact, by the services that set it by hand."""
    kind, _, name = field.partition(".")
    connector = catalog.get(applications.find(session.db, app).connector)
    if kind == "saml":
        value = _filled(session, app, name)
        return lambda: sso.set_fields(session, app, {name: value})
    if kind == "attribute" and connector.saml:
        attribute = next(each for each in connector.saml.attributes if each.name == name)
        if attribute.source is not None:
            return lambda: sso.set_attributes(session, app, {name: str(attribute.source)})
        return lambda: sso.set_constants(session, app, {name: str(attribute.constant)})
    row = next(each for each in connector.mapping if each.path == name)
    return lambda: _map(session, app, name, row.source, row.constant, row.on)


def _map(session: Session, app: str, path: str, source: str | None, constant: str | None, on: bool) -> None:
    """Source and switch of a row of the mapping."""
    if source is not None:
        mapping_rows.map_source(session, app, {path: source})
    else:
        mapping_rows.map_constant(session, app, {path: str(constant)})
    if next(row for row in mapping_rows.mapping(session, app) if row.path == path).on != on:
        mapping_rows.switch(session, app, [path], on)
