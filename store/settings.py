"""Settings of the store: a key, a text. What a key may hold is decided by `usher.services.settings`."""

from __future__ import annotations

from store.connection import Db


def get(db: Db, key: str, default: str = "") -> str:
    """The value of `key`, or `default`."""
    row = db.execute("select value from setting where key = ?", (key,)).fetchone()
    return str(row["value"]) if row else default


def put(db: Db, key: str, value: str) -> None:
    """Sets `key` inside the caller's transaction. A trigger keeps `base_url` while a SAML application exists."""
    db.execute("insert into setting (key, value) values (?,?) on conflict (key) do update set value = excluded.value", (key, value))


def saml_labels(db: Db) -> list[str]:
    """The labels of the applications whose SSO IdP URL is made of the base URL."""
    return [str(row["label"]) for row in db.execute("select label from application where kind = 'saml' order by label_key").fetchall()]
