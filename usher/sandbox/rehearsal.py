"""The rehearsal of `usher demo`: a throw-away folder with a store, a key and sixty people, and a stand-in provider beside it.

Nothing outside the folder is read or written, and it goes with everything in it when the rehearsal ends.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from store.activity import Actor
from usher.sandbox import people
from usher.sandbox.facts import DemoFacts
from usher.sandbox.processes import ProviderProcess, end_workers, launch_portal, launch_provider, need_the_extra, stop
from usher.sandbox.steps import steps
from usher.services import passwords, setup
from usher.services.session import Session

ORGANIZATION = "Example Organisation"
PERSON = "amelie.lefevre@example.com"
SLUG = "calendly"


class Rehearsal:
    """Sets a rehearsal up when it is entered and takes everything away when it is left (`keep`: all but the folder)."""

    def __init__(self, actor: Actor, *, port: int = 0, seats: int = 50, strict: bool = False, keep: bool = False) -> None:
        self._actor = actor
        self._port = port
        self._seats = seats
        self._strict = strict
        self._keep = keep
        self._provider: ProviderProcess | None = None
        self._portal: subprocess.Popen[str] | None = None
        self._bound: socket.socket | None = None
        self._session: Session | None = None
        self._folder = Path()
        self.facts: DemoFacts

    @property
    def session(self) -> Session:
        """An administrator at work on the store of the rehearsal."""
        assert self._session is not None
        return self._session

    @property
    def was_set_up(self) -> bool:
        """Whether there was something to take away."""
        return hasattr(self, "facts")

    def provider_runs(self) -> bool:
        """Whether the stand-in is still there."""
        return self._provider is not None and self._provider.is_running()

    def __enter__(self) -> Rehearsal:
        need_the_extra()
        self._folder = Path(tempfile.mkdtemp(prefix="usher-demo-")).resolve()
        try:
            self._fill_folder()
        except BaseException:
            self._take_away()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._take_away()

    def _fill_folder(self) -> None:
        token_file = self._folder / "token"
        write_private(token_file, secrets.token_hex(24) + "\n")
        bound = self._bound = bound_to_loopback()
        base_url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        self._provider = launch_provider(token_file, port=self._port, seats=self._seats, strict=self._strict, portal=base_url)
        store, key_file, downloads = self._folder / "store" / "usher.db", self._folder / "keys" / "demo.key", self._folder / "Downloads"
        downloads.mkdir(mode=0o700)
        setup.create_store(store, key_file, organization=ORGANIZATION, base_url=base_url, actor=self._actor).close()
        self._session = setup.open_session(store, actor=self._actor, key_file=key_file)
        self._session.downloads = downloads
        assert self._session.exchange is not None
        self._session.exchange.mkdir(mode=0o700, exist_ok=True)
        self._bring_people_in()
        password = f"demo-{secrets.token_hex(4)}"
        passwords.set_password(self._session, PERSON, password)
        self._portal = launch_portal(store, key_file, bound)
        self.facts = self._gather(self._provider, store, key_file, downloads, base_url, password)
        write_private(self.facts.facts_file, json.dumps(self.facts.document(), ensure_ascii=False, indent=2))
        write_private(self.facts.shell_file, self.facts.shell())
        os.environ.update(self.facts.environment)  # for the workers that this process starts

    def _bring_people_in(self) -> None:
        from usher.services import imports

        file = self._folder / "people.csv"
        write_private(file, people.import_file())
        imports.run(self.session, file)

    def _gather(self, provider: ProviderProcess, store: Path, key_file: Path, downloads: Path, portal: str, password: str) -> DemoFacts:
        application = f"{provider.page}saml/{SLUG}"
        return DemoFacts(
            organization=ORGANIZATION,
            identity_provider=portal,
            folder=self._folder,
            store=store,
            key_file=key_file,
            token_file=provider.token_file,
            downloads=downloads,
            base_url=provider.base_url,
            page=provider.page,
            seats=self._seats,
            strict=self._strict,
            people=len(people.people()),
            groups=people.groups(),
            steps=steps(provider.base_url, provider.token_file, downloads, application, portal, PERSON),
            application=application,
            person=PERSON,
            password=password,
        )

    def _take_away(self) -> None:
        """Workers and portal first (they write to the store and call the stand-in), then the stand-in, then the folder."""
        try:
            if self._portal is not None:
                self._portal.terminate()  # it ends while the rest is ended
            if self._session is not None:
                self._session.store.close()
                end_workers(self._session.store.path)
        finally:
            if self._portal is not None:
                stop(self._portal)
            if self._provider is not None:
                self._provider.stop()
            if self._bound is not None:
                self._bound.close()
            if not self._keep:
                shutil.rmtree(self._folder)


def write_private(path: Path, text: str) -> None:
    """A new file that only its owner reads."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def bound_to_loopback() -> socket.socket:
    """A socket on a port of its own: the portal's address is part of the store before it can be served, and nobody takes it meanwhile."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    bound.bind(("127.0.0.1", 0))
    return bound
