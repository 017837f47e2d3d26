"""The one SQLite driver of this process: exactly the one sqlite-utils takes.

Two SQLite copies in one process would break each other's locks. Everything takes `sqlite3` from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3 as sqlite3
else:
    try:
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["sqlite3"]
