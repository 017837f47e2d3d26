"""Reads the tables of a connector file with types checked, and names file and line of what is wrong."""

from __future__ import annotations

import tomllib
from typing import Any, NoReturn

from store.errors import UsageError
from usher.catalog.lines import Place, line_of

_MISSING: Any = object()


class Table:
    """One table of a file. Each key is taken once by its type; `done` refuses what was not taken."""

    def __init__(self, values: dict[str, Any], file: str, text: str, place: Place = ()) -> None:
        self.place = place
        self._values = dict(values)
        self._taken: set[str] = set()
        self._file, self._text = file, text

    def fail(self, key: str | None, problem: str) -> NoReturn:
        """Refuses the file for what is at `key` (None: the table itself)."""
        line = line_of(self._text, self.place if key is None else (*self.place, key))
        raise UsageError("bad-connector", f"{self._file}, line {line}: {problem}", "Mend the connector file.")

    def at(self, *place: str | int) -> Table:
        """An empty table elsewhere in the same file, to fail there."""
        return Table({}, self._file, self._text, place)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._values

    def text(self, key: str, default: str = _MISSING) -> str:
        """A text; without a default it must be there and not be blank."""
        value = self._take(key, str, default, "a text")
        if default is _MISSING and not value.strip():
            self.fail(key, f"{self._name(key)} is empty.")
        return str(value)

    def choice(self, key: str, choices: tuple[str, ...], default: str = _MISSING) -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value not in choices:
            self.fail(key, f"{self._name(key)} is {value!r}; it must be one of {', '.join(choices)}.")
        return value

    def flag(self, key: str, default: bool = _MISSING) -> bool:
        """true or false."""
        return bool(self._take(key, bool, default, "true or false"))

    def number(self, key: str) -> float | None:
        """A number from 0 up, None when it is not there."""
        value = self._take(key, (int, float), None, "a number")
        if value is not None and (isinstance(value, bool) or value < 0):
            self.fail(key, f"{self._name(key)} must be a number from 0 up.")
        return None if value is None else float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty when it is not there."""
        value = self._take(key, list, [], "a list of texts")
        if not all(isinstance(each, str) and each.strip() for each in value):
            self.fail(key, f"{self._name(key)} must be a list of texts, none of them empty.")
        return tuple(value)

    def table(self, key: str) -> Table | None:
        """The table of that name, None when it is not there."""
        value = self._take(key, dict, None, "a table")
        return None if value is None else Table(value, self._file, self._text, (*self.place, key))

    def tables(self, key: str) -> list[Table]:
        """The tables of that array, none when it is not there."""
        value = self._take(key, list, [], f"tables, each beginning with [[{self._name(key)}]]")
        if not all(isinstance(each, dict) for each in value):
            self.fail(key, f"{self._name(key)} must be tables, each beginning with [[{self._name(key)}]].")
        return [Table(each, self._file, self._text, (*self.place, key, index)) for index, each in enumerate(value)]

    def done(self) -> None:
        """Refuses keys that nobody asked for: a misspelt one must not pass for one left out."""
        for key in self._values:
            if key not in self._taken:
                self.fail(key, f"{self._name(key)} is not known; expected here: {', '.join(sorted(self._taken))}.")

    def _take(self, key: str, kind: Any, default: Any, words: str) -> Any:
        self._taken.add(key)
        if key not in self._values:
            if default is _MISSING:
                self.fail(None, f"{self._name(key)} is missing.")
            return default
        if not isinstance(self._values[key], kind):
            self.fail(key, f"{self._name(key)} must be {words}.")
        return self._values[key]

    def _name(self, key: str) -> str:
        return ".".join(str(part) for part in (*self.place, key) if isinstance(part, str))


def read(text: str, file: str) -> Table:
    """The root table of a TOML text; a syntax error names the line too."""
    try:
        return Table(tomllib.loads(text), file, text)
    except tomllib.TOMLDecodeError as error:
        said = str(error).replace("at end of document", f"at line {max(1, len(text.splitlines()))}, the end of the file")
        raise UsageError("bad-connector", f"{file}: not valid TOML: {said}.", "Mend the connector file.") from None
