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

        gc.set_threshold(20_000, 20, 20)  # loading modules makes no garbage: looking for it costs a tenth of a short command
        from tui.cli.program import run

        sys.exit(run(words))
    _print(text())


def _print(text: str) -> None:
    """Writes and leaves; a reader that has gone away is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
