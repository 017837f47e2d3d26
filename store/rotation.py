"""Changing the keys: a new data key for everything that is sealed, and a new master key for the data keys.

A rotation is one transaction. A new master key concerns the store and a file, which cannot change together: for a
moment each data key is wrapped by both (`offer`, then the file takes its place, then `settle`), so that the store
opens with whichever of them a crash leaves.
"""

from __future__ import annotations

from store.connection import Db
from store.records import dataclass
from store.secrets import Vault, new_data_key, unwrap_all

SEALED = (
    ("connection", "application_id", "token"),
    ("certificate", "id", "private_key"),
    ("second_factor", "user_id", "secret"),
)
"""Every sealed column: table, the column that names the row in the seal, the column itself."""


@dataclass(frozen=True)
class DataKey:
    """A data key as it may be shown."""

    kid: str
    created_at: str
    retired_at: str | None
    unsettled: bool


def data_keys(db: Db) -> list[DataKey]:
    """All of them, oldest first. The first stays for fingerprints; retired ones open what another process read before."""
    rows = db.execute("select kid, created_at, retired_at, next_wrapped is not null as unsettled from data_key order by created_at, kid").fetchall()
    return [DataKey(row["kid"], row["created_at"], row["retired_at"], bool(row["unsettled"])) for row in rows]


def sealed_count(db: Db) -> int:
    """How many secrets the store holds."""
    return sum(db.execute(f"select count(*) from {table} where {column} is not null").fetchone()[0] for table, _, column in SEALED)


def rotate(db: Db, vault: Vault, kid: str, at: str) -> int:
    """Makes the data key `kid`, seals everything anew with it and retires the others, inside the caller's transaction.

    `vault` must read by the connection `db`. Returns how many secrets were sealed anew.
    """
    new_data_key(db, vault.master(), kid, at)
    count = 0
    for table, name, column in SEALED:
        for row in db.execute(f"select {name}, {column} from {table} where {column} is not null").fetchall():
            text = vault.open(table, row[0], column, row[1]).reveal()
            db.execute(f"update {table} set {column} = ? where {name} = ?", (vault.seal(table, row[0], column, text), row[0]))
            count += 1
    db.execute("update data_key set retired_at = ? where retired_at is null and kid <> ?", (at, kid))
    return count


def offer(db: Db, old: bytes, new: bytes) -> None:
    """Wraps every data key by the new master key as well, inside the caller's transaction. What an earlier change left half-done is settled first."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    settle(db, old)
    for kid, key in unwrap_all(old, db).items():
        db.execute("update data_key set next_wrapped = ? where kid = ?", (aes_key_wrap(new, key), kid))


def settle(db: Db, master: bytes) -> None:
    """From here on only this master key opens the store: the other wraps are gone."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    for kid, key in unwrap_all(master, db).items():
        db.execute("update data_key set wrapped = ?, next_wrapped = null where kid = ?", (aes_key_wrap(master, key), kid))
