"""The identity provider's metadata for one application: as its URL gives it, and as a file."""

from __future__ import annotations

from pathlib import Path

from store import applications
from store.records import dataclass
from usher.saml import metadata
from usher.services import parties
from usher.services.files import write_file
from usher.services.session import Session


@dataclass(frozen=True)
class IdpMetadata:
    """The document, where it is open to all, and the entity ID in it."""

    xml: str
    url: str
    entity_id: str


def get(session: Session, app: str) -> IdpMetadata:
    """The metadata of an application; `Refused` where there is no SAML."""
    both = parties.of(session, applications.find(session.db, app))
    return IdpMetadata(metadata.document(both.idp, both.sp), both.idp.metadata_url, both.idp.entity_id)


def save(session: Session, app: str, target: Path, force: bool = False) -> Path:
    """Writes the metadata and returns where it is; the same refusals as for any file that is written."""
    session.check_allowed("viewer")
    return write_file(session, target, get(session, app).xml.encode(), force=force)
