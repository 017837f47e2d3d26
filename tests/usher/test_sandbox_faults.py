"""Which request meets which fault."""

from __future__ import annotations

from typing import Any

import pytest

from usher.sandbox.faults import FOREVER, MEANINGS, Fault, FaultKind, Faults, parse
from usher.sandbox.web import Request

READ = Request("GET", "/Users", {}, {})
WRITE = Request("POST", "/Users", {}, {})
CHANGE = Request("PATCH", "/Users/1", {}, {})


def hits(faults: Faults, *requests: Request) -> list[str]:
    met = [faults.hit(request) for request in requests]
    return [fault.kind.value if fault else "" for fault in met]


def armed(*several: Fault) -> Faults:
    faults = Faults()
    for fault in several:
        faults.add(fault)
    return faults


def test_a_fault_is_met_as_often_as_its_count_says() -> None:
    assert hits(armed(Fault(FaultKind.SLOW, count=2)), READ, READ, READ) == ["slow", "slow", ""]


def test_a_fault_may_last_until_it_is_cleared() -> None:
    faults = armed(Fault(FaultKind.HTML, count=FOREVER))
    assert hits(faults, *[READ] * 50) == ["html"] * 50
    faults.clear()
    assert hits(faults, READ) == [""]


def test_a_fault_may_concern_some_methods_only() -> None:
    assert hits(armed(Fault(FaultKind.DROP_AFTER, methods=("POST",))), READ, WRITE, WRITE) == ["", "drop-after", ""]


def test_no_patch_concerns_patches_only() -> None:
    assert hits(armed(Fault(FaultKind.NO_PATCH)), WRITE, CHANGE) == ["", "no-patch"]


def test_a_fault_may_spare_the_first_requests() -> None:
    assert hits(armed(Fault(FaultKind.DROP_BEFORE, skip=2)), READ, READ, READ) == ["", "", "drop-before"]


def test_the_oldest_fault_that_concerns_a_request_is_met_first() -> None:
    faults = armed(Fault(FaultKind.NO_PATCH, count=FOREVER), Fault(FaultKind.TOO_MANY))
    assert hits(faults, READ, CHANGE) == ["too-many", "no-patch"]


def test_every_kind_has_its_meaning_in_words() -> None:
    assert set(MEANINGS) == set(FaultKind)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"kind": "gremlins"},
        {"kind": "slow", "count": 0},
        {"kind": "slow", "count": True},
        {"kind": "slow", "seconds": -1},
        {"kind": "slow", "seconds": 1e9},
        {"kind": "slow", "methods": "POST"},
        {"kind": "slow", "skip": -1},
        {"kind": "slow", "often": 3},
        {"kind": ["slow"]},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_words(document: Any) -> None:
    with pytest.raises(ValueError, match=r"\w \w.*\."):
        parse(document)


def test_a_fault_is_read_from_json() -> None:
    assert parse({"kind": "too-many", "count": 3, "seconds": 1, "methods": ["post"], "skip": 1}) == Fault(FaultKind.TOO_MANY, 3, 1.0, ("POST",), 1)
