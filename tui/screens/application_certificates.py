"""What is asked about certificates and metadata: where a download goes, and the two files of a pair of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from store.errors import Refused, UsageError, UsherError
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

    suggested = _suggested(session, detail)

    def do(values: Mapping[str, str]) -> Path:
        path, der = _path(session, values["path"]), values["form"] == "der"
        if der and path.name in (certificates.FILE_NAME, suggested.name):
            path = path.with_suffix(".der")
        return _written(lambda: sso.save_certificate(session, detail.id, path, der=der, place=values.get("which", which)))

    hint = "A bare file name: it goes to the store's exchange folder." if session.confined else "It can also be copied: y on its line."
    specs = [FieldSpec("form", "As", options=FORMS)]
    if len(places) > 1:
        specs.append(FieldSpec("which", "Which", which, options=tuple((each, each) for each in dict.fromkeys(places))))
    specs.append(FieldSpec("path", "Save as", str(suggested), hint, required=True))
    return Download("Download certificate", specs, "Download", do, [f"The certificate of {detail.label}. The private key stays in the store."])


def metadata_prompt(session: Session, detail: ApplicationDetail) -> Prompt:
    """Asks where the identity provider's metadata is to go."""

    def do(values: Mapping[str, str]) -> Path:
        return _written(lambda: idp_metadata.save(session, detail.id, _path(session, values["path"])))

    name = f"{detail.slug or 'identity-provider'}-metadata.xml"
    hint = "A bare file name: it goes to the store's exchange folder." if session.confined else ""
    spec = FieldSpec("path", "Save as", name if session.confined else str(session.downloads / name), hint, required=True)
    lines = [f"What {detail.label} must know of this identity provider: endpoints and every certificate in force."]
    return Prompt("Save metadata", [spec], "Save", do, lines)


def upload_prompt(session: Session, detail: ApplicationDetail) -> Prompt:
    """Asks for certificate and key; both are looked at whole before anything is kept."""

    def do(values: Mapping[str, str]) -> tuple[HeldCertificate, ...]:
        pem = read_file(session, _path(session, values["certificate"], "certificate"), _LARGEST, "certificate")
        key = Secret(read_file(session, _path(session, values["key"], "key"), _LARGEST, "key").decode("utf-8", "replace"))
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


def _suggested(session: Session, detail: ApplicationDetail) -> Path:
    """Where the certificate goes by itself; named after the application where another one's is there already."""
    usual = certificates.default_target(session)
    folder = session.exchange if session.confined and session.exchange else usual.parent
    names = [certificates.FILE_NAME, *(f"certificate-{detail.slug or 'app'}{more}.pem" for more in ("", *(f"-{number}" for number in range(2, 100))))]
    return usual.with_name(next((name for name in names if not (folder / name).exists()), usual.name))


def _path(session: Session, typed: str, field: str = "path") -> Path:
    """A file as it was named; `~` is the operator's home, unless confined."""
    name = typed.strip()
    if not name:
        raise UsageError("file-not-named", "No file is named.", "Write the name of a file.", field)
    return Path(name) if session.confined else Path(name).expanduser()


def _written(write: Callable[[], Path]) -> Path:
    """Writes; a refusal stands beside the field."""
    try:
        return write()
    except UsherError as error:
        if error.code == "file-exists":
            raise Refused("file-exists", "There is a file of that name already.", "Nothing is written over: choose another name.", "path") from None
        error.field = "path"
        raise
