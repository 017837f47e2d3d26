"""Secrets are planted, everything is done with them that the product does, and all that came of it is searched: no file, log, answer,
screen, picture, report, backup, export or argument holds one, in whatever spelling."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from store.key_sources import fingerprint_of
from store.secrets import Secret, unwrap_all
from tests.kit import ADMINISTRATOR
from tests.tui.kit import console, press, run, text
from tests.whole.canary_portal import lets_somebody_in, makes_a_link
from tests.whole.house import USHER, House, dozen, house, username
from tui.cli.program import run as usher
from usher.provisioning import spawn
from usher.provisioning.presence import living
from usher.services.setup import open_session

__all__ = ["house"]

TOKEN = 'tok-Kanarienvogel"4711\\/+=zz'
OTHER_TOKEN = "tok-Zeisig.9f3b"
PASSPHRASE = "Der Hafen schläft, der Kanarienvogel nicht"
PASSWORD = "Pirol-im-Kirschbaum-53"
ANA, BEN = username("Ana Silva"), username("Ben Okoro")


class Parrot(BaseHTTPRequestHandler):
    """A provider that gives back whatever header it was sent, in its answers' headers and bodies, in several spellings."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "ServiceProviderConfig" in self.path:
            self._say(404, {"detail": f"none here for {self._heard()}"})
        else:
            self._say(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": [], "heard": self._heard()})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["userName"] == BEN:
            self._say(400, {"detail": f"I was told {self._heard()}, and {base64.b64encode(self._heard().encode()).decode()}", "status": "400"})
        else:
            self._say(201, {**body, "id": body["userName"], "nickName": self._heard()})

    def _heard(self) -> str:
        return self.headers["Authorization"] or ""

    def _say(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).replace("/", "\\/").encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "application/scim+json"),
            ("Content-Length", str(len(body))),
            ("X-Heard", self._heard()),
            ("X-Quoted", quote(self._heard())),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing on stderr."""


@pytest.fixture
def parrot() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/scim/v2"
    server.shutdown()
    server.server_close()


@dataclass
class Aviary:
    """A house with secrets in it, what they are, and everything that was said."""

    house: House
    said: dict[str, bytes] = field(default_factory=dict)
    needles: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str = "", status: int | None = 0) -> str:
        """A command in this process; its stdout and stderr are kept."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.house.env.items():
                patch.setenv(name, value)
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            patch.setattr("sys.stdout", out)
            patch.setattr("sys.stderr", err)
            ended = usher(list(words))
        self.said[f"{len(self.said)} usher {' '.join(words)}"] = (out.getvalue() + err.getvalue()).encode()
        assert status is None or ended == status, f"usher {' '.join(words)}\n{out.getvalue()}{err.getvalue()}"
        return out.getvalue()

    def secret_file(self, name: str, text: str) -> str:
        """A file outside the house, as an operator would have it."""
        folder = self.house.folder.parent / "planted"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / name).write_text(text + "\n")
        return str(folder / name)

    def master(self) -> Path:
        return Path(self.house.env["USHER_KEY_FILE"])

    def open(self, passphrase: str = "") -> Any:
        session = open_session(self.house.store, actor=ADMINISTRATOR, key_file=self.master())
        if passphrase:
            session.vault.unlock(Secret(passphrase))
        return session

    def plant_keys(self, passphrase: str = "") -> None:
        """Master, data and private keys of now are among what is searched for."""
        session = self.open(passphrase)
        master = session.vault.master()
        self.needles[f"master key {fingerprint_of(master)}"] = master
        for kid, key in unwrap_all(master, session.db).items():
            self.needles[f"data key {kid}"] = key
        for row in session.db.execute("select id, private_key from certificate").fetchall():
            pem = session.vault.open("certificate", row[0], "private_key", row[1]).reveal()
            numbers = load_pem_private_key(pem.encode(), None).private_numbers()  # type: ignore[union-attr]
            self.needles[f"private key {row[0]}: d"] = numbers.d.to_bytes(256)[:48]  # type: ignore[union-attr]
            self.needles[f"private key {row[0]}: p"] = numbers.p.to_bytes(128)[:48]  # type: ignore[union-attr]
            self.needles[f"private key {row[0]}: PEM"] = pem.splitlines()[12].encode()
        session.store.close()


