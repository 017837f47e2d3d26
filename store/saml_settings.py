"""The single sign-on side of an application: its fields, attributes, placeholders and certificates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from store.connection import Db, Row
from store.records import dataclass

FIELDS = (
    "idp_entity_id", "sp_entity_id", "acs_urls", "nameid_source", "nameid_format", "sign_assertion", "sign_response", "encrypt_assertion",
    "require_signed_requests", "signature_algorithm", "default_relay_state", "login_url", "declare_redirect_endpoint", "groups_attribute", "require_second_factor",
)  # fmt: skip
OPERATORS = ("idp_entity_id", "require_second_factor")
"""The fields that a connector says nothing about."""

_CERTIFICATE = "id, application_id, state, pem, sha256, not_before, not_after, created_at"
_BOOLEANS = ("sign_assertion", "sign_response", "encrypt_assertion", "require_signed_requests", "declare_redirect_endpoint", "require_second_factor")


@dataclass(frozen=True)
class SamlSettings:
    """The fields of the SSO tab. `acs_urls` is ordered, the first is the default; `nameid_format` a full URN."""

    application_id: str
    idp_entity_id: str
    sp_entity_id: str
    acs_urls: tuple[str, ...]
    nameid_source: str
    nameid_format: str
    sign_assertion: bool
    sign_response: bool
    encrypt_assertion: bool
    require_signed_requests: bool
    signature_algorithm: str
    default_relay_state: str
    login_url: str
    declare_redirect_endpoint: bool
    groups_attribute: str
    version: int = 1
    require_second_factor: bool = False


@dataclass(frozen=True)
class SamlAttribute:
    """An attribute of the assertion: from the user attribute `source`, or always `constant`, which has a value a line."""

    name: str
    source: str | None
    constant: str | None
    required: bool

    @property
    def values(self) -> tuple[str, ...]:
        """The values of a constant; none of one that comes from a user attribute."""
        return tuple((self.constant or "").splitlines())


@dataclass(frozen=True)
class Placeholder:
    """A token such as YOUR_ID, what to ask for, where to find it, and the value once it was filled in."""

    token: str
    label: str
    place: str
    value: str | None


@dataclass(frozen=True)
class Certificate:
    """A certificate of the identity provider for one application. The private key stays sealed beside it."""

    id: str
    application_id: str
    state: str
    pem: str
    sha256: str
    not_before: str
    not_after: str
    created_at: str


def get(db: Db, application_id: str) -> SamlSettings | None:
    """The SSO fields of an application that has SAML."""
    row = db.execute("select * from saml_setting where application_id = ?", (application_id,)).fetchone()
    return _settings(row) if row else None


def insert(db: Db, settings: SamlSettings) -> None:
    """Keeps the SSO fields of a new application."""
    values = {**vars(settings), "acs_urls": json.dumps(settings.acs_urls)}
    db.execute(f"insert into saml_setting ({', '.join(values)}) values ({', '.join('?' * len(values))})", tuple(values.values()))


def update(db: Db, application_id: str, values: Mapping[str, Any]) -> None:
    """Sets SSO fields, named as in `FIELDS`, and counts their version up."""
    kept = {name: json.dumps(value) if name == "acs_urls" else value for name, value in values.items()}
    columns = ", ".join(f"{name} = ?" for name in kept)
    db.execute(f"update saml_setting set {columns}, version = version + 1 where application_id = ?", (*kept.values(), application_id))


def idp_entity_id_holder(db: Db, idp_entity_id: str) -> str | None:
    """The label of the application that uses this IdP Entity ID."""
    row = db.execute("select a.label from saml_setting s join application a on a.id = s.application_id where s.idp_entity_id = ?", (idp_entity_id,)).fetchone()
    return str(row["label"]) if row else None


def attributes(db: Db, application_id: str) -> tuple[SamlAttribute, ...]:
    """The attributes of the assertion in their order."""
    rows = db.execute("select name, source, constant, required from saml_attribute where application_id = ? order by position", (application_id,)).fetchall()
    return tuple(SamlAttribute(row["name"], row["source"], row["constant"], bool(row["required"])) for row in rows)


def put_attribute(db: Db, application_id: str, attribute: SamlAttribute) -> None:
    """Adds an attribute at the end, or gives the one of that name another value; whether it is required stays."""
    db.execute(
        "insert into saml_attribute (application_id, name, source, constant, required, position)"
        " values (?1, ?2, ?3, ?4, ?5, (select coalesce(max(position), 0) + 1 from saml_attribute where application_id = ?1))"
        " on conflict (application_id, name) do update set source = excluded.source, constant = excluded.constant",
        (application_id, attribute.name, attribute.source, attribute.constant, attribute.required),
    )


def remove_attribute(db: Db, application_id: str, name: str) -> None:
    """Takes an attribute out of the assertion."""
    db.execute("delete from saml_attribute where application_id = ? and name = ?", (application_id, name))


def placeholders(db: Db, application_id: str) -> tuple[Placeholder, ...]:
    """The connector's placeholders, filled in or not."""
    rows = db.execute("select token, label, place, value from placeholder where application_id = ? order by position", (application_id,)).fetchall()
    return tuple(Placeholder(row["token"], row["label"], row["place"], row["value"]) for row in rows)


