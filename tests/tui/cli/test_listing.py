"""What `--help` says without loading anything is what the commands themselves say."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from tests.tui.cli.conftest import Usher
from tui.cli.listing import COMMANDS, PLACES, help_text, version_text
from tui.cli.opening import opens_console
from tui.cli.program import root


def every_command(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    with click.Context(group, info_name="usher") as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            assert command is not None, name
            yield (*words, name), command
            if isinstance(command, click.Group):
                yield from every_command(command, (*words, name))


ALL = dict(every_command(root))


def help_of(words: tuple[str, ...]) -> str:
    return ALL[words].get_help(click.Context(ALL[words], info_name=f"usher {' '.join(words)}"))


def test_each_line_of_the_help_is_the_commands_own() -> None:
    assert {name: line for name, _, line in COMMANDS} == {name: ALL[(name,)].short_help for name, _, _ in COMMANDS}


def test_each_command_fits_its_line() -> None:
    assert max(map(len, help_text().splitlines())) <= 110
    assert max(len(name) for name, _, _ in COMMANDS) <= 10


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_says_what_it_does_and_gives_an_example(words: tuple[str, ...]) -> None:
    text = help_of(words)
    assert ALL[words].get_short_help_str()
    if not isinstance(ALL[words], click.Group):
        assert f"usher {' '.join(words)}" in text.split("Example:")[-1]


@pytest.mark.parametrize("words", [words for words, command in ALL.items() if not isinstance(command, click.Group)], ids=" ".join)
def test_every_command_takes_json_and_quiet(words: tuple[str, ...]) -> None:
    assert "--json" in help_of(words)
    assert "--quiet" in help_of(words)


def test_the_help_is_the_same_whichever_way_it_is_asked_for(bare: Usher) -> None:
    assert bare("--json", "--help").out == bare("-q", "--help").out == help_text()


def test_the_version_is_the_same_whichever_way_it_is_asked_for(bare: Usher) -> None:
    assert bare("-q", "--version").out == version_text()


@pytest.mark.parametrize(
    ("words", "terminal", "console"),
    [
        (["app", "Calendly"], False, True),
        (["overview"], False, True),
        (["apps"], True, True),
        (["apps"], False, False),
        (["apps", "list"], True, False),
        (["log"], True, True),
        (["log"], False, False),
        (["log", "calendly"], True, True),
        (["log", "show", "X"], True, False),
        (["log", "--limit", "5"], True, False),
        (["activity"], True, True),
        (["activity", "verify"], True, False),
        (["settings", "list"], True, False),
        (["push", "Calendly"], True, False),
    ],
)
def test_a_place_is_told_from_a_command(words: list[str], terminal: bool, console: bool) -> None:
    assert opens_console(words, at_terminal=terminal) is console


def test_every_place_named_in_the_help_is_a_place() -> None:
    assert set(PLACES) >= {"apps", "app", "users", "groups", "pushes", "log", "activity", "settings"}