def spellings(needle: bytes) -> Iterator[bytes]:
    """How a secret could be written: as it is, in upper and lower case hex, Base64 at each of three offsets (both alphabets), JSON-escaped,
    percent-encoded, as Python shows it, in UTF-16, and in pieces of a screen."""
    yield needle
    yield needle.hex().encode()
    yield needle.hex().upper().encode()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + needle)
        inner = whole[(0, 2, 3)[offset] :].rstrip(b"=")[: -1 if (len(needle) + offset) % 3 else None]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")
    yield repr(needle)[2:-1].encode()
    try:
        text = needle.decode()
    except UnicodeDecodeError:
        return
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield json.dumps(text)[1:-1].replace("/", "\\/").encode()
    yield quote(text).encode()
    yield quote(text, safe="").encode()
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield "".join(f"\\u{ord(c):04x}" for c in text).encode()
    yield text.replace("&", "&amp;").replace('"', "&quot;").encode()
    yield text.replace('"', "&#34;").replace("'", "&#39;").encode()
    yield text.replace(" ", "&#160;").encode()


def found(needles: dict[str, bytes], hay: dict[str, bytes]) -> list[str]:
    """Where which secret is, in any spelling."""
    every = {name: set(spellings(needle)) for name, needle in needles.items()}
    return [f"{name} in {place}" for place, content in hay.items() for name, forms in every.items() if any(form in content for form in forms)]


def files(folder: Path, *, but: frozenset[Path] = frozenset()) -> dict[str, bytes]:
    """Every file below a folder (the store is closed by then: its log has been written home, or lies beside it)."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if stat.S_ISREG(path.lstat().st_mode) and path not in but}


@pytest.mark.parametrize("needle", [TOKEN.encode(), PASSPHRASE.encode(), bytes(range(200, 232))])
def test_the_search_finds_every_spelling_wherever_it_stands(needle: bytes) -> None:
    for number, form in enumerate(spellings(needle)):
        assert len(form) >= 12, f"spelling {number} would be found everywhere"
        assert found({"it": needle}, {"hay": b"x" * number + form + b"y"}) == ["it in hay"]
    for offset in range(7):
        assert found({"it": needle}, {"hay": base64.b64encode(b"z" * offset + needle + b"tail")}) == ["it in hay"]
    assert not found({"it": needle}, {"hay": needle[:-1] + b"?"})


def test_no_secret_comes_out_anywhere(house: House, parrot: str) -> None:
    aviary = Aviary(house)
    aviary.needles |= {"token": TOKEN.encode(), "other token": OTHER_TOKEN.encode(), "passphrase": PASSPHRASE.encode(), "password": PASSWORD.encode()}
    sets_up(aviary, parrot)
    pushes_and_is_refused(aviary)
    lets_people_in(aviary)
    shows_itself(aviary)
    changes_keys(aviary)
    breaks_down(aviary)
    saves_and_restores(aviary)
    aviary.house.leave()
    wait_for_the_worker(aviary)
    kept = frozenset({aviary.master(), *aviary.master().parent.glob("house.*.key")})
    hay = {**aviary.said, **files(house.folder, but=kept)}
    assert any("crashes" in name for name in hay) and any(name.endswith(".svg") for name in hay) and any("backup" in name for name in hay)
    assert len(aviary.said) > 60 and sum(len(content) for content in hay.values()) > 500_000
    assert found(aviary.needles, hay) == []
    assert found({"marker": b"Kirschblatt"}, hay), "what is no secret is found there: the search does search"


def sets_up(aviary: Aviary, parrot: str) -> None:
    """An application with a key of its own, a connection with a token, a person with a password, an anchor; and mistakes on the way."""
    house = aviary.house
    house.people(*dozen())
    aviary("groups", "add", "Kirschblatt")
    for label, token in (("Calendly", TOKEN), ("Second", OTHER_TOKEN)):
        aviary("apps", "add", "calendly", "--label", label)
        aviary("apps", "fill", label, "YOUR_ID=42")
        aviary("apps", "sso", label, "activate")
        aviary("idm", "configure", label, "--base-url", parrot, "--token-file", "-", stdin=token + "\n")
        aviary("idm", "test", label, status=None)
        aviary("idm", "test", label, "--json", status=None)
    aviary("idm", "configure", "Calendly", "--base-url", parrot, "--token", TOKEN, status=2)
    aviary("idm", "configure", "Calendly", "--base-url", parrot, "--token-file", "-", stdin=f"{TOKEN}\nBearer x\n", status=2)
    aviary("idm", "configure", "Calendly", "--base-url", f"http://user:{OTHER_TOKEN}@127.0.0.1/", "--token-file", "-", stdin=TOKEN, status=2)
    aviary("idm", "configure", "Nobody", "--base-url", parrot, "--token-file", aviary.secret_file("token", TOKEN), status=2)
    aviary("users", "password", ANA, "--password-file", aviary.secret_file("password", PASSWORD))
    aviary("users", "password", ANA, "--password-file", "-", stdin=PASSWORD[:5], status=2)
    aviary("idm", "activate", "Calendly")
    aviary("idm", "set", "Calendly", "mode=on-demand")
    aviary("apps", "authorize", "Calendly", "Sales")
    aviary("settings", "set", f"anchor_file={house.folder}/anchor.jsonl")
    aviary.plant_keys()


def pushes_and_is_refused(aviary: Aviary) -> None:
    """A push, whose provider gives the token back in every answer; a worker's arguments; then everything that can be read of it."""
    aviary("push", "Calendly", "--plan")
    aviary("push", "Calendly", status=1)
    pid = aviary.house.worker()
    if pid:
        watch(aviary, pid, "worker")
    aviary("push", "Calendly", "--json", status=None)
    for words in (
        "apps list", "apps show Calendly", "apps attributes Calendly list", "apps certificate Calendly --output -", "idm mapping Calendly list", "users list",
        f"users show {ANA}", "groups list", "groups members Sales", "pushes list", "log", f"why Calendly {ANA}", "activity", "activity verify",
        "settings list", "operators list", "operators authorized-keys", "sign-ins list", "catalog search", "catalog show calendly", "keys show", "doctor",
    ):  # fmt: skip
        aviary(*words.split(), status=None)
        aviary(*words.split(), "--json", status=None)
    for words in ("log --format jsonl", "log --format csv", "activity --format jsonl", "--help", "keys --help"):
        aviary(*words.split(), status=None)
    operations = json.loads(aviary("log", "--json"))
    assert {row["result"] for row in operations} >= {"failed", "succeeded"}
    for row in operations[:4]:
        aviary("log", "show", row["operation"])
        shown = aviary("log", "show", row["operation"], "--json")
        aviary("log", "show", row["operation"], "--curl", status=None)
    assert "redacted" in shown, "the exchange is kept, without the token"


