"""The gate keeps everybody's time: pacing, Retry-After, backing off, and finding the speed again. Time is the tests' own."""

from __future__ import annotations

import asyncio

import pytest

from usher.scim.gate import Gate


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def gate(self, rate: float | None = None, jitter: float = 1.0) -> Gate:
        return Gate(rate, sleep=self.sleep, monotonic=lambda: self.now, wall=lambda: self.now, jitter=lambda: jitter)


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


def turns(gate: Gate, count: int, write: bool = True) -> None:
    async def run() -> None:
        for _ in range(count):
            await gate.turn(write)

    asyncio.run(run())


def test_without_a_rate_nobody_waits(fake: FakeTime) -> None:
    turns(fake.gate(0), 50)
    assert fake.slept == []


def test_writes_are_paced_and_reads_are_not(fake: FakeTime) -> None:
    gate = fake.gate(4)
    turns(gate, 9)
    assert fake.now == pytest.approx(1002)
    turns(gate, 5, write=False)
    assert fake.now == pytest.approx(1002)


def test_a_429_makes_everybody_wait_as_long_as_it_asks(fake: FakeTime) -> None:
    gate = fake.gate()
    assert gate.limited({"retry-after": "7"}, 1) == 7
    assert gate.waits == 7
    turns(gate, 1, write=False)
    assert fake.now == pytest.approx(1007)
    assert gate.waits == 0


def test_a_429_that_asks_nothing_doubles_the_wait_up_to_a_minute(fake: FakeTime) -> None:
    waits = []
    for attempt in range(1, 12):
        gate = fake.gate(10)
        gate.limited({}, attempt)
        waits.append(gate.waits)
    assert waits[:4] == [0.25, 0.5, 1.0, 2.0]
    assert waits[-1] == 60


def test_the_wait_is_spread_so_that_not_all_come_back_at_once(fake: FakeTime) -> None:
    gate = fake.gate(jitter=0.0)
    gate.back_off({}, 3)
    assert gate.waits == 0.5


def test_a_429_halves_the_rate_once_for_a_burst(fake: FakeTime) -> None:
    gate = fake.gate(8)
    for _ in range(4):
        gate.limited({"retry-after": "1"}, 1)
    assert gate.rate == 4


def test_without_a_rate_the_first_429_halves_what_was_measured(fake: FakeTime) -> None:
    gate = fake.gate()
    turns(gate, 40)
    fake.now += 2
    gate.limited({"retry-after": "1"}, 1)
    assert gate.rate == 10


def test_ten_clean_seconds_raise_the_rate_by_a_tenth_up_to_the_one_given(fake: FakeTime) -> None:
    gate = fake.gate(2)
    gate.limited({"retry-after": "0"}, 1)
    assert gate.rate == 1
    gate.clean()
    assert gate.rate == 1
    fake.now += 10
    gate.clean()
    gate.clean()
    assert gate.rate == pytest.approx(1.1)
    for _ in range(20):
        fake.now += 10
        gate.clean()
    assert gate.rate == 2


def test_a_second_refusal_of_the_token_in_a_row_is_told_apart(fake: FakeTime) -> None:
    gate = fake.gate()
    assert gate.refused() is False
    gate.clean()
    assert gate.refused() is False
    assert gate.refused() is True
