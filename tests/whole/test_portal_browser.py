"""The portal and single sign-on in a real Chromium, against `usher serve` and a service provider on loopback."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from store.activity import Actor
from tests.programs import need
from tests.usher.portal.kit import PASSWORD, authn_request, post_body, redirect_query
from tests.usher.portal.test_signing_in import GRACE
from tests.whole.servers import free_port
from usher.services import applications, authorizations, directory, passwords, sign_ins, sso
from usher.services.second_factor import PERIOD, code_at
from usher.services.session import Session
from usher.services.setup import create_store, open_session

pytestmark = pytest.mark.xdist_group("chromium")
ROOT = Path(__file__).parents[2]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
ADA = Actor("ada", "administrator", "terminal")


@dataclass
class Application:
    """A service provider that only writes down what is posted to it."""

    port: int
    came: list[dict[str, str]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def acs(self) -> str:
        return f"{self.origin}/acs"

    def last(self) -> tuple[str, str | None]:
        """The newest response and its RelayState."""
        return b64decode(self.came[-1]["SAMLResponse"]).decode(), self.came[-1].get("RelayState")


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    came: list[dict[str, str]] = []
    pages: dict[str, str] = {}
    answers: dict[str, Callable[[dict[str, str]], tuple[str, str]]] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(pages.get(self.path, "an application"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            came.append({name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()})
            if self.path in answers:
                where, what = answers[self.path](came[-1])
                return self._move(what) if where == "on" else self._say(what)
            if self.path == "/acs/elsewhere":  # as applications do whose pages are on another host than their ACS
                return self._move(f"http://localhost:{self.server.server_address[1]}/home")
            self._say("welcome at the application")

        def _move(self, url: str) -> None:
            self.send_response(303)
            self.send_header("Location", url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _say(self, text: str) -> None:
            data = f"<!doctype html><link rel=icon href='data:,'><body>{text}</body>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Application(server.server_address[1], came)
    made.__dict__.update(pages=pages, answers=answers)
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class Place:
    """A portal that runs, and the operator's session on its store."""

    url: str
    session: Session
    process: subprocess.Popen[str]


