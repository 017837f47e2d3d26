"""What is to be entered at the application: IdP Entity ID, SSO IdP URL and certificate, a key each to copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from store.errors import Refused, UsherError
from tui import words
from tui.commands import Command, Possible
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from tui.widgets.sheet import Line, Sheet
from usher.catalog.connector import Connector
from usher.services import certificates, sso
from usher.services.applications import ApplicationDetail
from usher.services.session import Session


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
        return values.target is not None

    def run(self, values: Values) -> None:
        """Copies."""
        values.copy(values.target)


class Values(Sheet):
    """The values, each with the name it has at the application."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (CopyValue,)

    def __init__(self) -> None:
        super().__init__(id="values")
        self.detail: ApplicationDetail | None = None

    def show_detail(self, detail: ApplicationDetail, connector: Connector | None) -> None:
        """Shows those of that application."""
        self.detail = detail
        there = {entry.value: entry.field for entry in connector.saml.enter} if connector and connector.saml else {}
        entity, url = Value("entity", "IdP Entity ID", detail.saml.idp_entity_id if detail.saml else ""), Value("url", "SSO IdP URL", detail.idp_url)
        lines = [*_entry(entity, there.get("entity_id", "")), *_entry(url, there.get("sso_url", ""))]
        if detail.certificate:
            lines += _certificate(detail, there.get("certificate", ""))
        lines += _entry(Value("metadata", "Metadata URL", f"{detail.idp_url}/metadata"), there.get("metadata_url", ""))
        self.show(lines)
        self.styles.height = len(lines)

    def copy(self, value: Value) -> None:
        """Copies a value; the certificate as PEM."""
        app: Any = self.app
        if value.key == "certificate" and self.detail is not None:
            app.copy(sso.certificate(app.session, self.detail.id).pem, "Copied the certificate as PEM.")
        else:
            app.copy(value.text, f"Copied the {value.title}.")


def _title(title: str, there: str) -> Line:
    """What it is called here, and there."""
    return Line([(title, "dim"), (f"  → {there}" if there else "", "faint")])


def _entry(value: Value, there: str) -> list[Line]:
    """A name, and under it the text to copy."""
    return [_title(value.title, there), Line(["  ", (value.text, "text")], value)]


def _certificate(detail: ApplicationDetail, there: str) -> list[Line]:
    """`IDP Certificate Valid`, and under it until when."""
    found = detail.certificate
    assert found is not None
    title = {"valid": "IDP Certificate Valid", "expiring": "IDP Certificate Expiring"}.get(found.state, "IDP Certificate Expired")
    spans = ["  ", words.certificate(found), (f", until {found.not_after[:10]}", "dim"), ("   › Download certificate", "accent")]
    return [_title(title, there), Line(spans, Value("certificate", title))]


def download(session: Session, detail: ApplicationDetail) -> Prompt:
    """Asks where the certificate is to go; never over another file."""

    def do(values: Any) -> Path:
        path = Path(values["path"].strip() or certificates.FILE_NAME)
        try:
            return sso.save_certificate(session, detail.id, path if session.confined else path.expanduser())
        except UsherError as error:
            if error.code == "file-exists":
                raise Refused("file-exists", "There is a file of that name already.", "Nothing is written over: choose another name.", "path") from None
            error.field = "path"
            raise

    hint = "A bare file name: it goes to the store's exchange folder." if session.confined else "It can also be copied: y on its line."
    spec = FieldSpec("path", "Save as", str(certificates.default_target(session)), hint, required=True)
    return Prompt("Download certificate", [spec], "Download", do, [f"The certificate of {detail.label}, as PEM. The private key stays in the store."])
