"""The page a person sees who opens the stand-in in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from usher.sandbox.accounts import AccountView
from usher.sandbox.web import Answer

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Stand-in service provider</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884 }}
</style>
<h1>Stand-in service provider</h1>
<p>It plays the application in a rehearsal: people are pushed here instead of to a real account. Nothing leaves this machine,
and everything here is gone when the rehearsal ends.</p>
<p><strong>{taken} of {seats} seats taken.</strong> Base URL for Identity Management: <code>{base_url}</code></p>
{people}
</html>
"""


def front_page(accounts: Sequence[AccountView], seats: int, base_url: str) -> Answer:
    """What this is and who is in it. Every value is escaped; the page may load and run nothing."""
    taken = sum(account.active for account in accounts)
    page = _PAGE.format(taken=taken, seats=seats, base_url=escape(base_url), people=_table(accounts))
    return Answer(200, page.encode(), "text/html; charset=utf-8", _HEADERS)


def _table(accounts: Sequence[AccountView]) -> str:
    if not accounts:
        return "<p>Nobody has been pushed here yet.</p>"
    rows = "".join(
        f"<tr><td><bdi>{escape(each.display_name)}</bdi></td><td>{escape(each.username)}</td><td>{escape(each.email)}</td>"
        f"<td>{escape(each.external_id)}</td><td>{'active' if each.active else 'deactivated'}</td></tr>"
        for each in accounts
    )
    return f"<table><thead><tr><th>Name</th><th>userName</th><th>E-mail</th><th>External ID</th><th>State</th></tr></thead><tbody>{rows}</tbody></table>"
