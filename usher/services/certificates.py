"""The IdP certificate of an application: how it stands, and saving it for the application's side."""

from __future__ import annotations

import hashlib
from pathlib import Path

from store import applications, saml_settings
from store.applications import Application
from store.connection import Db
from store.errors import Refused
from store.records import dataclass
from usher.saml.certificate import CertificateState, der_of, state
from usher.services.files import write_file
from usher.services.session import Session

FILE_NAME = "certificate.pem"


@dataclass(frozen=True)
class IdpCertificate(CertificateState):
    """How the certificate stands, with its text as the application wants it pasted (PEM)."""

    pem: str

    @property
    def sha1(self) -> str:
        """The SHA-1 fingerprint, hex without colons: some applications still ask for it, to tell certificates apart."""
        return sha1_of(self.pem)

    @property
    def der(self) -> bytes:
        """The certificate as octets."""
        return der_of(self.pem)


def sha1_of(pem: str) -> str:
    """The SHA-1 fingerprint of a certificate, hex without colons."""
    return hashlib.sha1(der_of(pem), usedforsecurity=False).hexdigest()


def certificate(session: Session, app: str, place: str = "active") -> IdpCertificate:
    """The certificate that signs for this application now, or the `staged` one; `Refused` where there is none."""
    _, kept = _in_place(session.db, app, place)
    stands = state(kept.not_before, kept.not_after, kept.sha256, session.clock.now())
    return IdpCertificate(**vars(stands), pem=kept.pem)


def default_target(session: Session) -> Path:
    """Where the certificate goes unless told otherwise: Downloads; the exchange folder for a confined operator."""
    return Path(FILE_NAME) if session.confined else session.downloads / FILE_NAME


def save_certificate(session: Session, app: str, target: Path | None = None, force: bool = False, der: bool = False, place: str = "active") -> Path:
    """Writes the certificate (that in `place`) as PEM or DER and returns where it is (in a folder: `certificate.pem`).

    Raises `Refused` for a file that is there already (unless `force`), for a link, and for anything outside
    the exchange folder when the operator is confined.
    """
    session.check_allowed("operator")
    application, kept = _in_place(session.db, app, place)
    path = target or (default_target(session).with_suffix(".der") if der else default_target(session))
    if not session.confined and path.expanduser().is_dir():
        path = path / FILE_NAME
    written = write_file(session, path, der_of(kept.pem) if der else kept.pem.encode(), force=force)
    with session.change() as change:
        change.record("certificate.downloaded", application.label, {"id": application.id, "sha256": kept.sha256, "file": str(written)})
        change.event("application", application.id)
    return written


def _in_place(db: Db, app: str, place: str) -> tuple[Application, saml_settings.Certificate]:
    application = applications.find(db, app)
    found = saml_settings.certificates(db, application.id, (place,))
    if not found:
        hint = "Only applications with SAML have one." if place == "active" else f"usher apps certificate '{application.label}' stage makes one."
        raise Refused("no-certificate", f"{application.label} has no {'IdP' if place == 'active' else place} certificate.", hint)
    return application, found[0]
