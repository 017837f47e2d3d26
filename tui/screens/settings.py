"""Settings: the organisation, the theme, the store and its key, who is at work, backups."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult

from store.errors import UsageError
from tui.commands import Command, Possible
from tui.screens.base import PlaceScreen
from tui.screens.doing import Doing
from tui.screens.importing import path_of
from tui.screens.keys import RotateKeys, UnlockKey
from tui.screens.prompt import Prompt
from tui.screens.settings_lines import Edit, ToOperators, at_work_lines, backup_lines, finding_lines, setting_lines
from tui.widgets.fields import FieldSpec
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.sheet import Line, Sheet
from usher.services import backup, settings
from usher.services.backup import Backup
from usher.services.doctor import Finding
from usher.services.settings import Setting


class SettingsCommand(Command["Settings"]):
    """Something an administrator does."""

    def possible(self, screen: Settings) -> Possible:
        """Administrators only."""
        return screen.may_change


class ChangeSetting(SettingsCommand):
    """Change the setting under the cursor; the theme goes on to the next one, at once."""

    keys, name, short, priority, words = "e", "Change", "Change", 20, "settings set"

    def possible(self, screen: Settings) -> Possible:
        """Where a setting is, and nothing keeps it."""
        found = screen.setting
        if found is None:
            return False
        return super().possible(screen) if found.editable else found.why

    def run(self, screen: Settings) -> None:
        """Asks for the value."""
        if screen.setting is not None:
            screen.change(screen.setting)

    def cli(self, screen: Settings) -> str:
        """Names the setting."""
        return f"usher settings set {screen.setting.key}=VALUE" if screen.setting else ""


class NextTheme(SettingsCommand):
    """The next theme: dark, light, or what the terminal says."""

    keys, name, short, priority, words = "t", "Next theme", "Theme", 30, "settings set"

    def run(self, screen: Settings) -> None:
        """Keeps it; the console follows at once."""
        screen.next_theme()

    def cli(self, screen: Settings) -> str:
        """With the next one."""
        return f"usher settings set theme={screen.theme_after}"


class MakeBackup(SettingsCommand):
    """Write a checked copy of the store while it is in use."""

    keys, name, short, priority, words = "b", "Back up the store", "Back up", 40, "backup"

    def run(self, screen: Settings) -> None:
        """Asks for the file."""
        screen.ask_backup()

    def cli(self, screen: Settings) -> str:
        """With the file proposed."""
        return f"usher backup {shlex.quote(str(screen.backup_path))}"


class GoOperators(Command["Settings"]):
    """Operators and roles: who works with this store, with which SSH keys."""

    keys, name, short, priority, words = "o", "Operators", "Operators", 35, "operators list"

    def run(self, screen: Settings) -> None:
        """Goes there."""
        screen.app.visit("operators")


class Examine(Command["Settings"]):
    """Examine the store, its key and this machine again, beside the screen."""

    keys, name, short, priority, words = "x", "Examine again", "Examine", 50, "doctor"

    def run(self, screen: Settings) -> None:
        """Begins."""
        screen.examine()


class Settings(PlaceScreen):
    """One sheet; a line with a setting is changed by enter."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (UnlockKey, ChangeSetting, NextTheme, GoOperators, MakeBackup, Examine, RotateKeys)
    AUTO_FOCUS = "#settings"
    place = "settings"
    topics = frozenset({"setting", "application", "worker", "operator"})

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet(id="settings")
        self.found: list[Setting] = []
        self.findings: list[Finding] | None = None

    def body(self) -> ComposeResult:
        """Heading and sheet."""
        yield Heading("Settings")
        yield self.sheet

    def arrive(self, argument: str) -> None:
        """Each visit examines anew."""
        self.findings = None

    def on_mount(self) -> None:
        """Workers come and go without a word: they are looked at by themselves."""
        self.set_interval(2, self._look)

    def _look(self) -> None:
        if self._standing and self.app.screen is self:
            self._show()

    def refill(self) -> None:
        """Shows the settings; the store is examined beside the screen."""
        self._show()
        if self.findings is None:
            self.examine()

    def examine(self) -> None:
        """Reads the whole store, in a thread."""
        from usher.services import doctor

        self.findings = None
        self._show()
        session = self.session
        self.read(lambda: doctor.examine(session), self._examined, group="doctor")

    def _examined(self, found: list[Finding]) -> None:
        self.findings = found
        self._show()

    def _show(self) -> None:
        self.found = settings.list_(self.session)
        width = max(40, self.sheet.size.width - 2)
        parts = {part: [one for one in self.found if one.part == part] for part in dict.fromkeys(one.part for one in self.found)}
        backups = backup_lines(self.session, parts.pop("backups", []), width)
        lines = [*setting_lines(parts, width), *at_work_lines(self.session), Line(), *backups, Line(), *finding_lines(self.findings, width)]
        self.sheet.show(lines)
        self.query_one(Heading).show("Settings", _facts(self.findings))
        self.touch()

    def on_resize(self) -> None:
        """What is wrapped is wrapped again."""
        if self._standing:
            self.call_after_refresh(self._show)

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """Changes the setting, or says what keeps it."""
        if isinstance(message.target, ToOperators):
            self.app.visit("operators")
        found = self.setting
        if found is None:
            return
        if not found.editable:
            self.say(found.why, "Delete those applications first.", "warn")
        elif self.may_change is not True:
            self.say(str(self.may_change), tone="warn")
        else:
            self.change(found)

    # What is changed

    @property
    def may_change(self) -> bool | str:
        """Whether this operator may, or why not."""
        return self.app.may("administrator")

    @property
    def setting(self) -> Setting | None:
        """The one under the cursor."""
        target = self.sheet.target
        return next((one for one in self.found if isinstance(target, Edit) and one.key == target.key), None)

    @property
    def theme_after(self) -> str:
        """The theme that comes next."""
        now = next((one.value for one in self.found if one.key == "theme"), "dark")
        return settings.THEMES[(settings.THEMES.index(now) + 1) % len(settings.THEMES)] if now in settings.THEMES else "dark"

    def next_theme(self) -> None:
        """Keeps the next theme; it is applied at once."""
        self._keep({"theme": self.theme_after}, lambda _: self.app.follow_theme())

    def change(self, found: Setting) -> None:
        """Asks for another value; a refusal stands beside it."""
        if found.key == "theme":
            self.next_theme()
            return
        session = self.session
        dialog: Prompt

        def keep(values: Mapping[str, str]) -> list[Setting]:
            return settings.set_(session, values, expected=dialog.seen)

        options = tuple((one, one) for one in found.options)
        dialog = Prompt(found.label, [FieldSpec(found.key, "Value", found.value, found.hint, options, required=not found.may_be_empty)], "Save", keep)
        self.ask(dialog, lambda _: self._kept(found.label))

    def _keep(self, values: dict[str, str], then: Any) -> None:
        session = self.session
        self.work(lambda: settings.set_(session, values), then)

    def _kept(self, label: str) -> None:
        self.say(f"Saved: {label}.")
        self.refresh_here()

    # Backups

    @property
    def backup_path(self) -> Path:
        """Where a backup would go unless another file is named."""
        name = f"usher-{self.session.clock.now():%Y-%m-%d}.db"
        return Path(name) if self.session.confined else self.session.downloads / name

    def ask_backup(self) -> None:
        """Asks for the file, then makes the backup beside the screen."""
        where = "A file name; it is written to the exchange folder." if self.session.confined else "A new file; one that exists is never written over."
        lines: list[Spans] = ["The store is copied while it is in use, and the copy is checked.", ("The master key is not in it: keep that elsewhere.", "warn")]
        dialog = Prompt("Back up the store", [FieldSpec("file", "File", str(self.backup_path), where, required=True)], "Back up", self._target, lines)
        self.ask(dialog, self._back_up)

    def _target(self, values: Mapping[str, str]) -> Path:
        """Where the backup goes; what speaks against it stands beside the field, before anything is copied."""
        path = path_of(self.session, values["file"])
        if self.session.confined:
            return path
        if path.parent == self.session.downloads:
            path.parent.mkdir(parents=True, exist_ok=True)
        if not path.parent.is_dir():
            raise UsageError("no-folder", f"There is no folder {path.parent}.", "Name a file in a folder that is there.", "file")
        if path.exists():
            raise UsageError("file-exists", f"There is a file {path} already.", "Choose another name.", "file")
        return path

    def _back_up(self, path: Path) -> None:
        make = partial(backup.backup, self.session, path)
        self.app.push_screen(Doing(f"Backing up to {path.name}", make, self._backed_up, "The backup was cancelled: no file was left."))

    def _backed_up(self, made: Backup) -> None:
        self.say(
            f"Wrote {made.path}.", made.warning or f"Its manifest is {made.manifest_path.name}. The master key is not in it.", "warn" if made.warning else "ok"
        )
        self.refresh_here()


def _facts(findings: list[Finding] | None) -> Spans:
    """How the store stands, in a word."""
    if findings is None:
        return [("examining the store …", "dim")]
    bad, warn = sum(one.level == "bad" for one in findings), sum(one.level == "warn" for one in findings)
    if bad:
        return [("✗ ", "bad"), f"{bad} to mend"]
    return [("▲ ", "warn"), f"{warn} to look at"] if warn else [("✓ ", "ok"), "all is well"]
