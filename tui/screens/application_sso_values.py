"""What is to be entered at the application: IdP Entity ID, SSO IdP URL, certificate and metadata URL, a key each to copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from tui import words
from tui.commands import Command, Possible
from tui.screens.application_sso_commands import CopyCertificate
from tui.widgets.ink import Spans
from tui.widgets.sheet import Line, Sheet
from usher.catalog.connector import Connector
from usher.services import rotation, sso
from usher.services.applications import ApplicationDetail
from usher.services.rotation import HeldCertificate

ROTATION = "rotation"
_STANDS = {"staged": "published, does not sign yet", "retiring": "published, signs no more"}


@dataclass(frozen=True)
class Value:
    """A line that can be copied: what it is called, and its text (the certificate's is read when it is asked for)."""

    key: str
    title: str
    text: str = ""


class CopyValue(Command["Values"]):
    """Copy what stands on this line to your clipboard."""

    keys, name, short, priority = "y", "Copy", "Copy", 8

    def possible(self, values: Values) -> Possible:
        """Only on a line with something to copy."""
        return values.target is not None and values.target.key != ROTATION

    def run(self, values: Values) -> None:
        """Copies."""
        values.copy(values.target)


class CopyNamed(Command[Any]):
    """Copies one of the values from anywhere in the tab."""

    value: ClassVar[str] = ""

    def run(self, pane: Any) -> None:
        """Copies."""
        values = pane.query_one(Values)
        values.copy(next(line.target for line in values.lines if line.target and line.target.key == self.value))


class CopyEntityId(CopyNamed):
    """Copy the IdP Entity ID to your clipboard."""

    keys, name, value = "e", "Copy IdP Entity ID", "entity"


class CopyIdpUrl(CopyNamed):
    """Copy the SSO IdP URL to your clipboard."""

    keys, name, value = "u", "Copy SSO IdP URL", "url"


class CopyMetadataUrl(CopyNamed):
    """Copy the address of the identity provider's metadata for this application."""

    keys, name, value, words = "m", "Copy metadata URL", "metadata", "apps metadata"


COPIES: tuple[type[Command[Any]], ...] = (CopyEntityId, CopyIdpUrl, CopyMetadataUrl)
_KEYS = {**{kind.value: kind.keys for kind in (CopyEntityId, CopyIdpUrl, CopyMetadataUrl)}, "certificate": CopyCertificate.keys}


class Values(Sheet):
    """The values, each with the name it has at the application; a long one over as many lines as it has."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (CopyValue,)

    def __init__(self) -> None:
        super().__init__(id="values")
        self.detail: ApplicationDetail | None = None
        self.there: dict[str, str] = {}

    def show_detail(self, detail: ApplicationDetail, connector: Connector | None) -> None:
        """Shows those of that application."""
        self.detail = detail
        self.there = {entry.value: entry.field for entry in connector.saml.enter} if connector and connector.saml else {}
        self._lay()

    def on_resize(self) -> None:
        """Folds anew."""
        self._lay()

    def _lay(self) -> None:
        detail, there = self.detail, self.there
        if detail is None:
            return
        width = max(20, (self.size.width or 60) - 6)
        entity, url = Value("entity", "IdP Entity ID", detail.saml.idp_entity_id if detail.saml else ""), Value("url", "SSO IdP URL", detail.idp_url)
        lines = [*_entry(entity, there.get("entity_id", ""), width), *_entry(url, there.get("sso_url", ""), width)]
        if detail.certificate:
            app: Any = self.app
            lines += _certificate(detail, there.get("certificate", ""), rotation.list_(app.session, detail.id))
        lines += _entry(Value("metadata", "Metadata URL", f"{detail.idp_url}/metadata"), there.get("metadata_url", ""), width)
        lines.append(Line([("r ", "accent bold"), ("› Certificates: rotation, fingerprints, one of your own", "accent")], Value(ROTATION, ROTATION)))
        self.show(lines)
        self.styles.height = len(lines)

    def copy(self, value: Value) -> None:
        """Copies a value; the certificate as PEM."""
        app: Any = self.app
        if value.key == "certificate" and self.detail is not None:
            app.copy(sso.certificate(app.session, self.detail.id).pem, "Copied the certificate as PEM.")
        else:
            app.copy(value.text, f"Copied the {value.title}.")


def _title(value: Value, there: str) -> Line:
    """The key that copies it, what it is called here, and there."""
    return Line([(f"{_KEYS[value.key]} ", "accent bold"), (value.title, "dim"), (f"  → {there}" if there else "", "faint")])


def _entry(value: Value, there: str, width: int) -> list[Line]:
    """A name, and under it the text to copy."""
    parts = [value.text[at : at + width] for at in range(0, len(value.text), width)] or [""]
    return [_title(value, there), Line(["    ", (parts[0], "text")], value), *(Line(["    ", (part, "text")]) for part in parts[1:])]


def _certificate(detail: ApplicationDetail, there: str, held: tuple[HeldCertificate, ...]) -> list[Line]:
    """`IDP Certificate Valid`, under it until when, and the others that are published beside it."""
    found = detail.certificate
    assert found is not None
    title = {"valid": "IDP Certificate Valid", "expiring": "IDP Certificate Expiring"}.get(found.state, "IDP Certificate Expired")
    value = Value("certificate", title)
    spans: Spans = ["    ", words.certificate(found), (f", until {found.not_after[:10]}", "dim"), ("   › Download certificate", "accent")]
    lines = [_title(value, there), Line(spans, value)]
    others = [each for each in held if each.place in _STANDS]
    lines += [Line([("    ○ ", "info"), (f"{each.place}, until {each.not_after[:10]}: ", "text"), (_STANDS[each.place], "dim")]) for each in others]
    return lines
