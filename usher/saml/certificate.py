"""The certificate an application knows the identity provider by: made, and judged by how long it lasts.

Each application has its own key pair and self-signed certificate; service providers pin it, nobody builds a
chain from it. `cryptography` is imported when one is made.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store.ids import moment, stamp
from store.records import dataclass
from store.secrets import Secret

LASTS = timedelta(days=5 * 365)
STEPS = (60, 30, 7, 1)
"""Days before the end from which on it is said, and said more plainly."""

EXPIRING = timedelta(days=STEPS[0])
_BACKDATED = timedelta(hours=1)
_LONGEST_NAME = 64


@dataclass(frozen=True)
class CertificateState:
    """Until when a certificate holds: `state` is valid, expiring (60 days or fewer left) or expired; `days_left`
    whole days, below 0 once it is over; `step` the one of `STEPS` that was reached last, 0 before them and after the end;
    `sha256` the fingerprint of its DER, hex without colons."""

    not_before: str
    not_after: str
    sha256: str
    state: str
    days_left: int
    step: int

    @property
    def urgent(self) -> bool:
        """Whether somebody must act now: it is over, or will be within a week."""
        return self.state == "expired" or self.step in STEPS[2:]


@dataclass(frozen=True)
class Made:
    """A new certificate with its private key (PKCS #8, PEM)."""

    pem: str
    sha256: str
    not_before: str
    not_after: str
    private_key: Secret


def make(common_name: str, organization: str, now: datetime) -> Made:
    """An RSA-2048 key pair and its certificate, self-signed with SHA-256, from an hour ago (clocks differ) for five years."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    begin, end = now.replace(microsecond=0) - _BACKDATED, now.replace(microsecond=0) + LASTS
    names = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common_name)]
    subject = x509.Name([x509.NameAttribute(oid, name[:_LONGEST_NAME]) for oid, name in names if name])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(end).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Made(
        pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        not_before=stamp(begin),
        not_after=stamp(end),
        private_key=Secret(private.decode()),
    )


def der_of(pem: str) -> bytes:
    """The octets of a certificate given as PEM."""
    import base64  # an import that no list of applications needs

    return base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-----")))


def state(not_before: str, not_after: str, sha256: str, now: datetime) -> CertificateState:
    """How a certificate stands at a moment."""
    left = moment(not_after) - now
    word = "expired" if left <= timedelta(0) else "expiring" if left <= EXPIRING else "valid"
    reached = [days for days in STEPS if timedelta(0) < left <= timedelta(days=days)]
    return CertificateState(not_before, not_after, sha256, word, left // timedelta(days=1), min(reached, default=0))
