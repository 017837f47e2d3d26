"""Whether this terminal can show the console, and what is set right before it starts. Imports nothing heavy."""

from __future__ import annotations

import gc
import os
import sys

from store.errors import Refused

SMALLEST = (80, 20)
_FEW_COLOURS = ("dumb", "linux", "vt100", "vt220", "ansi")


def prepare() -> None:
    """Refuses where a full screen cannot be; takes away what would make Textual write down keys and values, or
    believe in a size that is not the terminal's.

    To be called before Textual is imported. Raises `Refused`.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("no-terminal", "The console needs a terminal, and this is none.", "Over SSH ask for one (ssh -t), or use a command: usher --help")
    if not sys.stderr.isatty():
        raise Refused("no-terminal", "The console needs a terminal, and its stderr, which it draws on, is none.", "Leave stderr at the terminal.")
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        raise Refused("dumb-terminal", "This terminal cannot show a full screen (TERM=dumb).", "Every action is a command too: usher --help")
    for name in [name for name in os.environ if name.startswith("TEXTUAL") or name in ("COLUMNS", "LINES")]:
        del os.environ[name]  # an exported size would be believed for ever, whatever size the terminal is given
    gc.disable()  # until the first picture stands: 5 % of the way there
    # SSH does not forward COLORTERM unless told to; a terminal with few colours says so in its name.
    if "SSH_CONNECTION" in os.environ and not term.startswith(_FEW_COLOURS) and "256color" not in term:
        os.environ.setdefault("COLORTERM", "truecolor")
