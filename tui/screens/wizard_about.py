"""What a connector of the catalog supports, needs and asks for, to be read before it is chosen."""

from __future__ import annotations

from tui.widgets.ink import Span, Spans
from tui.widgets.reading import Para, bullets
from usher.catalog.connector import Connector

SUPPORTS = ("SSO", "IdP-initiated", "SP-initiated", "Identity Management", "Groups", "Bookmark")
UNSURE = ("IdP-initiated", "SP-initiated")


def about(connector: Connector) -> list[Para | Spans]:
    """Summary, what to beware of, what it supports, prerequisites, placeholders, what leaving means, notes, sources."""
    parts: list[tuple[str, list[Para | Spans]]] = [
        ("", [(connector.name, "strong"), Para(connector.summary)]),
        ("READ FIRST", [Para(connector.caution, "warn")] if connector.caution else []),
        ("SUPPORTS", _supports(connector)),
        ("PREREQUISITES", [*bullets(connector.prerequisites)]),
        ("YOU WILL BE ASKED FOR", [Para(each.where, "dim", [(f"{each.label}: ", "text")]) for each in connector.placeholders]),
        ("WHERE IT IS SET UP THERE", [*bullets(_places(connector), "dim")]),
        ("LEAVING", _leaving(connector)),
        ("NOTES", [*bullets(_notes(connector), "dim")]),
        ("SOURCES", [Para(f"{each.title}  {each.url}", "dim", ("· ", "faint")) for each in connector.sources]),
    ]
    lines: list[Para | Spans] = []
    for title, paras in parts:
        if paras:
            lines += ["", (title, "faint bold")] if title else []
            lines += paras
    return lines


def _supports(connector: Connector) -> list[Para | Spans]:
    """Every word with whether it holds; of a bookmark only that it is one."""
    has = set(connector.supports)
    named = [word for word in SUPPORTS if word in has]
    lines: list[Para | Spans] = []
    for at in range(0, len(named), 2):
        spans: list[Span] = []
        for word in named[at : at + 2]:
            spans += [("✓ ", "ok"), (f"{word:<22}", "text")]
        lines.append(spans)
    if connector.kind != "bookmark":
        lines += [
            [("– ", "faint"), (f"{word} not documented" if word in UNSURE else f"{word} not supported", "dim")]
            for word in SUPPORTS
            if word not in has and word != "Bookmark"
        ]
    lines += [Para(sentence, "dim", ("▲ ", "warn")) for sentence in connector.not_yet]
    if connector.scim and connector.scim.requires_sso:
        lines.append(Para("Identity Management needs SSO to be active.", "dim"))
    return lines


def _places(connector: Connector) -> list[str]:
    """Where to click on the other side."""
    return [side.where for side in (connector.saml, connector.scim) if side and side.where]


def _notes(connector: Connector) -> list[str]:
    """What else to know: of the application, of signing in, of provisioning."""
    scim, said = connector.scim, [*connector.notes, *(connector.saml.notes if connector.saml else ()), *(connector.scim.notes if connector.scim else ())]
    if scim and scim.rate:
        said.append(f"At most {scim.rate:g} writes a second are allowed there: Usher keeps to it.")
    if scim and scim.token_days:
        said.append(f"A token lives {scim.token_days} days.")
    if scim and scim.refuses:
        said.append(f"Never sent, because it is turned away: {', '.join(scim.refuses)}.")
    return said


def _leaving(connector: Connector) -> list[Para | Spans]:
    """What deactivating and deleting mean there, and the seats."""
    scim = connector.scim
    if scim is None:
        return []
    named = (("Deactivated: ", scim.deactivate), ("Deleted: ", scim.delete), ("Seats: ", scim.seats), ("Token: ", scim.token))
    return [Para(text, "dim", [(title, "text")]) for title, text in named if text]
