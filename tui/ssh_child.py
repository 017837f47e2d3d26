"""What `usher ssh` starts for each session: takes the terminal it was handed for its own, then is `usher`."""

from __future__ import annotations

import fcntl
import termios


def main() -> None:
    """Only a terminal that controls the session hangs it up when the client goes."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    from tui.cli.main import main as usher

    usher()


if __name__ == "__main__":
    main()
