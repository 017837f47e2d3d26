"""The IdP certificate changed without anybody being locked out: staged, then active, then retired; each step can be taken back.

Staged and active are both published in the metadata, and so is the one that was active until it is retired, so that the
application can learn the new one before it signs and keeps the old one while answers may still be under way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from store import applications, saml_settings
from store.applications import Application
from store.connection import Db
from store.errors import Refused, UsageError
from store.records import dataclass
from store.saml_settings import Certificate
from store.secrets import Secret
from usher.saml import certificate, pair
from usher.saml.certificate import CertificateState, Made
from usher.saml.refusal import Refusal
from usher.services import settings
from usher.services.session import Change, Session


@dataclass(frozen=True)
class HeldCertificate(CertificateState):
    """A certificate of an application with its `place` in the rotation: active, staged, retiring or retired; `pem` its text."""

    place: str
    pem: str
    id: str


def list_(session: Session, app: str) -> tuple[HeldCertificate, ...]:
    """The certificates of an application: active, staged, retiring, then retired ones. Empty where there is no SAML."""
    now = session.clock.now()
    kept = saml_settings.certificates(session.db, applications.find(session.db, app).id)
    return tuple(_held(each, certificate.state(each.not_before, each.not_after, each.sha256, now)) for each in kept)


def stage(session: Session, app: str) -> tuple[HeldCertificate, ...]:
    """Makes a new key pair and certificate that is published from now on and signs when it is activated."""
    session.check_allowed("administrator")
    application = _with_saml(session.db, app)
    _refuse_staged(session.db, application)
    made = certificate.make(application.slug or application.label, settings.organization(session), session.clock.now())
    return _stage(session, application, made, "certificate.staged")


def upload(session: Session, app: str, certificate_pem: str, key: Secret) -> tuple[HeldCertificate, ...]:
    """Stages a certificate and key of the operator's own, after they were found to match, to be strong and to hold now."""
    session.check_allowed("administrator")
    application = _with_saml(session.db, app)
    _refuse_staged(session.db, application)
    made = _checked(certificate_pem, key, session.clock.now())
    if holder := saml_settings.certificate_holder(session.db, made.sha256):
        raise Refused("certificate-known", f"This certificate is there already, for {holder}.", "Each application has one of its own.", "certificate")
    return _stage(session, application, made, "certificate.uploaded")


def _checked(certificate_pem: str, key: Secret, now: datetime) -> Made:
    """The pair, when it is good; a refusal with what to do about it."""
    try:
        return pair.check(certificate_pem, key, now)
    except Refusal as refused:
        raise UsageError(
            refused.code, refused.message, "Give a certificate and its own RSA key, both as PEM, the key without a passphrase.", "certificate"
        ) from refused


def unstage(session: Session, app: str) -> tuple[HeldCertificate, ...]:
    """Takes staging back: the staged certificate and its key are forgotten."""
    return _step(session, app, "certificate.unstaged", _unstage)


def activate(session: Session, app: str) -> tuple[HeldCertificate, ...]:
    """The staged certificate signs from now on; the one before stays published until it is retired."""
    return _step(session, app, "certificate.activated", _activate)


def take_back(session: Session, app: str) -> tuple[HeldCertificate, ...]:
    """Takes activation back: the certificate before signs again, the new one is staged."""
    return _step(session, app, "certificate.taken-back", _take_back)


def retire(session: Session, app: str) -> tuple[HeldCertificate, ...]:
    """The certificate that was active before is published no more. Its key is kept until the next one is staged."""
    return _step(session, app, "certificate.retired", lambda change, application: _move(change, application, "retiring", "retired"))


def restore(session: Session, app: str) -> tuple[HeldCertificate, ...]:
    """Takes retiring back: the certificate retired last is published again."""
    return _step(session, app, "certificate.restored", _restore)


def _step(session: Session, app: str, action: str, move: Callable[[Change, Application], Certificate]) -> tuple[HeldCertificate, ...]:
    """One step of a rotation, recorded, with the certificates as they are then."""
    with session.change("administrator") as change:
        application = _with_saml(change.db, app)
        moved = move(change, application)
        _note(change, application, action, moved.sha256)
    return list_(session, application.id)