def insert_placeholder(db: Db, application_id: str, position: int, token: str, label: str, place: str) -> None:
    """Keeps a placeholder of a new application."""
    db.execute("insert into placeholder (application_id, token, label, place, position) values (?,?,?,?,?)", (application_id, token, label, place, position))


def fill_placeholder(db: Db, application_id: str, token: str, value: str) -> None:
    """Remembers what a placeholder was replaced with."""
    db.execute("update placeholder set value = ? where application_id = ? and token = ?", (value, application_id, token))


def active_certificate(db: Db, application_id: str) -> Certificate | None:
    """The certificate that signs now."""
    row = db.execute(f"select {_CERTIFICATE} from certificate where application_id = ? and state = 'active'", (application_id,)).fetchone()
    return Certificate(**dict(row)) if row else None


def certificates(db: Db, application_id: str, states: Sequence[str] = ()) -> tuple[Certificate, ...]:
    """The certificates of an application (in these states): the active one first, then staged, retiring, retired, the newest before."""
    rows = db.execute(
        f"select {_CERTIFICATE} from certificate where application_id = ? and (? = '[]' or state in (select value from json_each(?)))"
        " order by instr('active staged retiring retired', state), created_at desc, id desc",
        (application_id, json.dumps(states), json.dumps(states)),
    ).fetchall()
    return tuple(Certificate(**dict(row)) for row in rows)


def set_certificate_state(db: Db, certificate_id: str, state: str) -> None:
    """Moves a certificate on (or back) in its rotation."""
    db.execute("update certificate set state = ? where id = ?", (state, certificate_id))


def delete_certificate(db: Db, certificate_id: str) -> None:
    """Forgets a certificate and its key."""
    db.execute("delete from certificate where id = ?", (certificate_id,))


def certificate_holder(db: Db, sha256: str) -> str | None:
    """The label of the application that has a certificate with this fingerprint."""
    row = db.execute("select a.label from certificate c join application a on a.id = c.application_id where c.sha256 = ?", (sha256,)).fetchone()
    return str(row["label"]) if row else None


def insert_certificate(db: Db, certificate: Certificate, private_key: bytes) -> None:
    """Keeps a certificate with its private key, sealed for (certificate, its id, private_key)."""
    values = {**vars(certificate), "private_key": private_key}
    db.execute(f"insert into certificate ({', '.join(values)}) values ({', '.join('?' * len(values))})", tuple(values.values()))


def sealed_private_key(db: Db, certificate_id: str) -> bytes | None:
    """The sealed private key of a certificate."""
    row = db.execute("select private_key from certificate where id = ?", (certificate_id,)).fetchone()
    return bytes(row["private_key"]) if row else None


def _settings(row: Row) -> SamlSettings:
    """A row as SSO fields."""
    values = dict(row)
    flags = {name: bool(values[name]) for name in _BOOLEANS}
    return SamlSettings(**{**values, **flags, "acs_urls": tuple(json.loads(values["acs_urls"]))})
