"""The IdP certificate of an application: how it stands, and saving it for the application's side."""

from __future__ import annotations

from pathlib import Path

from store import applications, saml_settings
from store.applications import Application
from store.connection import Db
from store.errors import Refused
from store.records import dataclass
from usher.saml.certificate import CertificateState, state
from usher.services.files import write_file
from usher.services.session import Session

FILE_NAME = "certificate.pem"


@dataclass(frozen=True)
class IdpCertificate(CertificateState):
    """How the certificate stands, with its text as the application wants it pasted (PEM)."""

    pem: str


def certificate(session: Session, app: str) -> IdpCertificate:
    """The certificate that signs for this application now; `Refused` where there is none."""
    _, kept = _active(session.db, app)
    stands = state(kept.not_before, kept.not_after, kept.sha256, session.clock.now())
    return IdpCertificate(**vars(stands), pem=kept.pem)


def default_target(session: Session) -> Path:
    """Where the certificate goes unless told otherwise: Downloads; the exchange folder for a confined operator."""
    return Path(FILE_NAME) if session.confined else session.downloads / FILE_NAME


def save_certificate(session: Session, app: str, target: Path | None = None, force: bool = False) -> Path:
    """Writes the certificate as PEM and returns where it is (in a folder: `certificate.pem`).

    Raises `Refused` for a file that is there already (unless `force`), for a link, and for anything outside
    the exchange folder when the operator is confined.
    """
    session.check_allowed("operator")
    application, kept = _active(session.db, app)
    path = target or default_target(session)
    if not session.confined and path.expanduser().is_dir():
        path = path / FILE_NAME
    written = write_file(session, path, kept.pem.encode(), force=force)
    with session.change() as change:
        change.record("certificate.downloaded", application.label, {"sha256": kept.sha256, "file": str(written)})
    return written


def _active(db: Db, app: str) -> tuple[Application, saml_settings.Certificate]:
    application = applications.find(db, app)
    kept = saml_settings.active_certificate(db, application.id)
    if kept is None:
        raise Refused("no-certificate", f"{application.label} has no IdP certificate.", "Only applications with SAML have one.")
    return application, kept
