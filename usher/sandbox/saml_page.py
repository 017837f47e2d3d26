"""What a person sees at the stand-in's SAML side: how to begin, and what was asserted."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from usher.saml.bindings import Post
from usher.sandbox.web import Answer

if TYPE_CHECKING:
    from usher.sandbox.saml_provider import Claims

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; overflow-wrap: anywhere }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0 }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884 }}
a, button {{ font: inherit }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def front(name: str, entity_id: str, acs: str, seen: Sequence[Claims]) -> Answer:
    """Where a person begins, and who came so far."""
    rows = "".join(f"<tr><td>{escape(each.at)}</td><td><bdi>{escape(each.nameid)}</bdi></td><td>{_way(each)}</td></tr>" for each in seen)
    came = f"<table><thead><tr><th>When</th><th>NameID</th><th>Begun</th></tr></thead><tbody>{rows}</tbody></table>" if rows else "<p>Nobody yet.</p>"
    return _page(
        f"Stand-in application “{name}”",
        "<p>It plays the application: people are asserted to it by the portal. Nothing leaves this machine.</p>"
        f'<p><a href="/saml/{escape(name)}/login">Sign in</a> (HTTP-Redirect) &nbsp; <a href="/saml/{escape(name)}/login?binding=post">Sign in by form</a> (HTTP-POST)</p>'
        f"<p>SP Entity ID <code>{escape(entity_id)}</code><br>ACS URL <code>{escape(acs)}</code></p><h2>Who signed in</h2>{came}",
    )


def signed_in(name: str, claims: Claims) -> Answer:
    """What was asserted, after all of it was verified."""
    facts = [("NameID", (claims.nameid,)), ("NameID format", (claims.nameid_format,)), *claims.attributes]
    rows = "".join(f"<tr><th>{escape(label)}</th><td>{'<br>'.join(f'<bdi>{escape(value)}</bdi>' for value in values)}</td></tr>" for label, values in facts)
    more = f"<p>RelayState <code>{escape(claims.relay_state)}</code></p>" if claims.relay_state else ""
    return _page(
        f"Signed in as {claims.nameid}",
        f"<p>Begun {_way(claims)}. Signature, audience, recipient and times were verified.</p><table><tbody>{rows}</tbody></table>{more}"
        f'<p><a href="/saml/{escape(name)}/">Back</a></p>',
    )


def refused(name: str, sentence: str) -> Answer:
    """Why nobody is signed in."""
    return _page("Not signed in", f'<p>{escape(sentence)}</p><p><a href="/saml/{escape(name)}/">Back</a></p>', 403)


def posting(post: Post) -> Answer:
    """The request as a form with a button: nothing runs by itself here."""
    inputs = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in post.fields)
    return _page("On to the portal", f'<form method="post" action="{escape(post.action)}">{inputs}<button>Go on</button></form>')


def _way(claims: Claims) -> str:
    return "at the application (SP-initiated)" if claims.asked_for else "at the portal (IdP-initiated)"


def _page(title: str, body: str, status: int = 200) -> Answer:
    return Answer(status, _PAGE.format(title=escape(title), body=body).encode(), "text/html; charset=utf-8", _HEADERS)
