"""`usher apps todo`: what is still to be done at an application, here and there."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli

if TYPE_CHECKING:
    from usher.services.still_to_do import Task


@click.command("todo", cls=Command, example="usher apps todo Calendly")
@click.argument("app")
@click.option("--all", "everything", is_flag=True, help="Also what is done.")
@pass_cli
def todo(cli: Cli, app: str, everything: bool) -> None:
    """What is still to be done, here and at the application, step by step, with the values to enter there."""
    from usher.services import applications, still_to_do

    detail = applications.get(cli.session, app)
    found, label = still_to_do.of(detail), detail.label
    if cli.output.json:
        cli.output.document([_document(task) for task in found])
        return
    left = [task for task in found if everything or not task.done]
    if not left:
        cli.output.say("Nothing is left to do.")
    for task in left:
        cli.output.say(f"{'✓' if task.done else '○'} {task.text}{'' if task.place == 'here' else '  (at the application)'}")
        cli.output.say(*(f"    {line}" for line in task.how), *(f"    {value.title}: {value.text or _how_to_get(value.key, label)}" for value in task.values))


def _how_to_get(key: str, label: str) -> str:
    """For what is a file: the command that gives it."""
    return f"usher apps metadata {shlex.quote(label)}" if key == "metadata" else f"usher apps certificate {shlex.quote(label)} --output -"


def _document(task: Task) -> dict[str, object]:
    """A step as JSON."""
    from dataclasses import asdict

    return {**asdict(task), "how": list(task.how), "values": [asdict(value) for value in task.values]}
