"""The breaks, read from breaks*.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Break:
    """One line made wrong: `old` stands once in `file` and becomes `new`; `tests` must then turn red, because of `rule`."""

    name: str
    rule: str
    file: str
    old: str
    new: str
    tests: list[str]

    def applied(self, root: Path) -> str:
        """The file's text with the break in it. Raises `LookupError` where the old text is not there, or not once."""
        text = (root / self.file).read_text("utf-8")
        if (found := text.count(self.old)) != 1:
            raise LookupError(f"{self.name}: the text to break stands {found} times in {self.file}")
        return text.replace(self.old, self.new)


def breaks() -> list[Break]:
    """All of them, file by file, in their order."""
    files = sorted(Path(__file__).parent.glob("breaks*.toml"))
    return [Break(**each) for file in files for each in tomllib.loads(file.read_text("utf-8"))["break"]]