def watch(aviary: Aviary, pid: int, name: str) -> None:
    """What other accounts of the machine see of a process."""
    for file in ("cmdline", "comm", "status", "environ"):
        try:
            aviary.said[f"/proc of the {name}: {file}"] = Path(f"/proc/{pid}/{file}").read_bytes()
        except OSError:
            continue


def lets_people_in(aviary: Aviary) -> None:
    """Somebody sets a password and a second factor at `usher serve`, and signs on; then everything that can be read of it."""
    path = makes_a_link(aviary, BEN)
    with serving(aviary) as url:
        lets_somebody_in(aviary, url, BEN, path)
    for words in ("sign-ins list", f"users show {BEN}", "activity --format jsonl"):
        aviary(*words.split())
    for row in json.loads(aviary("sign-ins", "list", "--json"))[:2]:
        aviary("sign-ins", "show", row["id"])


@contextlib.contextmanager
def serving(aviary: Aviary) -> Iterator[str]:
    """`usher serve` in a process of its own; where it listens. What it says is kept."""
    command, env = [*USHER, "serve", "--port", "0", "--no-worker"], {**os.environ, **aviary.house.env}
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        yield first.split()[-1].decode()
        watch(aviary, process.pid, "portal")
    finally:
        process.terminate()
        aviary.said["what the portal said"] = process.communicate(timeout=30)[0]


def shows_itself(aviary: Aviary) -> None:
    """The console on a terminal, every byte it draws; and pictures of it while a token is typed."""
    with aviary.house.console("app", "Calendly", "idm") as terminal:
        watch(aviary, terminal.process.pid, "console")
        terminal.go("6", "Provisioning Log")
        terminal.press("enter")
        terminal.settle(1)
        terminal.go("3", "Users")
        terminal.leave()
    aviary.said["the console's bytes"] = terminal.output

    async def walk() -> None:
        from tui.screens.prompt import Prompt
        from tui.widgets.fields import FieldSpec

        session = aviary.open()
        async with console(session, "app Second", size=(120, 40)) as pilot:
            pilot.app.push_screen(Prompt("Token", [FieldSpec("token", "Token Key", password=True)], "Save", lambda values: None))
            await pilot.pause()
            pilot.app.screen.query_one("Input").value = OTHER_TOKEN  # type: ignore[attr-defined]
            shown = await press(pilot, "end", "shift+home", "ctrl+c", "ctrl+x")
            (aviary.house.folder / "picture.svg").write_text(pilot.app.export_screenshot())
            aviary.said["the typed token on the screen"] = (shown + text(pilot)).encode()
            aviary.said["the clipboard"] = pilot.app.clipboard.encode()
        session.store.close()

    run(walk())


