"""What a command is given: the global options, the session they open, and where its words go."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from store.activity import Actor
from store.errors import UsageError
from tui.cli.output import Output

if TYPE_CHECKING:
    from store.secrets import Secret
    from usher.services.session import Session


NOBODY = Actor("", "", "")
"""Who opens the store before it is known who is at work: may nothing."""


class Cli:
    """The global options of one call, and what follows from them."""

    def __init__(self, *, json: bool = False) -> None:
        self.store: str | None = None
        self.operator: str | None = None
        self.confined = False
        self.read_only = False
        self.ssh_key: str | None = None
        self.way = "command"
        self.output = Output(json=json)

    @property
    def store_path(self) -> Path:
        """--store, else USHER_STORE, else the file in the user's data folder."""
        from usher.services import setup

        named = self.store or os.environ.get("USHER_STORE")
        return Path(named) if named else setup.default_store_path()

    @property
    def key_file(self) -> Path | None:
        """USHER_KEY_FILE; None means the file in the config folder that the store's id names."""
        named = os.environ.get("USHER_KEY_FILE")
        return Path(named) if named else None

    @property
    def named(self) -> str:
        """The operator's name: --operator, else USHER_OPERATOR; empty when neither says."""
        name = (self.operator or os.environ.get("USHER_OPERATOR") or "").strip()
        if not name.isprintable() or len(name) > 100 or (self.operator is not None and not name):
            raise UsageError(
                "operator-name", "The operator's name must be one printable line of up to 100 characters.", "Give it with --operator or USHER_OPERATOR."
            )
        return name

    @property
    def actor(self) -> Actor:
        """Who makes a store, in which there are no operators yet."""
        from usher.services import at_work

        return Actor(self.named or at_work.account_name(), "administrator", at_work.way_in(self.way))

    @cached_property
    def session(self) -> Session:
        """The store opened for this operator; made when first used."""
        from usher.services import at_work, setup

        named = self.named
        opened = setup.open_session(self.store_path, actor=NOBODY, key_file=self.key_file, read_only=self.read_only, confined=self.confined)
        if opened.store.brought:
            self.output.note(opened.store.brought)
        opened.ask = self._ask_passphrase if sys.stdin is not None and sys.stdin.isatty() else None
        try:
            at_work.enter(opened, named, self.way, key=self.ssh_key or "")
        except BaseException:
            opened.store.close()
            raise
        return opened

    def _ask_passphrase(self) -> Secret:
        """The passphrase of a locked key, at a terminal; a command needs it for itself alone."""
        from tui.cli.files import read_secret

        return read_secret(self, None, "Passphrase of the store's key", "--passphrase-file")

    def close(self) -> None:
        """Closes the store if it was opened."""
        if "session" in self.__dict__:
            self.session.store.close()
