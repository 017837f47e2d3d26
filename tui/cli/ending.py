"""Every way a call can end, turned into an exit status and at most one line. Knows no option parser."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from store.errors import UsageError, UsherError
from tui.cli.context import Cli


def ended(cli: Cli, words: list[str], call: Callable[[], int]) -> int:
    """Carries out one call and returns its exit status. Never raises, never prints a traceback."""
    os.umask(0o077)
    try:
        _open_closed_ends()
        _take_any_character()
        _refuse_broken_words(words)
        status = call()
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        return _leave_quietly()
    except (KeyboardInterrupt, EOFError) as stopped:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # below the ^C
        cli.output.error("interrupted", "Interrupted.", getattr(stopped, "hint", "What was done before stays done."))
        return 130
    except Exception as error:
        return _unwritten(cli, error) if _is_unwritten(error) else _report(cli, error)
    finally:
        cli.close()


def _report(cli: Cli, error: Exception) -> int:
    """Says in one line what went wrong; what nobody foresaw goes to a file of its own."""
    from store.driver import sqlite3

    if isinstance(error, sqlite3.Error):
        from store.explain import explain

        explained = explain(error, cli.store_path)
        error = explained if isinstance(explained, Exception) else error
    if isinstance(error, UsherError):
        cli.output.error(error.code, error.message, error.hint)
        return error.exit_status
    from tui.crash import keep_report

    cli.output.error("unexpected", f"Something went wrong that should not have ({type(error).__name__}).", keep_report(error))
    return 1


def _open_closed_ends() -> None:
    """A stream that was closed by whoever called (`<&-`, `>&-`) is empty, or swallows what is said; its number must not become a file's."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - open as long as the program


def _is_unwritten(error: Exception) -> bool:
    """Whether stdout took no more: a full disk, a device that is gone."""
    import errno

    return isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG)


def _unwritten(cli: Cli, error: Exception) -> int:
    """What the command did is done; what it says about it got lost."""
    _leave_quietly()
    reason = os.strerror(getattr(error, "errno", 0) or 0)
    cli.output.error("output", f"What was done could not be written out: {reason}.", "What was done before stays done.")
    return 1


def _take_any_character() -> None:
    """A terminal that lacks a character gets its escape instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _refuse_broken_words(words: list[str]) -> None:
    """Bytes that are no text in this locale can be neither stored nor shown."""
    for word in words:
        if any("\ud800" <= c <= "\udfff" for c in word):
            raise UsageError("usage", "An argument is not valid UTF-8.", "See usher --help.")


def _leave_quietly() -> int:
    """The reader has gone (`| head`): nothing more to say, and nothing to complain about at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
