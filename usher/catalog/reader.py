"""How a connector's file is read and judged. Its name without `.toml` is the connector's key."""

from __future__ import annotations

import re

from store.errors import UsageError
from usher.catalog.connector import (
    AUTHENTICATION,
    CONFIDENCE,
    DEACTIVATING,
    DELETING,
    IDP_VALUES,
    KINDS,
    OPERATIONS,
    UPDATES,
    Attribute,
    Connector,
    Entry,
    MappingRow,
    Placeholder,
    Saml,
    Scim,
    Source,
)
from usher.catalog.table import Table, read
from usher.catalog.vocabulary import DEACTIVATED, DELETED, EXTRA_USER_ATTRIBUTES, NAMEID_FORMATS, SIGNATURE_ALGORITHMS, USER_ATTRIBUTES
from usher.scim.behaviour import is_refused
from usher.scim.body import parse_path

SOURCES = USER_ATTRIBUTES + EXTRA_USER_ATTRIBUTES
_TOKEN = re.compile(r"\bYOUR_[A-Z0-9_]+\b")
_HEADER = re.compile(r"[!-~]+( [!-~]+)*")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def parse(text: str, file: str) -> Connector:
    """The connector in a TOML text. Raises `UsageError` naming file and line for anything it can't be."""
    root = read(text, file)
    key = file.removesuffix(".toml")
    if not _KEY.fullmatch(key):
        root.fail(None, "the file's name must be small letters, digits and single hyphens: it is the connector's key.")
    connector = Connector(
        key=key,
        name=root.text("name"),
        vendor=root.text("vendor", ""),
        kind=root.choice("kind", KINDS),
        category=root.text("category"),
        aliases=root.texts("aliases"),
        summary=root.text("summary"),
        caution=root.text("caution", ""),
        confidence=root.choice("confidence", CONFIDENCE, "own"),
        vendor_url=_url(root, "vendor_url", optional=True),
        prerequisites=root.texts("prerequisites"),
        notes=root.texts("notes"),
        placeholders=_placeholders(root),
        saml=_saml(root.table("saml")),
        scim=_scim(root.table("scim")),
        mapping=_mapping(root),
        sources=_sources(root),
    )
    root.done()
    _judge(root, connector)
    return connector


def _placeholders(root: Table) -> tuple[Placeholder, ...]:
    found: dict[str, Placeholder] = {}
    for table in root.tables("placeholder"):
        token = table.text("token")
        if not _TOKEN.fullmatch(token):
            table.fail("token", f"{token!r} is no placeholder: it must look like YOUR_ID.")
        if token in found:
            table.fail("token", f"{token} is there twice.")
        found[token] = Placeholder(token, table.text("label"), table.text("where"), table.text("example", ""))
        table.done()
    return tuple(found.values())


def _saml(table: Table | None) -> Saml | None:
    if table is None:
        return None
    saml = Saml(
        sp_entity_id=table.text("sp_entity_id", ""),
        acs_urls=_acs_urls(table),
        nameid_source=table.choice("nameid_source", SOURCES, "email"),
        nameid_format=table.choice("nameid_format", tuple(NAMEID_FORMATS.values()), NAMEID_FORMATS["emailAddress"]),
        sign_assertion=table.flag("sign_assertion", True),
        sign_response=table.flag("sign_response", False),
        encrypt_assertion=table.flag("encrypt_assertion", False),
        require_signed_requests=table.flag("require_signed_requests", False),
        signature_algorithm=table.choice("signature_algorithm", SIGNATURE_ALGORITHMS, "RSA-SHA256"),
        default_relay_state=table.text("default_relay_state", ""),
        needs_relay_state=table.flag("needs_relay_state", False),
        login_url=_url(table, "login_url", optional=True),
        declare_redirect_endpoint=table.flag("declare_redirect_endpoint", False),
        groups_attribute=table.text("groups_attribute", ""),
        idp_initiated=table.flag("idp_initiated", True),
        sp_initiated=table.flag("sp_initiated", True),
        jit=table.flag("jit", False),
        attributes=_attributes(table),
        where=table.text("where", ""),
        enter=_entries(table),
        steps=table.texts("steps"),
        notes=table.texts("notes"),
    )
    if not saml.sign_assertion and not saml.sign_response:
        table.fail("sign_response" if table.has("sign_response") else "sign_assertion", "the assertion, the response or both must be signed.")
    table.done()
    return saml


def _acs_urls(table: Table) -> tuple[str, ...]:
    urls = table.texts("acs_urls")
    for url in urls:
        if not url.startswith("https://"):
            table.fail("acs_urls", f"{url!r} is no https address.")
    return urls


def _attributes(saml: Table) -> tuple[Attribute, ...]:
    found: dict[str, Attribute] = {}
    for table in saml.tables("attribute"):
        name = table.text("name")
        if name in found:
            table.fail("name", f"the attribute {name} is there twice.")
        source, constant = _value(table)
        found[name] = Attribute(name, source, constant, table.flag("required", False), table.text("note", ""))
        table.done()
    return tuple(found.values())


def _entries(saml: Table) -> tuple[Entry, ...]:
    found = []
    for table in saml.tables("enter"):
        found.append(Entry(table.text("field"), table.choice("value", IDP_VALUES)))
        table.done()
    return tuple(found)


