"""Tables, colours and the progress bar, at a terminal and without one."""

from __future__ import annotations

import contextlib
import io

import pytest

from tui.cli.output import Output, Progress, progress_line


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def at_terminal(columns: list[str], rows: list[tuple[str, ...]]) -> str:
    """What a table looks like at a terminal of 40 columns."""
    with contextlib.redirect_stdout(Terminal()) as stream:
        Output().table(columns, rows)
    return stream.getvalue()


ROWS = [("Calendly", "succeeded", "a long sentence that does not fit into forty cells"), ("Wiki", "failed", "short")]
COLUMNS = ["app", "result", "detail"]


def test_a_piped_table_is_whole_and_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(COLUMNS, ROWS)
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["APP", "RESULT", "DETAIL"]
    assert first.endswith("forty cells")
    assert first.index("succeeded") == second.index("failed") == head.index("RESULT")


def test_a_table_at_a_terminal_is_cut_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = at_terminal(COLUMNS, ROWS).splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[1].endswith("…")


def test_words_of_state_have_colours_at_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[31mfailed" in at_terminal(["result"], [("failed",)])
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in at_terminal(["result"], [("failed",)])


def test_a_value_cannot_send_commands_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(["user"], [("\x1b]52;c;aGk=\x07",)])
    Output().say("\x1b[2J")
    Output().error("x", "\x1b[2J", "")
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err


def test_an_array_is_written_row_by_row_and_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    Output(json=True).stream([[{"a": 1}], [], [{"a": 2}, {"a": "ü"}]])
    assert json.loads(capsys.readouterr().out) == [{"a": 1}, {"a": 2}, {"a": "ü"}]
    Output(json=True).stream([])
    assert json.loads(capsys.readouterr().out) == []


def test_the_bar_says_how_far_how_fast_and_how_long() -> None:
    line = progress_line(50, 200, 2, "", 10.0)
    assert all(part in line for part in ("50/200", "25%", "5/s", "30 s left", "2 failed"))


def test_the_bar_is_drawn_at_a_terminal_and_taken_away() -> None:
    stream = Terminal()
    with Progress(stream, shown=True) as bar:
        bar.update(5, 5)
    assert "5/5" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_no_bar_is_drawn_where_nobody_looks() -> None:
    stream = io.StringIO()
    with Progress(stream, shown=False) as bar:
        bar.update(5, 5)
    assert stream.getvalue() == ""
