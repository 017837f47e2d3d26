"""Seats under requests that come at once."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from usher.sandbox.accounts import Accounts
from usher.sandbox.rules import Rules
from usher.sandbox.scim import ScimSide
from usher.sandbox.web import Request


class SlowToCount(Accounts):
    """Leaves everybody else time to slip in between the write and the count."""

    def taken(self) -> int:
        time.sleep(0.003)
        return super().taken()


def test_seats_are_neither_overbooked_nor_left_empty_by_requests_at_once() -> None:
    accounts = SlowToCount(seats=10)
    side = ScimSide(accounts, Rules())

    def create(number: int) -> int:
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"p{number}@example.com", "displayName": "P", "active": True}
        request = Request("POST", "/Users", {}, {"content-type": "application/scim+json"}, json.dumps(body).encode())
        return side.answer(request, "/Users", "http://127.0.0.1/scim/example/v2").status

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(create, range(30)))
    assert statuses == {201: 10, 403: 20}
    assert len(accounts.views()) == accounts.taken() == 10
