"""The words a log is narrowed by, as the command line writes them: `app=Calendly result=failed since=24h timeout`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from store.errors import UsageError

if TYPE_CHECKING:
    from usher.services.log import LogQuery
    from usher.services.session import Session

FACETS = ("app", "user", "action", "result", "since", "until", "push")
ACTIONS = ("create", "adopt", "update", "reactivate", "deactivate", "delete")
RESULTS = ("succeeded", "failed", "skipped", "unknown")
_WORD = re.compile(r'(?:(\w+)=("[^"]*"?|\S*))|("[^"]*"?|\S+)')


@dataclass(frozen=True)
class LogFilter:
    """Facets by name, and free text."""

    facets: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @classmethod
    def parse(cls, words: str) -> LogFilter:
        """Words as somebody types them; a facet without a value yet narrows nothing."""
        facets, free = {}, []
        for match in _WORD.finditer(words):
            name, value = match[1], (match[2] or match[3] or "").strip('"')
            name = "result" if name == "status" and value in RESULTS else name
            if name in FACETS:
                facets.update({name: value} if value else {})
            elif value or name:
                free.append(match[0] if name else value)
        return cls(facets, " ".join(free))

    @property
    def words(self) -> str:
        """The same as words."""
        named = [f'{name}="{value}"' if re.search(r"\s", value) else f"{name}={value}" for name, value in self.facets.items()]
        return " ".join([*named, self.text]).strip()

    @property
    def title(self) -> str:
        """For a heading: one push named as that, without its application and its beginning; empty where it is none."""
        if "push" not in self.facets:
            return ""
        left = {name: value for name, value in self.facets.items() if name not in ("app", "since", "push")}
        return f"this push {replace(self, facets=left).words}".strip()

    def with_facet(self, name: str, value: str) -> LogFilter:
        """Narrowed by that too; no longer, when it was narrowed by just that."""
        left = {key: kept for key, kept in self.facets.items() if key != name}
        return replace(self, facets=left if self.facets.get(name) == value or not value else {**left, name: value})

    def query(self, session: Session) -> LogQuery:
        """For the service. Raises `UsageError` for an action, result or time there is not."""
        from tui.cli.text import since
        from usher.services.log import LogQuery

        found = dict(self.facets)
        for name, known in (("action", ACTIONS), ("result", RESULTS)):
            if name in found:
                found[name] = _complete(found[name], known, name)
        for name in ("since", "until"):
            if name in found:
                found[name] = since(found[name], session.now())
        return LogQuery(**found, text=self.text)

    @property
    def cli(self) -> str:
        """The command line that prints the same rows."""
        options = [f"--{name} {shlex.quote(value)}" for name, value in self.facets.items() if name != "push"]
        text = [f"--text {shlex.quote(self.text)}"] if self.text else []
        return " ".join(["usher log", *options, *text])


def _complete(word: str, known: tuple[str, ...], what: str) -> str:
    """The one that begins with the word."""
    found = [one for one in known if one.startswith(word.lower())]
    if len(found) == 1 or word in found:
        return word if word in found else found[0]
    raise UsageError(f"no-such-{what}", f"There is no {what} “{word}”.", f"One of: {', '.join(known)}.")
