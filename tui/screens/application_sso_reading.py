"""What is read on the SSO tab: how it stands, and what the connector says of the other side."""

from __future__ import annotations

from typing import Any

from tui import words
from tui.widgets.reading import Para, bullets, steps
from usher.catalog.connector import Connector
from usher.services.applications import ApplicationDetail


def state_lines(detail: ApplicationDetail) -> list[Any]:
    """How it stands, and what is missing."""
    asked = {each.token: each.label for each in detail.placeholders}
    head: list[Any] = [[("SSO  ", "dim"), words.state(detail.sso)]]
    if detail.unfilled:
        names = " and ".join(f"{asked[token]} ({token})" for token in detail.unfilled)
        head.append(Para(f"Fill in {names}, then activate.", "text", ("▲ ", "warn")))
    return head


def where(connector: Connector | None) -> list[Any]:
    """Where in the application the values go."""
    return [Para(connector.saml.where, "dim")] if connector and connector.saml and connector.saml.where else []


def how(connector: Connector | None) -> list[Any]:
    """Steps and notes for the other side."""
    if connector is None or connector.saml is None:
        return []
    return [*steps(connector.saml.steps), *bullets(connector.saml.notes, "dim")]
