"""The first sign-in after a start, in a store with 500 applications against one with a single application, in the same run.

Every application has SSO active and a sealed key of its own. Nothing is at hand at first: no opened key, no parsed certificate, no
master key. Counted in processor time, and in how many private keys were opened for it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402

from store.migrations import open_current  # noqa: E402
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION  # noqa: E402
from tests.usher.portal.kit import PASSWORD  # noqa: E402
from usher.saml import keys  # noqa: E402
from usher.services import applications, authorizations, directory, federation, parties, passwords, portal_sessions, sso  # noqa: E402
from usher.services.session import Session  # noqa: E402
from usher.services.setup import create_store  # noqa: E402

APPLICATIONS, ROUNDS, LIMIT = 500, 15, 1.5
GRACE = "grace@harbour.example"


def furnish(folder: Path, count: int) -> Path:
    """A store with so many applications that Grace may use. Key pairs are few, so that making them does not take minutes: each is
    certified and sealed anew for its application."""
    place = folder / str(count) / "usher.db"
    session = Session(
        create_store(place, folder / f"{count}.key", organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR), ADMINISTRATOR, folder / f"{count}.key"
    )
    directory.add_group(session, "Engineering")
    directory.add_user(session, GRACE, GRACE)
    directory.add_members(session, "Engineering", [GRACE])
    passwords.set_password(session, GRACE, PASSWORD)
    with few_pairs():
        for number in range(count):
            name = f"Application {number:03}"
            applications.add(session, "custom-saml", label=name, slug=f"application{number}")
            values = {
                "sp_entity_id": f"urn:application:{number}",
                "acs_urls": f"https://app{number}.example.com/acs",
                "idp_entity_id": f"{ORGANIZATION} {number}",
            }
            sso.set_fields(session, name, values)
            sso.activate(session, name)
            authorizations.authorize(session, name, ["Engineering"])
    session.store.close()
    return place


@contextmanager
def few_pairs() -> Iterator[None]:
    """Key pairs out of a handful."""
    made = cycle([rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(4)])
    with patch.object(rsa, "generate_private_key", lambda **_: next(made)):
        yield


def first(place: Path, key: Path, application: str) -> tuple[float, int]:
    """Processor seconds of the first sign-in by a tile, and how many private keys were opened for it."""
    opened: list[object] = []
    honest = keys.open_own

    def counted(pem: Any) -> Any:
        opened.append(pem)
        return honest(pem)

    store = open_current(place)
    session = Session(store, ADMINISTRATOR, key)
    token = portal_sessions.begin(session, directory.get_user(session, GRACE).id, address="127.0.0.1", agent="")
    visitor = portal_sessions.find(session, token)
    assert visitor is not None
    id_ = applications.get(session, application).id
    for forget in (keys.one_line, keys.public_key_of):
        forget.cache_clear()
    with patch.object(parties, "_RING", keys.KeyRing()), patch.object(keys, "open_own", counted):
        begin = time.process_time()
        prepared = federation.launch(session, id_, visitor, "127.0.0.1")
        with store.transaction() as db:
            prepared.job(db)
        spent = time.process_time() - begin
    store.close()
    return spent, len(opened)


def measure(folder: Path, count: int) -> tuple[float, int, float]:
    """How much longer the first sign-in takes among `count` applications than alone, the keys opened for it, and its milliseconds."""
    many, one = furnish(folder, count), furnish(folder, 1)
    spent: dict[Path, list[float]] = {many: [], one: []}
    opened = 0
    for number in range(ROUNDS):
        for place, name in ((one, "Application 000"), (many, f"Application {(number * 37) % count:03}")):
            seconds, keys_opened = first(place, place.parent.with_suffix(".key"), name)
            spent[place].append(seconds)
            opened = max(opened, keys_opened)
    return statistics.median(spent[many]) / statistics.median(spent[one]), opened, statistics.median(spent[many]) * 1000


def main() -> int:
    """Prints the ratio; 1 when it is too high, or when more than one key was opened."""
    with tempfile.TemporaryDirectory() as folder:
        ratio, opened, milliseconds = measure(Path(folder), APPLICATIONS)
    print(f"first sign-in: among {APPLICATIONS} applications {ratio:.2f} of one among 1 (limit: at most {LIMIT}), {milliseconds:.1f} ms of processor time")
    print(f"first sign-in: {opened} private key opened for it (limit: 1)")
    return int(ratio > LIMIT or opened != 1)


if __name__ == "__main__":
    sys.exit(main())
