"""What is known of the application beside the fields of its SSO tab: its certificates, ACS indexes, where it is logged out."""

from __future__ import annotations

from store.service_providers import ServiceProviderFacts
from tui.screens.reader import folded
from tui.widgets.ink import Spans
from usher.services import sp_metadata

_WIDTH, _LABEL = 66, 20


def known_lines(facts: ServiceProviderFacts) -> list[Spans]:
    """A line for each; how to tell it, where nothing is known."""
    found: list[tuple[str, str]] = [("Certificate", _fingerprint(pem)) for pem in facts.certificates]
    if facts.encryption_certificate:
        found.append(("Encrypted for", _fingerprint(facts.encryption_certificate)))
    found += [(f"ACS index {index}", url) for url, index in sorted(facts.acs_indexes.items(), key=lambda item: item[1])]
    if facts.slo_url:
        found.append((f"Logout by {facts.slo_binding or 'redirect'}", facts.slo_url))
        if not facts.certificates:
            found.append(("", "off until the application's signing certificate is known"))
    if facts.slo_response_url and facts.slo_response_url != facts.slo_url:
        found.append(("Logout, answers", facts.slo_response_url))
    if not found:
        return [(part, "dim") for part in folded("Nothing yet: signed requests, encryption and single logout need its metadata or its certificate.", _WIDTH)]
    return [[(f"{label if at == 0 else '':<{_LABEL}}", "dim"), (part, "text")] for label, value in found for at, part in enumerate(_parts(value))]


def _fingerprint(pem: str) -> str:
    return f"SHA-256 {sp_metadata.fingerprint(pem)}"


def _parts(value: str) -> list[str]:
    width = _WIDTH - _LABEL
    return [part[at : at + width] for part in folded(value, width) for at in range(0, max(1, len(part)), width)]
