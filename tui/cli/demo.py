"""`usher demo`: a throw-away store with people, the stand-in provider, what to try, and the console on it all."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from typing import TYPE_CHECKING, NoReturn

import click

from tui.cli.context import Cli
from tui.cli.framework import Noun, pass_cli
from tui.cli.output import dump

if TYPE_CHECKING:
    from usher.sandbox.facts import DemoFacts
    from usher.sandbox.rehearsal import Rehearsal
    from usher.sandbox.remote import Remote

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
KINDS = ("too-many", "unavailable", "slow", "drop-before", "drop-after", "unauthorized", "no-patch", "html", "redirect")


class _Ended(BaseException):
    """Somebody asked the demo to end."""


@click.group(cls=Noun, invoke_without_command=True, short_help="A throw-away store with people and a stand-in provider to try everything on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Where the stand-in provider listens on 127.0.0.1 (default: any free port)."
)
@click.option("--no-console", is_flag=True, help="Stay in the foreground without the console; prints ready, ends on ctrl+C or SIGTERM.")
@click.option("--seats", type=click.IntRange(0, 1_000_000), default=50, show_default=True, metavar="N", help="How many active people the stand-in takes.")
@click.option("--strict", is_flag=True, help="The stand-in accepts the four attributes of Calendly's help alone: no e-mail.")
@click.option("--keep", is_flag=True, help="Leave the folder with the store behind at the end.")
@pass_cli
@click.pass_context
def demo(ctx: click.Context, cli: Cli, port: int, no_console: bool, seats: int, strict: bool, keep: bool) -> None:
    """A throw-away store with people and groups, and a stand-in service provider on loopback.

    Prints what to try, then opens the console. Nothing leaves this machine; your own store and files are not
    touched; at the end everything is removed. The commands below steer the stand-in of a demo that runs, from
    another terminal.
    """
    if ctx.invoked_subcommand is not None:
        return
    from usher.sandbox.rehearsal import Rehearsal

    if cli.store:
        raise click.UsageError("The demo makes a store of its own: --store does not go with it.", ctx)
    without = no_console or cli.output.json
    if not without:
        _need_a_terminal()
    cli.way = "command" if without else "terminal"
    rehearsal = Rehearsal(cli.actor, port=port, seats=seats, strict=strict, keep=keep)
    try:
        _end_in_order(_ENDINGS)
        with rehearsal:
            _tell(cli, rehearsal.facts)
            if without:
                _stay(cli, rehearsal)
            _open_console(cli, rehearsal)
    except _Ended:
        pass
    finally:
        _farewell(cli, rehearsal, keep)


def _need_a_terminal() -> None:
    """Refuses before anything is made where the console could not be shown."""
    from store.errors import Refused
    from tui.terminal import prepare

    try:
        prepare()
    except Refused as error:
        raise Refused(error.code, error.message, "Without the console: usher demo --no-console") from error


def _end_in_order(signals: tuple[signal.Signals, ...]) -> None:
    """Each of these signals ends the demo once; a second one does not disturb the clearing up."""

    def end(*_: object) -> NoReturn:
        _ignore_endings()
        raise _Ended

    for each in signals:
        signal.signal(each, end)


def _ignore_endings() -> None:
    """From here on only the clearing up is left to do."""
    for each in _ENDINGS:
        signal.signal(each, signal.SIG_IGN)


def _stay(cli: Cli, rehearsal: Rehearsal) -> NoReturn:
    """Says `ready` and waits for the end."""
    print("ready", file=sys.stderr if cli.output.json else sys.stdout, flush=True)
    while rehearsal.provider_runs():
        time.sleep(0.5)
    from store.errors import Failed

    raise Failed("stand-in-gone", "The stand-in provider ended by itself.", "Start the demo again.")


def _open_console(cli: Cli, rehearsal: Rehearsal) -> None:
    """The console on the rehearsal's store; it returns when the operator leaves it. It finds the facts by USHER_DEMO."""
    from tui.app import run_console

    rehearsal.session.confined = cli.confined
    try:
        run_console(rehearsal.session, read_only=cli.read_only, ends="The rehearsal and everything in it is removed.")
    finally:
        _ignore_endings()  # the console's event loop has taken the handlers away, and the clearing up comes next


def _tell(cli: Cli, facts: DemoFacts) -> None:
    """Where everything is and what to try: one JSON document, or a page to read."""
    if cli.output.json:
        print(dump(facts.document()), flush=True)
        return
    cli.output.say(*_page(facts))
    sys.stdout.flush()