def changes_keys(aviary: Aviary) -> None:
    """Rotated, rewrapped, put under a passphrase, unlocked rightly and wrongly; a worker that got its key through a pipe."""
    aviary("keys", "rotate")
    aviary.plant_keys()
    aviary("keys", "rewrap", "--json")
    named = aviary.secret_file("passphrase", PASSPHRASE)
    aviary("keys", "source", "passphrase", "--new-passphrase-file", named)
    aviary.plant_keys(PASSPHRASE)
    aviary("keys", "show", "--json")
    aviary("keys", "rotate", status=4)
    aviary("keys", "rotate", "--passphrase-file", "-", stdin=PASSPHRASE + "!", status=4)
    aviary("keys", "rotate", "--passphrase", PASSPHRASE, status=2)
    with waiting(aviary, "worker") as worker, waiting(aviary, "serve", "--port", "0", "--no-worker"):
        assert json.loads(aviary("keys", "unlock", "--passphrase-file", named, "--json")) == {"unlocked": 2}
        wait_until(lambda: not list(aviary.house.store.parent.glob("*.locked-*")), "worker and server to go on")
        for before in ((), ("keys", "rotate", "--passphrase-file", named)):  # what is sealed anew is opened without a word
            if before:
                aviary(*before)
                aviary.plant_keys(PASSPHRASE)
            aviary("users", "set", BEN, f"displayname=Ben {len(before)}")
            assert "I was told Bearer [redacted]" in aviary("push", "Calendly", status=1), "the worker sent the token"
        watch(aviary, worker.pid, "unlocked worker")
    hands_the_key_over(aviary)
    aviary("keys", "source", "file", "--passphrase-file", named)


@contextlib.contextmanager
def waiting(aviary: Aviary, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that started with a locked key, and waits for it; what it says is kept."""
    store = aviary.house.store
    before = len(list(store.parent.glob(f"{store.name}.locked-*")))
    process = subprocess.Popen(
        [*USHER, *words], env={**os.environ, **aviary.house.env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: len(list(store.parent.glob(f"{store.name}.locked-*"))) > before, f"usher {words[0]} to wait for the key")
        yield process
    finally:
        process.terminate()
        aviary.said[f"what usher {words[0]} said"] = process.communicate(timeout=30)[0]


def hands_the_key_over(aviary: Aviary) -> None:
    """A worker started by somebody who has unlocked the key works with it, and shows it to nobody."""
    session = aviary.open(PASSPHRASE)
    assert spawn.ensure_worker(session)
    wait_until(lambda: living(session.store, session.db), "a worker to be there")
    pid = aviary.house.worker()
    aviary("users", "set", ANA, "displayname=Ana S.")
    assert "I was told Bearer [redacted]" in aviary("push", "Calendly", status=1), "the token was sent"
    watch(aviary, pid, "worker that was handed the key")
    session.store.close()
    aviary.house.leave()
    wait_for_the_worker(aviary)


def breaks_down(aviary: Aviary) -> None:
    """An error nobody foresaw, with secrets in its message, its values and its arguments, as the console and the command line end on it."""
    from tui.crash import keep_report

    def deep(token: str, key: bytes) -> None:
        held = {"token": token, "key": key}
        raise RuntimeError(f"header Authorization: Bearer {token}", held)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(aviary.house.folder))
        patch.delenv("XDG_STATE_HOME", raising=False)
        try:
            try:
                deep(TOKEN, aviary.needles["data key k1"])
            except RuntimeError as error:
                raise ValueError(PASSPHRASE) from error
        except ValueError as error:
            aviary.said["what a crash says"] = keep_report(error).encode()
        patch.setattr("usher.services.doctor.examine", lambda *_, **__: deep(TOKEN, b""))
        aviary("doctor", status=1)


def saves_and_restores(aviary: Aviary) -> None:
    """A backup, its manifest, a second house made of it."""
    backup = aviary.house.folder / "backup.db"
    aviary("backup", str(backup), "--json")
    aviary("restore", str(backup), "--replace", status=None)
    aviary("activity", "anchor", str(aviary.house.folder / "anchor2.jsonl"))
    aviary("activity", "verify", "--anchor", f"{backup}.json", status=None)


def wait_until(holds: Any, what: str) -> None:
    end = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def wait_for_the_worker(aviary: Aviary) -> None:
    """Until the worker that a push started has closed the store."""
    pid = aviary.house.worker()
    wait_until(lambda: not pid or not Path(f"/proc/{pid}").exists() or b"\0" not in Path(f"/proc/{pid}/cmdline").read_bytes(), "the worker to end")