@pytest.fixture(scope="module")
def portal(application: Application, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, port = tmp_path_factory.mktemp("portal"), free_port()
    store, key = folder / "store" / "usher.db", folder / "keys" / "portal.key"
    create_store(store, key, organization="Harbour Works", base_url=f"http://127.0.0.1:{port}", actor=ADA).close()
    session = open_session(store, actor=ADA, key_file=key)
    furnish(session, application)
    command = [sys.executable, "-m", "tui.cli.main", "--store", str(store), "serve", "--port", str(port)]
    env = {**os.environ, "USHER_KEY_FILE": str(key), "HOME": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"listening on http://127.0.0.1:{port}\n"
        yield Place(f"http://127.0.0.1:{port}", session, process)
        process.terminate()
        assert process.wait(20) == 0, "SIGTERM is a clean stop"
    session.store.close()


def furnish(session: Session, application: Application) -> None:
    applications.add(session, "calendly", label="Calendly", slug="calendly", description="Book meetings")
    sso.fill(session, "Calendly", {"YOUR_ID": "42"})
    sso.set_fields(session, "Calendly", {"sp_entity_id": "https://app.example.com/saml", "acs_urls": f"{application.acs},{application.acs}/elsewhere"})
    sso.activate(session, "Calendly")
    directory.add_group(session, "Engineering")
    directory.add_user(session, GRACE, GRACE, firstname="Grace")
    directory.add_members(session, "Engineering", [GRACE])
    applications.add(session, "calendly", label="Wiki", slug="wiki")
    sso.fill(session, "Wiki", {"YOUR_ID": "43"})
    sso.set_fields(session, "Wiki", {"sp_entity_id": "https://wiki.example.com/saml", "acs_urls": application.acs, "idp_entity_id": "Harbour Works wiki"})
    sso.activate(session, "Wiki")
    for label in ("Calendly", "Wiki"):
        authorizations.authorize(session, label, ["Engineering"])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = need("chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as program:
        browser = program.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=["with scripts", "without scripts"])
def page(chromium: Any, portal: Place, application: Application, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page that may load nothing from elsewhere and must not complain."""
    passwords.set_password(portal.session, GRACE, PASSWORD)
    context = chromium.new_context(java_script_enabled=request.param == "with scripts", viewport={"width": 390, "height": 844})
    context.set_default_timeout(20_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((portal.url, application.origin, f"http://localhost:{application.port}", "data:")) else complaints.append(asked.url)
        ),
    )
    opened.scripts = request.param == "with scripts"
    yield opened
    context.close()
    assert not complaints


def sign_in(page: Any, password: str = PASSWORD) -> None:
    page.get_by_label("Username").fill(GRACE)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def arrive(page: Any) -> None:
    """On to the application: by itself, or by the button."""
    if not page.scripts:
        page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/acs")
    assert "welcome at the application" in page.content()


def test_from_the_portal_by_a_tile_and_out_again(page: Any, portal: Place, application: Application) -> None:
    page.goto(portal.url)
    sign_in(page)
    page.get_by_role("button", name=re.compile("Calendly")).click()
    arrive(page)
    document, state = application.last()
    assert GRACE in document and "InResponseTo" not in document and state is None
    page.goto(portal.url)
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{portal.url}/account")
    assert page.url == f"{portal.url}/login"


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_from_the_application_with_and_without_a_session(page: Any, portal: Place, application: Application, binding: str) -> None:
    for number in range(2):
        xml = authn_request(portal.session, "calendly", id_=f"_{binding}{number}{page.scripts}", acs=application.acs)
        if binding == "redirect":
            page.goto(f"{portal.url}/saml2/calendly?{redirect_query(xml, 'a state')}")
        else:
            inputs = "".join(f"<input name={name} value='{value}'>" for name, value in post_body(xml, "a state").items())
            application.__dict__["pages"]["/begin"] = f"<form method=post action='{portal.url}/saml2/calendly'>{inputs}<button>begin</button></form>"
            page.goto(f"{application.origin}/begin".replace("127.0.0.1", "localhost"))  # another site: no cookie comes along
            page.get_by_role("button").click()
        if number == 0:
            sign_in(page)
        arrive(page)
        document, state = application.last()
        assert f'InResponseTo="_{binding}{number}{page.scripts}"' in document and state == "a state"


def test_an_application_may_send_people_on_to_another_host(page: Any, portal: Place, application: Application) -> None:
    xml = authn_request(portal.session, "calendly", id_=f"_moves{page.scripts}", acs=f"{application.acs}/elsewhere")
    page.goto(f"{portal.url}/saml2/calendly?{redirect_query(xml)}")
    sign_in(page)
    if not page.scripts:
        page.get_by_role("button", name="Go on").click()
    page.wait_for_url("http://localhost:*/home")
    assert "an application" in page.content()


def test_what_people_mistype_is_said_and_no_error_of_the_page(page: Any, portal: Place) -> None:
    """(the page's fixture sees to it that the browser's console stays empty)"""
    page.goto(portal.url)
    sign_in(page, "not the password")
    page.get_by_role("alert").get_by_text("is not right").wait_for()
    sign_in(page)
    page.get_by_role("link", name="My account").click()
    page.get_by_role("link", name="Set up a second factor").click()
    page.get_by_label("Code").fill("000000")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.goto(f"{portal.url}/account")
    for current, new, again in (("not it", "another long password", "another long password"), (PASSWORD, "another long password", "something else entirely")):
        change = page.locator("form[action$='/account/password']")
        change.get_by_label("Current password").fill(current)
        change.get_by_label("New password").fill(new)
        change.get_by_label("The same once more").fill(again)
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
    over = passwords.make_link(portal.session, GRACE).url
    passwords.make_link(portal.session, GRACE)
    page.goto(over)
    page.get_by_role("heading", name="This link does not work").wait_for()


def test_a_second_factor_is_set_up_and_shown(page: Any, portal: Place) -> None:
    from store import passwords as rows
    from usher.services import second_factor

    page.goto(portal.url)
    sign_in(page)
    page.get_by_role("link", name="My account").click()
    page.get_by_role("link", name="Set up a second factor").click()
    assert page.get_by_alt_text(re.compile("QR code")).bounding_box()["width"] > 150

    def code(later: int = 0) -> str:
        found = rows.second_factor(portal.session.db, directory.get_user(portal.session, GRACE).id)
        assert found is not None
        secret = portal.session.vault.open("second_factor", found.user_id, "secret", found.secret).reveal()
        return code_at(secret, int(portal.session.clock.now().timestamp()) // PERIOD + later)

    page.get_by_label("Code").fill(code())
    page.keyboard.press("Enter")
    recovery = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page)
    page.get_by_label("Code").fill(recovery)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("Calendly")).wait_for()
    second_factor.remove(portal.session, GRACE)


def test_a_link_sets_a_password_and_it_works(page: Any, portal: Place) -> None:
    page.goto(passwords.make_link(portal.session, GRACE).url)
    page.get_by_label("New password").fill("another long password")
    page.get_by_label("The same once more").fill("another long password")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "another long password")
    page.get_by_role("button", name=re.compile("Calendly")).wait_for()


def test_it_is_walked_by_keyboard_alone(page: Any, portal: Place, application: Application) -> None:
    page.goto(portal.url)
    page.locator("#username:focus").wait_for()
    page.keyboard.type(GRACE)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("Calendly")).wait_for()
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    arrive(page)


def test_nothing_is_wider_than_a_phone_and_every_field_has_a_label(page: Any, portal: Place) -> None:
    page.goto(portal.url)
    if not page.scripts:
        pytest.skip("measured with scripts")
    sign_in(page)
    page.get_by_role("button", name=re.compile("Calendly")).wait_for()
    for path in ("/", "/account", "/account/second-factor"):
        page.goto(portal.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        unlabelled = "[...document.querySelectorAll('input:not([type=hidden]):not([hidden])')].filter(field => !field.labels.length).length"
        assert page.evaluate(unlabelled) == 0, path


def signing_out(portal: Place, application: Application) -> None:
    """Calendly and Wiki take part in single logout by POST; one answers by a form of its own, the other sends the browser back."""
    from store import service_providers
    from store.service_providers import ServiceProviderFacts
    from tests.usher.portal.test_logging_out import posted, status
    from tests.usher.saml.kit import made, signer
    from usher.saml import bindings

    session = portal.session

    def answer(slug: str, issuer: str, asked: dict[str, str]) -> tuple[str, str]:
        request = re.search(r' ID="([^"]+)"', b64decode(asked["SAMLRequest"]).decode())
        assert request
        url = f"{portal.url}/saml2/{slug}/logout"
        form = posted(session, signer("sp"), slug, "LogoutResponse", status("Success"), asked["RelayState"], url=url, issuer=issuer, InResponseTo=request[1])
        if slug == "calendly":
            inputs = "".join(f"<input type=hidden name={name} value='{value}'>" for name, value in form.items())
            return "say", f"<form method=post action='{url}'>{inputs}<button>back</button></form>"
        document = b64decode(form["SAMLResponse"]).decode()
        bare = document[: document.index("<ds:Signature")] + document[document.index("</ds:Signature>") + 15 :]
        return "on", bindings.redirect(url, "SAMLResponse", bare, asked["RelayState"], signer("sp"))

    for slug, label in (("calendly", "Calendly"), ("wiki", "Wiki")):
        issuer = "https://app.example.com/saml" if slug == "calendly" else "https://wiki.example.com/saml"
        application.__dict__["answers"][f"/slo/{slug}"] = functools.partial(answer, slug, issuer)
        facts = ServiceProviderFacts(certificates=(made("sp").pem,), slo_url=f"{application.origin}/slo/{slug}", slo_binding="post")
        with session.store.transaction() as db:
            service_providers.put(db, applications.get(session, label).id, facts)


def test_signing_out_takes_the_browser_round_every_application(page: Any, portal: Place, application: Application) -> None:
    signing_out(portal, application)
    page.goto(portal.url)
    sign_in(page)
    for label in ("Calendly", "Wiki"):
        page.get_by_role("button", name=re.compile(label)).click()
        arrive(page)
        page.goto(portal.url)
    page.get_by_role("button", name="Sign out").click()
    if not page.scripts:
        page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="back").click()  # Calendly answers by a form of its own
    if not page.scripts:
        page.get_by_role("button", name="Go on").click()  # Wiki sends the browser back
    page.get_by_text("You are signed out everywhere").wait_for()
    page.goto(f"{portal.url}/account")
    assert page.url == f"{portal.url}/login"


CONTRASTS = """() => {
  const part = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (node) => { for (; node; node = node.parentElement) { const c = part(getComputedStyle(node).backgroundColor); if (c.length === 3 || c[3] > 0.99) return c.slice(0, 3); } return [255, 255, 255]; };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()) || node.tagName === "INPUT";
    if (!own || !node.getClientRects().length || ["SCRIPT", "STYLE"].includes(node.tagName)) continue;
    const [a, b] = [light(part(getComputedStyle(node).color).slice(0, 3)), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${node.tagName} ${node.className} ${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 30)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_word_can_be_read_in_light_and_dark_narrow_and_wide(chromium: Any, portal: Place, scheme: str, width: int) -> None:
    passwords.set_password(portal.session, GRACE, PASSWORD)
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 844})
    page = context.new_page()
    page.scripts = True

    def look() -> None:
        assert page.evaluate(CONTRASTS) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url

    page.goto(portal.url)
    look()
    sign_in(page, "not the password")
    page.get_by_role("alert").wait_for()
    look()
    sign_in(page)
    page.get_by_role("button", name=re.compile("Calendly")).wait_for()
    for path in ("/", "/account", "/account/second-factor", "/password/over", "/nowhere"):
        page.goto(portal.url + path)
        look()
    page.goto(passwords.make_link(portal.session, GRACE).url)
    look()
    context.close()


def test_all_of_it_is_on_record(portal: Place) -> None:
    rows = list(sign_ins.rows(portal.session, sign_ins.SignInQuery(app="Calendly")))
    assert {row.flow for row in rows} == {"idp", "sp"} and {row.result for row in rows} == {"asserted"}
    assert json.dumps([vars(row) for row in rows]).count(PASSWORD) == 0