def _page(facts: DemoFacts) -> list[str]:
    return [
        f"A rehearsal: {facts.people} people in {len(facts.groups)} groups, and a stand-in service provider that behaves as Calendly's documents say.",
        "",
        f"  Stand-in provider  {facts.page}  (open it in a browser to see who is in it; {facts.seats} seats)",
        f"  Base URL           {facts.base_url}",
        f"  Token Key          the one line of {facts.token_file}",
        f"  Store              {facts.store}",
        f"  Portal             {facts.identity_provider}/  sign in as {facts.person} with the password {facts.password}",
        f"  Stand-in, SAML     {facts.application}/  (the application people are asserted to, once step 8 is done)",
        "",
        "For commands in another terminal, paste there:",
        "",
        f"  . {shlex.quote(str(facts.shell_file))}",
        f"  cat {shlex.quote(str(facts.token_file))}",
        "",
        "What to try, in the console or as commands:",
        *(
            line
            for number, step in enumerate(facts.steps, 1)
            for line in ("", f"{number}. {step.title}", f"   {step.console}", *(f"     {each}" for each in step.commands))
        ),
        "",
        f"Nothing leaves this machine. At the end everything is removed: {facts.folder}",
    ]


def _farewell(cli: Cli, rehearsal: Rehearsal, keep: bool) -> None:
    """What became of it all, once it was set up."""
    if cli.output.json or not rehearsal.was_set_up:
        return
    what = "is kept" if keep else "was removed"
    cli.output.say(f"The rehearsal is over: the stand-in provider was stopped, {rehearsal.facts.folder} {what}.")


def _remote() -> Remote:
    """The stand-in of the demo that USHER_DEMO names."""
    from usher.sandbox.remote import of_rehearsal

    return of_rehearsal(os.environ.get("USHER_DEMO"))


@demo.command(short_help="Make the stand-in go wrong.", example="usher demo fault too-many --count 3 --seconds 1")
@click.argument("kind", type=click.Choice([*KINDS, "none"]))
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="For how many requests.")
@click.option("--until-cleared", is_flag=True, help="For every request, until `usher demo fault none`.")
@click.option("--seconds", type=click.FloatRange(0, 600), default=None, metavar="X", help="How long: Retry-After of too-many, delay of slow (default: 2).")
@click.option("--method", "methods", multiple=True, metavar="METHOD", help="Only requests with this method (may be given again).")
@click.option("--skip", type=click.IntRange(0), default=0, metavar="N", help="Let this many requests through first.")
@pass_cli
def fault(cli: Cli, kind: str, count: int, until_cleared: bool, seconds: float | None, methods: tuple[str, ...], skip: int) -> None:
    """Make the stand-in go wrong for the next requests; `none` puts everything right again."""
    remote = _remote()
    state = remote.clear() if kind == "none" else remote.fault(kind, count=-1 if until_cleared else count, seconds=seconds, methods=methods, skip=skip)
    waiting = ", ".join(f"{each['kind']} ({'until cleared' if each['count'] == -1 else each['count']})" for each in state["faults"])
    cli.output.result(f"Waiting for requests: {waiting}." if waiting else "Nothing is going wrong.", state)


@demo.command(short_help="Change the stand-in's number of seats.", example="usher demo seats 10")
@click.argument("number", type=click.IntRange(0, 1_000_000), metavar="N")
@pass_cli
def seats(cli: Cli, number: int) -> None:
    """Change the stand-in's number of seats. Nobody loses a seat that is taken."""
    state = _remote().seats(number)
    cli.output.result(f"{state['taken']} of {state['seats']} seats are taken.", state)


@demo.command(short_help="Who is in the stand-in.", example="usher demo people")
@pass_cli
def people(cli: Cli) -> None:
    """Who is in the stand-in, as it holds them."""
    found = _remote().users()
    if cli.output.json:
        cli.output.document(found)
        return
    rows = [(each["username"], each["display_name"], each["email"], each["external_id"], "active" if each["active"] else "deactivated") for each in found]
    cli.output.table(["userName", "displayName", "emails.value", "externalId", "state"], rows, empty="Nobody has been pushed there yet.")


@demo.command(short_help="The requests that reached the stand-in.", example="usher demo requests")
@pass_cli
def requests(cli: Cli) -> None:
    """The SCIM requests that reached the stand-in, oldest first, each with the status it got."""
    found = _remote().requests()
    if cli.output.json:
        cli.output.document(found)
        return
    rows = [(each["method"], each["target"], each["status"] or "cut", each["fault"]) for each in found]
    cli.output.table(["method", "target", "status", "fault"], rows, empty="Nothing has come in yet.")
