"""The virtual table holds a window of rows, whatever their number, and keeps its place by row id."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tui.widgets.gauges import bar, columns, impact, sparkline
from tui.widgets.ink import fit, flat, spread, width_of
from tui.widgets.matching import matches
from tui.widgets.source import Column, ListSource, layout
from tui.widgets.window import KEEP, PAGE, Window


@dataclass
class Numbers:
    """Rows that are even numbers, by key; `gone` ones were deleted."""

    last: int
    slow: bool = False
    read: int = 0
    gone: frozenset[int] = frozenset()

    def count(self) -> int:
        return self.last + 1 - len(self.gone)

    def forward(self, after: int | None, limit: int) -> list[int]:
        return self._page([n for n in range(0 if after is None else after + 1, self.last + 1)[: limit + len(self.gone)] if n not in self.gone][:limit])

    def backward(self, before: int | None, limit: int) -> list[int]:
        end = self.last + 1 if before is None else before
        return self._page([n for n in range(max(0, end - limit - len(self.gone)), end) if n not in self.gone][-limit:])

    def at(self, index: int, limit: int) -> list[int]:
        return self._page(list(range(index, min(self.last + 1, index + limit))))

    def position(self, row: int) -> int:
        return row - sum(n < row for n in self.gone)

    def id(self, row: int) -> str:
        return str(row)

    def sort(self, column: Column[int], reverse: bool) -> None:
        pass

    def _page(self, rows: list[int]) -> list[int]:
        self.read += len(rows)
        return rows


def test_a_million_rows_are_opened_by_reading_one_page() -> None:
    source = Numbers(999_999)
    window = Window(source)
    window.read()
    assert (window.height, source.read) == (1_000_000, PAGE)


def test_scrolling_through_keeps_only_a_window_in_memory() -> None:
    window = Window(Numbers(999_999))
    window.read()
    for at in range(0, 20_000, 37):
        window.cover(at - 20, at + 20)
        assert window.get(at) == at
        assert len(window.rows) <= KEEP + PAGE
    for at in range(20_000, 10_000, -41):
        window.cover(at - 20, at + 20)
        assert window.get(at) == at


@pytest.mark.parametrize("at", [0, 1, 500_000, 999_998, 999_999])
def test_a_jump_reads_where_it_lands(at: int) -> None:
    source = Numbers(999_999)
    window = Window(source)
    window.read()
    window.cover(at - 20, at + 21)
    assert window.get(at) == at
    assert source.read <= 4 * PAGE


def test_a_refresh_finds_the_row_again_and_takes_the_next_one_when_it_is_gone() -> None:
    source = Numbers(5_000)
    window = Window(source)
    window.read()
    window.cover(3_000, 3_010)
    assert window.read_around(3_005) == 3_005
    source.gone = frozenset({10, 3_005})
    at = window.read_around(3_005)
    assert (at, window.get(at)) == (3_004, 3_006)


def test_an_uncounted_source_grows_as_it_is_read() -> None:
    window = Window(Numbers(999, slow=True))
    window.read()
    assert window.total is None and window.height == PAGE + 1
    window.cover(0, PAGE + 1)
    assert window.height == 2 * PAGE + 1
    window.read_last()
    assert window.get(999) == 999


def test_a_list_in_memory_is_ordered_and_a_deleted_row_leaves_its_place() -> None:
    source: ListSource[str] = ListSource(["b", "a", "c"], str)
    source.sort(Column("Name", str, sort=str), True)
    assert source.rows == ["c", "b", "a"]
    source.replace(["a", "c"])
    assert source.position("b") == 1


def test_columns_give_way_by_priority_and_share_what_is_left() -> None:
    columns_ = [Column[str]("A", str, 10, grow=1, most=14), Column[str]("B", str, 10, drop=1), Column[str]("C", str, 10, drop=2)]
    assert [column.title for column, _ in layout(columns_, 23)] == ["A", "B"]
    assert [size for _, size in layout(columns_, 60)] == [14, 10, 10]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [("cal", True), ("CAL desk", False), ("!travel", True), ("!cal", False), ("", True), ("!", False)],
)
def test_a_filter_takes_every_word_and_leaves_out_the_negated(filter_: str, found: bool) -> None:
    assert matches("Calendly by the sea", filter_) is found


def test_text_from_elsewhere_cannot_command_the_terminal() -> None:
    assert flat("a\x1b]0;x\x07b\u202e\n") == [("a ]0;x b  ", "")]


@pytest.mark.parametrize("width", range(12))
def test_text_is_cut_to_exactly_its_cells(width: int) -> None:
    assert width_of(fit([("日本", "ok"), "語abc"], width)) == width
    assert width_of(spread("left side", [("right", "dim")], width)) == width


def test_small_drawings() -> None:
    assert "".join(text for text, _ in flat(bar(5, 10, 4))) == "██  "
    assert sparkline([0, 0.001, 8]) == (" ▁█", "accent")
    assert [text for text, _ in flat(columns([1, 2], 2))] == [" █", "██"]
    assert "".join(text for text, _ in flat(impact({"create": 12, "deactivate": 4}))) == "+ 12 create · ○ 4 deactivate"
