"""The page of the catalog: `python -m usher.catalog.page` writes it from the connectors; a test says when it is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from store.ids import fold
from usher.catalog.connector import Connector, Scim
from usher.services import catalog

FILE = Path(__file__).with_name("README.md")

_HEAD = """\
# The catalog

What each application supports, as its own documents say. This page is made from the files in `connectors/` by
`python -m usher.catalog.page`; `usher catalog show KEY` has the rest: prerequisites, where to find each value, what to
enter where, the mapping, and the sources.

- **SSO**: where a sign-in can begin, at the portal (`IdP`), at the application (`SP`) or at both; `yes` where the documents do not say.
- **People**: provisioned over SCIM. **Leaves**: what deactivating does there. **Deleted**: what deleting does.
- **Facts**: `documented` (addresses known), `partial` (copied from the application while setting up), `generic`.
- *token*: a bearer token. *OAuth*: asks for OAuth 2.0, which Usher does not do yet; an access token made by hand works until it
  ends. *unsaid*: not documented. Groups are marked where the application takes them; Usher pushes people only.

An application that is missing is a file: copy one of `connectors/` into your own folder of connectors (`connectors/` in the
platform's config folder, or what `USHER_CONNECTORS` names), change it, and run `usher catalog check FILE`.

| Application | Key | Category | SSO | People | Groups | Leaves | Deleted | Facts |
|---|---|---|---|---|---|---|---|---|
"""
_AUTHENTICATION = {"bearer": "token", "header": "token", "oauth2": "OAuth", "unsaid": "unsaid"}


def page() -> str:
    """The whole page, from the connectors that ship."""
    own = {card.key for card in catalog.cards() if card.own}
    connectors = [catalog.get(card.key) for card in catalog.cards() if card.key not in own]
    rows = sorted(connectors, key=lambda each: (each.category == "generic", fold(each.name)))
    return _HEAD + "".join(_row(connector) for connector in rows) + f"\n{len(rows)} connectors.\n"


def _row(connector: Connector) -> str:
    scim = connector.scim
    cells = [
        f"[{connector.name}]({connector.vendor_url})" if connector.vendor_url else connector.name,
        f"`{connector.key}`",
        connector.category,
        _sso(connector),
        _AUTHENTICATION[scim.authentication] if scim else "",
        "yes" if scim and scim.groups else "",
        *_leaving(scim),
        connector.confidence,
    ]
    return f"| {' | '.join(cells)} |\n"


def _sso(connector: Connector) -> str:
    saml = connector.saml
    if saml is None:
        return "tile" if connector.kind == "bookmark" else ""
    ways = [name for name, holds in (("IdP", saml.idp_initiated), ("SP", saml.sp_initiated)) if holds]
    return " ".join(ways) or "yes"


def _leaving(scim: Scim | None) -> tuple[str, str]:
    return (scim.on_deactivate, scim.on_delete) if scim else ("", "")


if __name__ == "__main__":
    FILE.write_text(page(), "utf-8")
    sys.stdout.write(f"{FILE}\n")
