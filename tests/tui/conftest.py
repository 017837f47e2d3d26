"""What changes every picture is taken away before Textual is imported."""

from __future__ import annotations

import os

for _name in [name for name in os.environ if name == "NO_COLOR" or (name.startswith("TEXTUAL_") and name != "TEXTUAL_SNAPSHOT_TEMPDIR")]:
    del os.environ[_name]
