"""How people stand at an application: counts, and lists by key of everybody entitled or with an account."""

from __future__ import annotations

from store.connection import Db
from store.directory import match
from store.records import dataclass


@dataclass(frozen=True)
class Tally:
    """People by how they stand. `known` are all accounts that are there, `entitled` all who are let in; `off_as_wanted` are
    inactive accounts of people not let in; `active_as_wanted` active ones, ours, of people let in; `failed` of either
    whose last operation went wrong; `due` have no account, or one that is not as active as it should be, and no failure."""

    entitled: int
    known: int
    active_as_wanted: int
    off_as_wanted: int
    failed: int
    due: int


_PEOPLE = """
  with who as (
    select e.user_id, 1 as wanted from entitled e where e.application_id = :app
  ), both as (
    select w.user_id, 1 as wanted, a.state, a.managed, a.doubtful from who w
    left join account a on a.application_id = :app and a.provider = :provider and a.user_id = w.user_id and a.state <> 'gone'
    union all
    select a.user_id, 0, a.state, a.managed, a.doubtful from account a
    where a.application_id = :app and a.provider = :provider and a.state <> 'gone' and a.user_id not in (select user_id from who)
  ), judged as (
    select b.*, f.user_id is not null as failed, exists (select 1 from user u where u.id = b.user_id) as here
    from both b left join failure f on f.application_id = :app and f.user_id = b.user_id
  )
"""


def tally(db: Db, application_id: str, provider: str) -> Tally:
    """The counts of one application; attributes are not compared here."""
    sql = (
        _PEOPLE
        + """
      select coalesce(sum(wanted), 0) as entitled, count(state) as known,
        coalesce(sum(not failed and wanted and state is 'active' and managed and not doubtful), 0) as active_as_wanted,
        coalesce(sum(not failed and not wanted and state is 'inactive' and here), 0) as off_as_wanted,
        coalesce(sum(failed), 0) as failed,
        coalesce(sum(not failed and (
          wanted and (state is not 'active' or not managed or doubtful) or not wanted and managed and (state is 'active' or not here)
        )), 0) as due
      from judged
    """
    )
    row = db.execute(sql, {"app": application_id, "provider": provider}).fetchone()
    return Tally(**{name: int(row[name]) for name in Tally.__dataclass_fields__})


@dataclass(frozen=True)
class Somebody:
    """One line of an application's Users tab: `key` orders the list; `here` is false for somebody deleted from the directory."""

    key: str
    user_id: str
    username: str
    displayname: str
    state: str
    here: bool
    entitled: bool


_COLUMNS = "u.username_key as key, u.id as user_id, u.username, u.displayname, u.state, exists (select 1 from entitled e where e.application_id = :app and e.user_id = u.id) as entitled"
_HAS_ACCOUNT = "exists (select 1 from account a where a.application_id = :app and a.provider = :provider and a.user_id = u.id and a.state <> 'gone')"
# The view `entitled`, asked of one person at a time: the view itself would be made whole for every page.
_IS_ENTITLED = (
    "(u.state = 'ACTIVATED' and exists (select 1 from membership m join authorization z on z.group_id = m.group_id "
    "where m.user_id = u.id and z.application_id = :app))"
)


def page(db: Db, application_id: str, provider: str, *, text: str = "", after_key: str = "", before_key: str = "", limit: int = 100) -> list[Somebody]:
    """A page by key, always in the order of the keys: people of the directory and those deleted from it together.

    `text` is words as in `directory.users_page`; of people who were deleted the username alone is known.
    """
    backwards = bool(before_key)
    here, there, named = _narrowed(text)
    values = {"app": application_id, "provider": provider, "key": before_key or after_key, "limit": limit, **named}
    bound, order = ("< :key", "desc") if backwards else ("> :key", "asc")
    people = (
        f"select {_COLUMNS} from user u where u.username_key {bound}{here} and ({_IS_ENTITLED} or {_HAS_ACCOUNT}) order by u.username_key {order} limit :limit"
    )
    found = [
        Somebody(row["key"], row["user_id"], row["username"], row["displayname"], row["state"], True, bool(row["entitled"]))
        for row in db.execute(people, values).fetchall()
    ]
    deleted = (
        "select lower(a.username) || ' ' || a.user_id as key, a.user_id, a.username from account a where a.application_id = :app and a.provider = :provider "
        f"and a.state <> 'gone' and not exists (select 1 from user u where u.id = a.user_id) and key {bound}{there} order by key {order} limit :limit"
    )
    found += [Somebody(row["key"], row["user_id"], row["username"], "", "DELETED", False, False) for row in db.execute(deleted, values).fetchall()]
    found.sort(key=lambda one: one.key, reverse=backwards)
    return found[:limit][::-1] if backwards else found[:limit]


def position(db: Db, application_id: str, provider: str, below_key: str, text: str = "") -> int:
    """How many stand before that key."""
    here, there, named = _narrowed(text)
    values = {"app": application_id, "provider": provider, "key": below_key, **named}
    people = f"select count(*) from user u where u.username_key < :key{here} and ({_IS_ENTITLED} or {_HAS_ACCOUNT})"
    deleted = (
        "select count(*) from account a where a.application_id = :app and a.provider = :provider and a.state <> 'gone' "
        f"and not exists (select 1 from user u where u.id = a.user_id) and lower(a.username) || ' ' || a.user_id < :key{there}"
    )
    return int(db.execute(people, values).fetchone()[0]) + int(db.execute(deleted, values).fetchone()[0])


def _narrowed(text: str) -> tuple[str, str, dict[str, str]]:
    """The conditions of words for people of the directory and for those deleted from it, and their values by name."""
    here, there, values = "", "", dict[str, str]()
    for number, word in enumerate(text.split()):
        query, sign = match(word.lstrip("!")), "not " if word.startswith("!") else ""
        if query:
            values |= {f"match{number}": query, f"word{number}": word.lstrip("!").lower()}
            here += f" and u.seq {sign}in (select rowid from user_fts where user_fts match :match{number})"
            there += f" and {sign}instr(lower(a.username), :word{number}) > 0"
    return here, there, values
