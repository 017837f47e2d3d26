"""How a table's lines are drawn: its header, a row, and what stands there when there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from tui.widgets.ink import Spans, fit, width_of
from tui.widgets.source import Column

R = TypeVar("R")


def header(columns: Sequence[tuple[Column[R], int]], sorted_by: tuple[str, bool], tickable: bool) -> Spans:
    """The titles over their columns (each with its width), an arrow at the one the rows are ordered by (title, downwards)."""
    spans: list[Any] = ["  " if tickable else " "]
    for column, size in columns:
        marker = (" ↓" if sorted_by[1] else " ↑") if column.title and sorted_by[0] == column.title else ""
        spans += [" ", *fit([(column.title, "dim"), (marker, "accent")], size, column.align), " "]
    return spans


def cells(columns: Sequence[tuple[Column[R], int]], row: R, cursor: bool, tick: bool | None) -> Spans:
    """A row: the cursor's bar, the tick (None where nothing can be ticked), and a cell for each column."""
    spans: list[Any] = [("▌" if cursor else " ", "accent")]
    if tick is not None:
        spans.append(("✓" if tick else " ", "accent bold"))
    for column, size in columns:
        spans += [" ", *fit(column.cell(row), size, column.align), " "]
    return spans


def empty_line(lines: Sequence[Any], y: int, height: int, width: int) -> Spans:
    """The line at `y` of what a table without rows says, in the middle of its upper half."""
    at = y - max(1, (height - len(lines)) // 3)
    return [" " * max(0, (width - width_of(lines[at])) // 2), lines[at]] if 0 <= at < len(lines) else ""