def _stage(session: Session, application: Application, made: Made, action: str) -> tuple[HeldCertificate, ...]:
    """Keeps a new certificate as staged; what was retired before is forgotten with its key."""
    new_id = session.ids.new()
    sealed = session.vault.seal("certificate", new_id, "private_key", made.private_key.reveal())
    with session.change("administrator") as change:
        _refuse_staged(change.db, application)
        for old in saml_settings.certificates(change.db, application.id, ("retired",)):
            saml_settings.delete_certificate(change.db, old.id)
        kept = Certificate(new_id, application.id, "staged", made.pem, made.sha256, made.not_before, made.not_after, change.at)
        saml_settings.insert_certificate(change.db, kept, sealed)
        _note(change, application, action, made.sha256)
    return list_(session, application.id)


def _unstage(change: Change, application: Application) -> Certificate:
    staged = _one(change.db, application, "staged", "No certificate is staged.", "usher apps certificate APP stage makes one.")
    saml_settings.delete_certificate(change.db, staged.id)
    return staged


def _activate(change: Change, application: Application) -> Certificate:
    staged = _one(change.db, application, "staged", "No certificate is staged that could be activated.", "Stage or upload one first.")
    if saml_settings.certificates(change.db, application.id, ("retiring",)):
        raise Refused("still-retiring", "The certificate before is still on its way out.", "Retire it first, then activate the new one.")
    if staged.not_after <= change.at:
        raise Refused("certificate-expired", "The staged certificate has expired meanwhile.", "Take it back and stage another.")
    if active := saml_settings.active_certificate(change.db, application.id):
        saml_settings.set_certificate_state(change.db, active.id, "retiring")
    saml_settings.set_certificate_state(change.db, staged.id, "active")
    return staged


def _take_back(change: Change, application: Application) -> Certificate:
    before = _one(change.db, application, "retiring", "There is no certificate before this one to go back to.", "It was retired already, or never was.")
    if saml_settings.certificates(change.db, application.id, ("staged",)):
        raise Refused("still-staged", "Another certificate is staged already.", "Take that one back first.")
    if active := saml_settings.active_certificate(change.db, application.id):
        saml_settings.set_certificate_state(change.db, active.id, "staged")
    saml_settings.set_certificate_state(change.db, before.id, "active")
    return before


def _restore(change: Change, application: Application) -> Certificate:
    if saml_settings.certificates(change.db, application.id, ("retiring",)):
        raise Refused("still-retiring", "Another certificate is on its way out already.", "Retire that one first.")
    return _move(change, application, "retired", "retiring")


def _move(change: Change, application: Application, begin: str, end: str) -> Certificate:
    """The certificate in one state put into another."""
    found = _one(change.db, application, begin, f"No certificate is {begin}.", "usher apps certificate APP list shows those there are.")
    saml_settings.set_certificate_state(change.db, found.id, end)
    return found


def _one(db: Db, application: Application, state: str, missing: str, hint: str) -> Certificate:
    """The newest certificate in a state."""
    found = saml_settings.certificates(db, application.id, (state,))
    if not found:
        raise Refused(f"nothing-{state}", missing, hint)
    return found[0]


def _refuse_staged(db: Db, application: Application) -> None:
    if saml_settings.certificates(db, application.id, ("staged",)):
        raise Refused("still-staged", "A certificate is staged already.", "Activate it, or take it back first.")


def _with_saml(db: Db, app: str) -> Application:
    application = applications.find(db, app)
    if application.kind != "saml":
        raise Refused("no-sso", f"{application.label} has no SAML single sign-on.", "Only applications with SAML have a certificate.")
    return application


def _note(change: Change, application: Application, action: str, sha256: str) -> None:
    """What every step leaves behind."""
    applications.touch(change.db, application.id)
    change.record(action, application.label, {"sha256": sha256})
    change.event("application", application.id)


def _held(kept: Certificate, stands: CertificateState) -> HeldCertificate:
    return HeldCertificate(**vars(stands), place=kept.state, pem=kept.pem, id=kept.id)
