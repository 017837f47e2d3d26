"""What is known of an application as a service provider beside the SSO tab: its certificates, ACS indexes and logout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field

from store.connection import Db
from store.records import dataclass


@dataclass(frozen=True)
class ServiceProviderFacts:
    """`certificates` (PEM) verify what the application signs; `encryption_certificate` is what is encrypted for; `acs_indexes`
    `{url: index}`; `slo_binding` redirect, post or empty; `typed_values` whether attribute values say that they are strings."""

    certificates: tuple[str, ...] = ()
    encryption_certificate: str = ""
    acs_indexes: Mapping[str, int] = field(default_factory=dict)
    slo_url: str = ""
    slo_response_url: str = ""
    slo_binding: str = ""
    typed_values: bool = False


def get(db: Db, application_id: str) -> ServiceProviderFacts:
    """What is known; nothing, where nothing was told."""
    row = db.execute("select * from service_provider where application_id = ?", (application_id,)).fetchone()
    if row is None:
        return ServiceProviderFacts()
    values = {name: row[name] for name in ("encryption_certificate", "slo_url", "slo_response_url", "slo_binding")}
    return ServiceProviderFacts(
        tuple(json.loads(row["certificates"])), acs_indexes=json.loads(row["acs_indexes"]), typed_values=bool(row["typed_values"]), **values
    )


def put(db: Db, application_id: str, facts: ServiceProviderFacts) -> None:
    """Keeps what is known in the place of what was."""
    values = {**vars(facts), "certificates": json.dumps(facts.certificates), "acs_indexes": json.dumps(dict(facts.acs_indexes), sort_keys=True)}
    names = ", ".join(values)
    db.execute(
        f"insert into service_provider (application_id, {names}) values (?, {', '.join('?' * len(values))})"
        f" on conflict (application_id) do update set {', '.join(f'{name} = excluded.{name}' for name in values)}",
        (application_id, *values.values()),
    )
