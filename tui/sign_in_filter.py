"""The words that sign-ins are narrowed by: those of the provisioning log, as far as they make sense here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from store.errors import UsageError
from tui.log_filter import LogFilter

if TYPE_CHECKING:
    from usher.services.session import Session
    from usher.services.sign_ins import SignInQuery

_FACETS = ("app", "user", "result", "since", "until")


def query(session: Session, words: str) -> SignInQuery:
    """For the service. Raises `UsageError` for a result or time there is not."""
    from tui.cli.text import since
    from usher.services.sign_ins import RESULTS, SignInQuery

    found = LogFilter.parse(words)
    facets = {name: value for name, value in found.facets.items() if name in _FACETS}
    if "result" in facets:
        matching = [result for result in RESULTS if result.startswith(facets["result"].lower())]
        if facets["result"].lower() not in matching and len(matching) != 1:
            raise UsageError("no-such-result", f"There is no result “{facets['result']}”.", f"One of: {', '.join(RESULTS)}.")
        facets["result"] = matching[0]
    for name in ("since", "until"):
        if name in facets:
            facets[name] = since(facets[name], session.now())
    return SignInQuery(**facets, text=found.text)


def command(words: str) -> str:
    """The command line that prints the same rows."""
    found = LogFilter.parse(words)
    options = [f"--{name} {shlex.quote(value)}" for name, value in found.facets.items() if name in ("app", "user", "result", "since")]
    text = [f"--text {shlex.quote(found.text)}"] if found.text else []
    return " ".join(["usher sign-ins list", *options, *text])
