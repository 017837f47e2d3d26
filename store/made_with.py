"""What a connector said when an application was added from it."""

from __future__ import annotations

import json
from typing import Any

from store.connection import Db
from store.records import dataclass


@dataclass(frozen=True)
class MadeWith:
    """The connector's facts by name (`scim.rate`, `mapping.userName`), and their digest."""

    digest: str
    facts: dict[str, Any]


def insert(db: Db, application_id: str, made: MadeWith) -> None:
    """Keeps it with a new application."""
    document = json.dumps(made.facts, sort_keys=True, ensure_ascii=False)
    db.execute("insert into made_with (application_id, digest, document) values (?, ?, ?)", (application_id, made.digest, document))


def get(db: Db, application_id: str) -> MadeWith | None:
    """What the application was made with; None for one that was added before this was kept."""
    row = db.execute("select digest, document from made_with where application_id = ?", (application_id,)).fetchone()
    return MadeWith(row["digest"], json.loads(row["document"])) if row else None
