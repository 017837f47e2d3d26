"""The connection part of Identity Management: Base URL and Token Key, what the service showed, what it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from store.errors import UsageError
from store.secrets import Secret
from tui import words
from tui.widgets.fields import FieldSpec
from tui.widgets.ink import Spans, fit
from tui.widgets.reading import Para, bullets, steps
from usher.catalog.connector import Connector
from usher.sandbox.facts import DemoFacts
from usher.services import identity
from usher.services.applications import ApplicationDetail
from usher.services.files import read_file
from usher.services.identity import Probe
from usher.services.session import Session

LOCKED = "Locked while Identity Management is active: deactivate the IdM connection, change it, activate it again."
LONGEST_TOKEN = 16 * 1024
CAPABILITIES = (
    ("patch", "Change single attributes", "PATCH"),
    ("filter", "Find an account by name", "filter"),
    ("groups", "Groups", "/Groups"),
    ("bulk", "Many at a time", "/Bulk"),
    ("etag", "Versions", "ETag"),
    ("change_password", "Change passwords", ""),
)


def specs(detail: ApplicationDetail, example: str, confined: bool) -> list[FieldSpec]:
    """Base URL and Token Key, or a file that holds the token; locked while active."""
    view = detail.connection
    locked = LOCKED if detail.idm == "active" else ""
    kept = (
        f"Kept sealed, fingerprint {view.token_fingerprint[:12]}; it is never shown again. Type another to replace it."
        if view and view.token_fingerprint
        else ""
    )
    hint = f"Paste it whole, for instance {example}" if example else "Paste the Base URL that the application shows, whole."
    found = [
        FieldSpec("base_url", "Base URL", view.base_url if view else "", hint, required=True, locked=locked),
        FieldSpec(
            "token",
            "Token Key",
            "",
            kept or "Paste the token that the application shows once. It is sealed and never shown again.",
            password=True,
            locked=locked and "Locked like the Base URL.",
        ),
    ]
    file = "A bare file name in the exchange folder." if confined else "Instead of pasting: a file whose only line is the token."
    return found if locked else [*found, FieldSpec("token_file", "or token file", "", file)]


def configure(session: Session, detail: ApplicationDetail, values: Mapping[str, str], expected: Mapping[str, str]) -> None:
    """Keeps what was typed: Base URL and token together. Raises `UsageError` naming the field."""
    token = values.get("token", "") or _from_file(session, values.get("token_file", ""))
    if not token:
        raise UsageError("token-missing", "Enter the Token Key too: a token is never sent to another address than the one it was entered for.", "", "token")
    identity.configure(session, detail.id, values["base_url"], Secret(token), expected=expected)


def seen(detail: ApplicationDetail) -> dict[str, str]:
    """What the connection is, for `configure` to see whether somebody else was faster."""
    view = detail.connection
    return {"base_url": view.base_url, "token": view.token_fingerprint} if view else {"base_url": "", "token": ""}


def _from_file(session: Session, typed: str) -> str:
    """The first line of the file."""
    if not typed.strip():
        return ""
    path = Path(typed.strip())
    data = read_file(session, path if session.confined else path.expanduser(), LONGEST_TOKEN, "token_file")
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        raise UsageError("token-characters", "The file holds no text.", "Name the file that holds the token.", "token_file") from None


def state(detail: ApplicationDetail, session: Session) -> list[Para | Spans]:
    """How the connection stands, and what is missing for it to be activated."""
    view = detail.connection
    lines: list[Para | Spans] = [[("Identity Management  ", "dim"), words.state(detail.idm)]]
    facts = [f"verified {words.ago(view.verified_at, session.clock.now())}"] if view and view.verified_at else []
    facts += [f"token {view.token_fingerprint[:12]}"] if view and view.token_fingerprint else []
    lines += [(" · ".join(facts), "dim")] if facts else []
    if detail.idm != "active" and detail.idm_requires_sso and detail.sso != "active":
        lines.append(Para("SSO is required: activate it on the SSO tab before Identity Management.", "text", ("▲ ", "warn")))
    return lines


def guide(connector: Connector | None) -> list[Para | Spans]:
    """Where Base URL and token are found at the application."""
    if connector is None or connector.scim is None:
        return [Para("Copy Base URL and token from the application, then Configure.", "dim")]
    return [Para(connector.scim.where, "dim"), *steps(connector.scim.steps), *(Para(said, "dim", ("▲ ", "warn")) for said in connector.not_yet)]


def stand_in(facts: DemoFacts) -> list[Para | Spans]:
    """The rehearsal's hint: where the stand-in provider is."""
    return [
        [("REHEARSAL", "faint bold")],
        Para("A stand-in provider runs on this machine. Nothing leaves it.", "dim"),
        [*fit(("Base URL", "dim"), 14), (facts.base_url, "text")],
        [*fit(("Token Key", "dim"), 14), (f"in {facts.token_file}", "text")],
    ]


def evidence(found: Probe) -> list[Para | Spans]:
    """What was asked, what was answered, what was learned."""
    verdict: Spans = [("✓ ", "ok"), ("The service answers as SCIM.", "text")] if found.verified else [("✗ ", "bad"), (found.message, "text")]
    lines: list[Para | Spans] = [[("THE SERVICE ANSWERED", "faint bold")], verdict]
    if found.hint and not found.verified:
        lines.append(Para(found.hint, "dim", "  "))
    for each in found.evidence:
        lines.append(Para(each.learned, "dim", [*fit((f"{each.status or '–'}", "text"), 5), *fit((each.request, "text"), 34), " "]))
    return lines


def capabilities(known: Mapping[str, Any], connector: Connector | None) -> list[Para | Spans]:
    """The capability card: what the service can do, and what leaving means there."""
    lines: list[Para | Spans] = [[("WHAT IT CAN DO", "faint bold")]]
    cells = [_capability(known.get(key), title) for key, title, _ in CAPABILITIES]
    for at in range(0, len(cells), 2):
        lines.append([*fit(cells[at], 32), *cells[at + 1]])
    if connector and connector.scim:
        lines += [
            Para(connector.scim.deactivate, "dim", [*fit(("Deactivate", "text"), 12)]),
            Para(connector.scim.delete, "dim", [*fit(("Delete", "text"), 12)]),
        ]
    return lines


def notes(connector: Connector | None) -> list[Para | Spans]:
    """What is to be known about the application."""
    return [*bullets(connector.scim.notes, "dim")] if connector and connector.scim else []


def _capability(holds: Any, title: str) -> Sequence[Any]:
    glyph, tone, rest = {True: ("✓", "ok", ""), False: ("–", "faint", "")}.get(holds, ("?", "dim", " (learned by use)"))
    return [(f"{glyph} ", tone), (title, "text" if holds else "dim"), (rest, "faint")]
