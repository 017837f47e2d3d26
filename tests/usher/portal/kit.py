"""A portal in this process: a browser that keeps cookies and sends forms, and an application that judges what it is sent."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from store.ids import stamp
from usher.services import applications, authorizations, directory, passwords, sso
from usher.services.session import Session

ACS = "https://app.example.com/saml/acs"
SP_ENTITY_ID = "https://app.example.com/saml"
PASSWORD = "correct horse battery staple"
HOST = "https://sso.harbour.example"


@dataclass
class Form:
    """A form of a page: where it goes and its hidden fields."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Browser:
    """Keeps cookies, follows redirects within the portal, fills forms in as a person without scripts does."""

    def __init__(self, app: Any, *, host: str = HOST, address: str = "203.0.113.9") -> None:
        transport = httpx.ASGITransport(app=app, client=(address, 40000))
        self.client = httpx.AsyncClient(transport=transport, base_url=host, follow_redirects=True)
        self._loop = app.state.loop
        self.host = host
        self.page: httpx.Response | None = None

    @property
    def url(self) -> str:
        """Where the browser is."""
        return str(self.page.url) if self.page else ""

    @property
    def text(self) -> str:
        """What the page says, without its markup."""
        assert self.page is not None
        return " ".join(unescape(re.sub(r"<(head|script).*?</\1>|<[^>]+>", " ", self.page.text, flags=re.DOTALL)).split())

    def get(self, path: str, **more: Any) -> httpx.Response:
        self.page = self._loop.run(self.client.get(path, **more))
        return self.page

    def post(self, path: str, fields: dict[str, str], *, origin: str | None = None, follow: bool = True, **more: Any) -> httpx.Response:
        headers = {"Origin": origin or self.host, **more.pop("headers", {})}
        content = more.pop("content", None)
        body = {"content": content} if content is not None else {"data": fields}
        self.page = self._loop.run(self.client.post(path, headers=headers, follow_redirects=follow, **body, **more))
        return self.page

    def forms(self) -> list[Form]:
        """The forms of the page that is open."""
        assert self.page is not None
        found = []
        for tag, inside in re.findall(r"<form([^>]*)>(.*?)</form>", self.page.text, re.DOTALL):
            action = re.search(r'action="([^"]*)"', tag)
            fields = {unescape(n): unescape(v) for n, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', inside)}
            found.append(Form(unescape(action[1]) if action else str(self.page.url), fields))
        return found

    def form(self, action: str) -> Form:
        """The form that goes to an address that contains `action`."""
        return next(form for form in self.forms() if action in form.action)

    def submit(self, action: str, fields: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        form = self.form(action)
        return self.post(form.action, {**form.fields, **(fields or {})}, **more)

    def sign_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        if "/login" not in self.url and "/sso/continue" not in self.url:
            self.get("/login")
        return self.submit("/login", {"username": username, "password": password})

    def posted(self) -> tuple[str, str, str | None]:
        """What the page posts to an application: the address, the document, and RelayState."""
        form = next(form for form in self.forms() if "SAMLResponse" in form.fields or "SAMLRequest" in form.fields)
        document = form.fields.get("SAMLResponse") or form.fields["SAMLRequest"]
        return form.action, base64.b64decode(document).decode(), form.fields.get("RelayState")


def authn_request(
    session: Session, slug: str, *, id_: str = "_request1", acs: str | None = ACS, issuer: str = SP_ENTITY_ID, extra: str = "", inside: str = ""
) -> str:
    """An AuthnRequest as an application sends it."""
    at = stamp(session.clock.now())
    where = f' AssertionConsumerServiceURL="{acs}"' if acs else ""
    return (
        f'<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="{id_}" Version="2.0" IssueInstant="{at}"{where}{extra}>'
        f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</saml:Issuer>{inside}</samlp:AuthnRequest>'
    )


def redirect_query(xml: str, relay_state: str | None = None) -> str:
    """The query that carries a request by HTTP-Redirect."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = base64.b64encode(packer.compress(xml.encode()) + packer.flush()).decode()
    query = f"SAMLRequest={quote(packed, safe='')}"
    return query + (f"&RelayState={quote(relay_state, safe='')}" if relay_state is not None else "")


def post_body(xml: str, relay_state: str | None = None) -> dict[str, str]:
    """The form that carries a request by HTTP-POST."""
    return {"SAMLRequest": base64.b64encode(xml.encode()).decode(), **({"RelayState": relay_state} if relay_state is not None else {})}


def urlencoded(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


def furnish(session: Session) -> None:
    """Calendly with SSO active, Grace who may use it, and Ada who may not; both have a password."""
    applications.add(session, "calendly", label="Calendly", slug="calendly")
    sso.fill(session, "Calendly", {"YOUR_ID": "42"})
    sso.set_fields(session, "Calendly", {"sp_entity_id": SP_ENTITY_ID, "acs_urls": ACS})
    sso.activate(session, "Calendly")
    directory.add_group(session, "Engineering")
    for name in ("grace", "ada"):
        directory.add_user(session, f"{name}@harbour.example", f"{name}@harbour.example", firstname=name.title(), lastname="Hopper")
        passwords.set_password(session, f"{name}@harbour.example", PASSWORD)
    directory.add_members(session, "Engineering", ["grace@harbour.example"])
    authorizations.authorize(session, "Calendly", ["Engineering"])
