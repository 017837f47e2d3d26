"""Words to and from a person."""

from __future__ import annotations

import pytest

from store.errors import UsageError
from tui.cli.text import assignments, clean, csv_cell, cut, listed, pad, plural, since, width

NOW = "2026-03-02T09:00:00.000Z"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("24h", "2026-03-01T09:00:00.000Z"),
        ("7d", "2026-02-23T09:00:00.000Z"),
        ("30m", "2026-03-02T08:30:00.000Z"),
        ("2w", "2026-02-16T09:00:00.000Z"),
        ("2026-03-01", "2026-03-01T00:00:00.000Z"),
        ("2026-03-01T10:30", "2026-03-01T10:30:00.000Z"),
        ("2026-03-01T10:30:00Z", "2026-03-01T10:30:00.000Z"),
        ("2026-03-01T10:30:00+02:00", "2026-03-01T08:30:00.000Z"),
        ("99999999d", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_a_time_is_an_iso_time_or_an_age(typed: str, meant: str) -> None:
    assert since(typed, NOW) == meant


@pytest.mark.parametrize("typed", ["", "yesterday", "24", "h", "-5h", "2026-13-01", "1.5h", "٣h"])
def test_what_is_no_time_is_refused_with_the_ways_to_write_one(typed: str) -> None:
    with pytest.raises(UsageError, match="30m, 24h, 7d"):
        since(typed, NOW)


def test_a_value_may_hold_anything_also_nothing_and_an_equals_sign() -> None:
    assert assignments(("a=1", "b=", "url=https://x?y=z")) == {"a": "1", "b": "", "url": "https://x?y=z"}


@pytest.mark.parametrize("words", [("label",), ("=x",), ("",), ("a=1", "a=2")])
def test_what_is_no_assignment_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        assignments(words)


def test_control_and_direction_characters_are_shown_instead_of_obeyed() -> None:
    assert clean("a\x1b[31mb\x07\u202ec\nd\te") == "a\\x1b[31mb\\x07\\u202ec⏎d e"
    assert clean("Zoë 山田 🎉") == "Zoë 山田 🎉"


def test_wide_characters_take_two_cells_and_accents_none() -> None:
    assert (width("abc"), width("山田"), width("e\u0301")) == (3, 4, 1)
    assert (cut("山田太郎", 5), cut("abcdef", 4), cut("abc", 3)) == ("山田…", "abc…", "abc")
    assert (pad("山", 4), pad("7", 3, right=True)) == ("山  ", "  7")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(cell: str) -> None:
    assert csv_cell(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    assert [csv_cell(value) for value in ("ada", "", 5, None)] == ["ada", "", 5, None]


def test_counts_and_lists_read_as_sentences() -> None:
    assert (plural(1, "account"), plural(2000, "account"), plural(0, "person", "people")) == ("1 account", "2,000 accounts", "0 people")
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed(("a", "b", "c"))) == ("", "a", "a and b", "a, b and c")
