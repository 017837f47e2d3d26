"""Where everything of a rehearsal is: told to the operator, kept as a file for scripts, read by the console for its hints."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "USHER_DEMO"


@dataclass(frozen=True)
class Step:
    """One step of the walk: what it is for, where it is in the console, and the commands that do the same."""

    title: str
    console: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class DemoFacts:
    """A rehearsal that runs. The token is not in here but in `token_file`; `person` and `password` sign in at the portal of
    this throw-away store, `application` is the stand-in's page for them."""

    organization: str
    identity_provider: str
    folder: Path
    store: Path
    key_file: Path
    token_file: Path
    downloads: Path
    base_url: str
    page: str
    seats: int
    strict: bool
    people: int
    groups: tuple[str, ...]
    steps: tuple[Step, ...]
    application: str = ""
    person: str = ""
    password: str = ""

    @property
    def facts_file(self) -> Path:
        """These facts as a file."""
        return self.folder / "demo.json"

    @property
    def shell_file(self) -> Path:
        """The environment below, for a shell to read."""
        return self.folder / "env.sh"

    @property
    def environment(self) -> dict[str, str]:
        """What a second terminal sets to work on this store, to steer this stand-in, and to name what is pasted."""
        work = {"USHER_STORE": str(self.store), "USHER_KEY_FILE": str(self.key_file), VARIABLE: str(self.facts_file)}
        return work | {"DEMO_BASE_URL": self.base_url, "DEMO_TOKEN_FILE": str(self.token_file)}

    def shell(self) -> str:
        """The environment as lines for a shell."""
        return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.environment.items())

    def document(self) -> dict[str, Any]:
        """The facts as JSON."""
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in vars(self).items() if name not in {"groups", "steps"}}
        steps = [{"title": step.title, "console": step.console, "commands": list(step.commands)} for step in self.steps]
        return {**plain, "groups": list(self.groups), "environment": self.environment, "steps": steps}


def read(path: Path) -> DemoFacts:
    """The facts of a file; raises `OSError` or `ValueError` when it is none."""
    document = json.loads(path.read_text("utf-8"))
    try:
        values: dict[str, Any] = {name: Path(document[name]) for name in ("folder", "store", "key_file", "token_file", "downloads")}
        values |= {name: str(document[name]) for name in ("organization", "identity_provider", "base_url", "page", "application", "person", "password")}
        values |= {"seats": int(document["seats"]), "strict": bool(document["strict"]), "people": int(document["people"])}
        steps = tuple(Step(str(each["title"]), str(each["console"]), tuple(each["commands"])) for each in document["steps"])
        return DemoFacts(**values, groups=tuple(document["groups"]), steps=steps)
    except (KeyError, TypeError) as error:
        raise ValueError("not the facts of a demo") from error


def of_store(store: Path) -> DemoFacts | None:
    """The facts of the rehearsal this store belongs to, as USHER_DEMO names them; None for every other store."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    try:
        facts = read(Path(named))
    except (OSError, ValueError):
        return None
    return facts if facts.store == store.absolute() else None
