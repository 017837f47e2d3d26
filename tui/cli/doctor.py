"""`usher doctor`: examines the store, its key and the machine."""

from __future__ import annotations

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli


@click.command(cls=Command, short_help="Examine the store, its key and this machine.", example="usher doctor")
@pass_cli
def doctor(cli: Cli) -> int:
    """Examine the store, its key and this machine; changes nothing.

    Ends with 1 when something is bad, with 4 when it is the store or its key.
    """
    from usher.services import doctor as service

    findings = service.examine(cli.store_path, key_file=cli.key_file)
    if cli.output.json:
        cli.output.document([{"level": f.level, "subject": f.subject, "message": f.message, "hint": f.hint} for f in findings])
    else:
        cli.output.table(["level", "subject", "finding"], [(f.level, f.subject, f"{f.message} {f.hint}".strip()) for f in findings])
    bad = {f.subject for f in findings if f.level == "bad"}
    return 4 if bad & {"store", "key"} else 1 if bad else 0
