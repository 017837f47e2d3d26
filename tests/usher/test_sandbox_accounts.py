"""Seats under requests that come at once."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from usher.sandbox.accounts import Accounts
from usher.sandbox.rules import Rules
from usher.sandbox.scim import ScimSide
from usher.sandbox.web import Answer, Request


class SlowToCount(Accounts):
    """Leaves everybody else time to slip in between the count and the write that follows from it."""

    def taken(self) -> int:
        counted = super().taken()
        time.sleep(0.003)
        return counted


def send(side: ScimSide, method: str, path: str, body: dict[str, Any]) -> Answer:
    request = Request(method, path, {}, {"content-type": "application/scim+json"}, json.dumps(body).encode())
    return side.answer(request, path, "http://127.0.0.1/scim/example/v2")


def test_seats_are_not_overbooked_by_reactivations_at_once() -> None:
    accounts = SlowToCount(seats=3)
    side = ScimSide(accounts, Rules())
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
    bodies = [{"schemas": schemas, "userName": f"p{number}@example.com", "displayName": "P", "active": False} for number in range(12)]
    ids = [json.loads(send(side, "POST", "/Users", body).body)["id"] for body in bodies]
    on = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "active", "value": True}]}
    with ThreadPoolExecutor(6) as pool:
        statuses = Counter(pool.map(lambda user_id: send(side, "PATCH", f"/Users/{user_id}", on).status, ids))
    assert statuses == {204: 3, 403: 9}
    assert accounts.taken() == 3