def _scim(table: Table | None) -> Scim | None:
    if table is None:
        return None
    scim = Scim(
        base_url=_url(table, "base_url", optional=True),
        groups=table.flag("groups"),
        requires_sso=table.flag("requires_sso"),
        rate=table.number("rate"),
        supports=table.texts("supports") or OPERATIONS,
        authentication=table.choice("authentication", AUTHENTICATION, "bearer"),
        authorization=_authorization(table),
        needs_user_agent=table.flag("needs_user_agent", False),
        username_is_email=table.flag("username_is_email", False),
        strict_attributes=table.flag("strict_attributes", False),
        refuses=table.texts("refuses"),
        removed_only_here=table.flag("removed_only_here", False),
        update_method=table.choice("update_method", UPDATES, "learn"),
        on_deactivate=(leaves := table.choice("on_deactivate", DEACTIVATING, "unsaid")),
        on_delete=(ends := table.choice("on_delete", DELETING, "unsaid")),
        deactivate=table.text("deactivate", DEACTIVATED[leaves]),
        delete=table.text("delete", DELETED[ends]),
        seats=table.text("seats", ""),
        token=table.text("token", ""),
        token_days=_days(table),
        where=table.text("where", ""),
        steps=table.texts("steps"),
        notes=table.texts("notes"),
    )
    if unknown := [word for word in scim.supports if word not in OPERATIONS]:
        table.fail("supports", f"{unknown[0]!r} is not known; it must be one of {', '.join(OPERATIONS)}.")
    table.done()
    return scim


def _authorization(table: Table) -> str:
    """The form of the Authorization header: `Bearer {token}`, unless `authentication` is header."""
    text = table.text("authorization", "Bearer {token}")
    if table.has("authorization") != (table.has("authentication") and table.text("authentication") == "header"):
        table.fail("authentication", 'authentication = "header" and authorization go together.')
    if text.count("{token}") != 1 or not _HEADER.fullmatch(text):
        table.fail("authorization", f"{text!r} is no Authorization header; write it with {{token}} where the Token Key goes, once.")
    return text


def _days(table: Table) -> int | None:
    days = table.number("token_days")
    if days is not None and (days != int(days) or not days):
        table.fail("token_days", "scim.token_days must be a whole number of days from 1 up.")
    return None if days is None else int(days)


def _mapping(root: Table) -> tuple[MappingRow, ...]:
    found: dict[str, MappingRow] = {}
    for table in root.tables("mapping"):
        path = table.text("path")
        try:
            parse_path(path)
        except UsageError:
            table.fail("path", f"{path!r} is no SCIM attribute path.")
        if path in found:
            table.fail("path", f"{path} is mapped twice.")
        source, constant = _value(table)
        row = MappingRow(path, source, constant, table.flag("required", False), table.flag("on", True), table.text("label"), table.text("note", ""))
        if row.required and not row.on:
            table.fail("on", f"{path} is required and can't be off.")
        found[path] = row
        table.done()
    return tuple(found.values())


def _value(table: Table) -> tuple[str | None, str | None]:
    """A `source` that is a user attribute, or a `constant`: exactly one of them."""
    if table.has("source") == table.has("constant"):
        table.fail("constant" if table.has("constant") else None, "exactly one of source and constant must be there.")
    if table.has("constant"):
        table.text("source", "")
        return None, table.text("constant")
    table.text("constant", "")
    return table.choice("source", SOURCES), None


def _sources(root: Table) -> tuple[Source, ...]:
    found = []
    for table in root.tables("source"):
        found.append(Source(table.text("title"), _url(table, "url")))
        table.done()
    return tuple(found)


def _url(table: Table, key: str, optional: bool = False) -> str:
    value = table.text(key, "") if optional else table.text(key)
    if value and not re.fullmatch(r"https://[^\s#]+", value):
        table.fail(key, f"{value!r} is no https address.")
    return value


def _judge(root: Table, connector: Connector) -> None:
    """What no table can see alone."""
    if (connector.kind == "saml") != (connector.saml is not None):
        root.fail("kind" if connector.saml is None else "saml", "a connector of kind saml has a [saml] table, and no other kind has one.")
    if connector.kind == "scim" and connector.scim is None:
        root.fail("kind", "a connector of kind scim needs a [scim] table.")
    if connector.kind == "bookmark" and connector.scim is not None:
        root.fail("scim", "a bookmark has no [scim] table.")
    if connector.scim and connector.scim.requires_sso and connector.saml is None:
        root.fail("scim", "requires_sso makes no sense without a [saml] table.")
    if bool(connector.mapping) != (connector.scim is not None):
        root.fail("mapping" if connector.mapping else "scim", "[[mapping]] rows and a [scim] table go together.")
    if connector.mapping and "userName" not in {row.path for row in connector.mapping if row.required}:
        root.fail("mapping", "a required row for userName is missing.")
    if connector.scim:
        _judge_refusals(root, connector.scim, connector.mapping)
    _judge_placeholders(root, connector)


def _judge_refusals(root: Table, scim: Scim, mapping: tuple[MappingRow, ...]) -> None:
    """A row that is on can't be for an attribute that is refused there."""
    for index, row in enumerate(mapping):
        if row.on and is_refused(scim.refuses, row.path):
            root.at("mapping", index).fail("path", f"{row.path} is mapped, but scim.refuses has it.")


def _judge_placeholders(root: Table, connector: Connector) -> None:
    """Every token in a SAML field is asked for, and every one asked for is in a field."""
    saml = connector.saml
    values = (
        {"sp_entity_id": saml.sp_entity_id, "acs_urls": " ".join(saml.acs_urls), "login_url": saml.login_url, "default_relay_state": saml.default_relay_state}
        if saml
        else {}
    )
    asked, used = {placeholder.token for placeholder in connector.placeholders}, set()
    for key, value in values.items():
        for token in _TOKEN.findall(value):
            if token not in asked:
                root.at("saml").fail(key, f"{token} is in saml.{key} but there is no [[placeholder]] for it.")
            used.add(token)
    for index, placeholder in enumerate(connector.placeholders):
        if placeholder.token not in used:
            root.at("placeholder", index).fail("token", f"{placeholder.token} is asked for, but no SAML field has it.")
