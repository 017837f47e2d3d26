"""Where the style sheets are. Only the frame's is read before the first picture; a screen names the others it needs
in its `CSS_PATH`."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
FRAME_CSS = _HERE / "frame.tcss"
DIALOG_CSS = _HERE / "dialogs.tcss"
FORM_CSS = _HERE / "forms.tcss"
APPLICATION_CSS = _HERE / "application.tcss"
DIRECTORY_CSS = _HERE / "directory.tcss"
