"""A short load on `usher serve`; the long one is `make bench` (tests/bench/bench_load.py)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.bench import bench_load


def test_four_clients_at_once_get_no_error_and_memory_stays_flat() -> None:
    found = bench_load.measure(3.0, ThreadPoolExecutor)
    assert not found.errors
    assert found.answers > found.asserted > 0
    assert found.grown < 3 * bench_load.GROWTH, f"{found.grown:.1f} MB more"
