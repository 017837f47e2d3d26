"""The way in. `--version` and `--help` are answered at once; everything else loads the program."""

from __future__ import annotations

import sys


def main() -> None:
    """What the console script `usher` calls."""
    words = sys.argv[1:]
    if words == ["--version"]:
        from tui.cli.listing import version_text as text
    elif words == ["--help"]:
        from tui.cli.listing import help_text as text
    else:
        import gc

        gc.set_threshold(50_000, 20, 20)  # loading modules makes no garbage: looking for it costs a tenth of a short command
        status = _run(words)
        gc.freeze()  # everything was closed; Python would look through all that is left once more, a tenth of a short command again
        sys.exit(status)
    _print(text())


def _run(words: list[str]) -> int:
    """A place without options needs no option parser: the console starts without it."""
    from usher.process import harden

    harden()
    if not any(word.startswith("-") for word in words):
        from tui.cli import opening

        if not words or opening.opens_console(words, at_terminal=opening.at_terminal()):
            from tui.cli.context import Cli
            from tui.cli.ending import ended

            cli = Cli()
            return ended(cli, words, lambda: opening.open_console(cli, tuple(words)))
    from tui.cli.program import run

    return run(words)


def _print(text: str) -> None:
    """Writes and leaves; a reader that has gone away is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
