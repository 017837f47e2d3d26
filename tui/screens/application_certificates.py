"""What is asked about certificates and metadata: where a download goes, and the two files of a pair of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from store.errors import Refused, UsherError
from store.secrets import Secret
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from usher.services import certificates, idp_metadata, rotation, sso
from usher.services.applications import ApplicationDetail
from usher.services.files import read_file
from usher.services.rotation import HeldCertificate
from usher.services.session import Session

FORMS = (("pem", "PEM"), ("der", "DER"))
_LARGEST = 65_536


class Download(Prompt):
    """Begins in the path, with what is mostly wanted chosen already: enter downloads."""

    AUTO_FOCUS = "#box Input"


def download(session: Session, detail: ApplicationDetail, which: str = "active") -> Prompt:
    """Asks where a certificate is to go, in which form, and which of them where there are several; never over another file."""
    places = [each.place for each in rotation.list_(session, detail.id)]

    def do(values: Mapping[str, str]) -> Path:
        path, der = _path(session, values["path"].strip() or certificates.FILE_NAME), values["form"] == "der"
        if der and path.name == certificates.FILE_NAME:
            path = path.with_suffix(".der")
        return _written(lambda: sso.save_certificate(session, detail.id, path, der=der, place=values.get("which", which)))

    hint = "A bare file name: it goes to the store's exchange folder." if session.confined else "It can also be copied: y on its line."
    specs = [FieldSpec("form", "As", options=FORMS)]
    if len(places) > 1:
        specs.append(FieldSpec("which", "Which", which, options=tuple((each, each) for each in dict.fromkeys(places))))
    specs.append(FieldSpec("path", "Save as", str(certificates.default_target(session)), hint, required=True))
    return Download("Download certificate", specs, "Download", do, [f"The certificate of {detail.label}. The private key stays in the store."])


def metadata_prompt(session: Session, detail: ApplicationDetail) -> Prompt:
    """Asks where the identity provider's metadata is to go."""

    def do(values: Mapping[str, str]) -> Path:
        return _written(lambda: idp_metadata.save(session, detail.id, _path(session, values["path"].strip())))

    name = f"{detail.slug or 'identity-provider'}-metadata.xml"
    hint = "A bare file name: it goes to the store's exchange folder." if session.confined else ""
    spec = FieldSpec("path", "Save as", name if session.confined else str(session.downloads / name), hint, required=True)
    lines = [f"What {detail.label} must know of this identity provider: endpoints and every certificate in force."]
    return Prompt("Save metadata", [spec], "Save", do, lines)


def upload_prompt(session: Session, detail: ApplicationDetail) -> Prompt:
    """Asks for certificate and key; both are looked at whole before anything is kept."""

    def do(values: Mapping[str, str]) -> tuple[HeldCertificate, ...]:
        pem = read_file(session, _path(session, values["certificate"].strip()), _LARGEST, "certificate")
        key = Secret(read_file(session, _path(session, values["key"].strip()), _LARGEST, "key").decode("utf-8", "replace"))
        try:
            return rotation.upload(session, detail.id, pem.decode("utf-8", "replace"), key)
        except UsherError as error:
            error.field = "key" if error.code.startswith(("key-", "pair-")) else "certificate"
            raise

    where = "A file of the exchange folder, PEM." if session.confined else "Its path; PEM."
    specs = [
        FieldSpec("certificate", "Certificate", hint=where, required=True),
        FieldSpec("key", "Private key", hint="PEM, without a passphrase: it is sealed in the store.", required=True),
    ]
    lines = ["They must match, be RSA of 2048 bits or more, and hold now. The pair is staged: what signs now stays until you activate it."]
    return Prompt("Upload your own certificate", specs, "Upload", do, lines)


def _path(session: Session, typed: str) -> Path:
    """A file as it was named; `~` is the operator's home, unless confined."""
    return Path(typed) if session.confined else Path(typed).expanduser()


def _written(write: Callable[[], Path]) -> Path:
    """Writes; a refusal stands beside the field."""
    try:
        return write()
    except UsherError as error:
        if error.code == "file-exists":
            raise Refused("file-exists", "There is a file of that name already.", "Nothing is written over: choose another name.", "path") from None
        error.field = "path"
        raise
