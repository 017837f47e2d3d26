"""Responses a second on one processor, as a ratio to the bare rate of RSA-2048 signatures of `cryptography` in the same run.

Issued: built and signed. Issued and verified: also read again, canonicalised and verified by our own verifier, which is how
each one leaves.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: E402

from tests.kit import ORGANIZATION  # noqa: E402
from usher.saml import certificate, contexts, issue, response  # noqa: E402
from usher.saml.keys import Signer, one_line, open_own  # noqa: E402
from usher.saml.parties import Acs, IdentityProvider, ServiceProvider  # noqa: E402

ROUNDS, SECONDS = 9, 0.6
ISSUED, VERIFIED = 0.85, 0.5


def rate(work: Callable[[], object]) -> float:
    """How often a second of processor time."""
    done, begin = 0, time.process_time()
    while (spent := time.process_time() - begin) < SECONDS:
        for _ in range(25):
            work()
        done += 25
    return done / spent


def parties() -> tuple[IdentityProvider, ServiceProvider, Signer]:
    """An identity provider and an application of usual size."""
    made = certificate.make("wiki", ORGANIZATION, datetime.now(UTC))
    idp = IdentityProvider("Harbour Works wiki", "https://sso.harbour.example/saml2/wiki", (made.pem,))
    sp = ServiceProvider("1", "Wiki", "https://wiki.example/saml/metadata", (Acs("https://wiki.example/saml/acs", 0),))
    return idp, sp, Signer(open_own(made.private_key), one_line(made.pem))


def main() -> int:
    idp, sp, signer = parties()
    attributes = tuple(issue.Attribute(name, (f"{name} of Ada",)) for name in ("email", "firstName", "lastName", "department"))
    person, now = issue.Person("ada@harbour.example", (*attributes, issue.Attribute("groups", ("Engineering", "Sales", "Berlin")))), datetime.now(UTC)
    login = issue.Login(now - timedelta(minutes=1), "_session", now + timedelta(hours=8), contexts.PASSWORD_PROTECTED)
    url, data = sp.acs[0].url, b"x" * 900
    works: dict[str, Callable[[], object]] = {
        "bare": lambda: signer.key.sign(data, PKCS1v15(), hashes.SHA256()),
        "issued": lambda: response.success(idp, sp, signer, person, login, now, url, "_request"),
        "verified": lambda: issue.asserted(idp, sp, signer, person, login, now, url, "_request"),
    }
    for work in works.values():
        work()
    measured: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            measured[name].append(rate(work))
    ratio = {name: statistics.median(each / bare for each, bare in zip(measured[name], measured["bare"], strict=True)) for name in works}
    bare = statistics.median(measured["bare"])
    print(f"saml: bare RSA-2048 of cryptography {bare:,.0f} signatures/s of processor time")
    print(f"saml: issued {statistics.median(measured['issued']):,.0f}/s: {ratio['issued']:.2f} of bare (limit: at least {ISSUED})")
    print(f"saml: issued and verified {statistics.median(measured['verified']):,.0f}/s: {ratio['verified']:.2f} of bare (limit: at least {VERIFIED})")
    return int(ratio["issued"] < ISSUED or ratio["verified"] < VERIFIED)


if __name__ == "__main__":
    sys.exit(main())
