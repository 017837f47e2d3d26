"""What every log can do, as commands: narrowing by what is under the cursor, following, exporting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.commands import Command, Possible

if TYPE_CHECKING:
    from tui.widgets.log_table import LogTable
else:
    LogTable = Any


class LogCommand(Command[LogTable]):
    """Works on a log."""

    group = "In the log"

    def cli(self, table: LogTable) -> str:
        """The rows as they are narrowed now."""
        return table.filter.cli


class LogFollow(LogCommand):
    """Follow the log: go to the newest row and stay there. On the newest row: hold it still."""

    keys, name, short, priority, words = "f", "Follow", "Follow", 42, "log --follow"

    def run(self, table: LogTable) -> None:
        """Follows, or holds."""
        table.held = table.cursor == 0 and not table.held
        if not table.held:
            table.move(0)
            table.reload()
        table.post_message(table.Changed())

    def cli(self, table: LogTable) -> str:
        """The same in a terminal."""
        return f"{table.filter.cli} --follow"


class LogFailed(LogCommand):
    """Only what failed; again: everything."""

    keys, name, short, priority, words = "x", "Only what failed", "Failed", 44, "log --result failed"

    def run(self, table: LogTable) -> None:
        """Narrows."""
        table.narrow("result", "failed")


class LogFacet(LogCommand):
    """Narrows by the row under the cursor."""

    facet = ""

    def value(self, table: LogTable) -> str:
        """What the row under the cursor has."""
        raise NotImplementedError

    def possible(self, table: LogTable) -> Possible:
        """Where there is a row, or to take it away again."""
        if self.facet in table.fixed:
            return False
        return table.row is not None or self.facet in table.filter.facets

    def run(self, table: LogTable) -> None:
        """Narrows; narrowed by it already, it is taken away."""
        there = table.filter.facets.get(self.facet)
        table.narrow(self.facet, there or self.value(table))


class LogAction(LogFacet):
    """Only this action, that of the row under the cursor; again: every action."""

    keys, name, short, priority, facet = "a", "Only this action", "Action", 47, "action"

    def value(self, table: LogTable) -> str:
        """Its action."""
        return table.row.action if table.row else ""


class LogUser(LogFacet):
    """Only this user; again: everybody."""

    keys, name, short, priority, facet = "u", "Only this user", "User", 46, "user"

    def value(self, table: LogTable) -> str:
        """Whose operation it was."""
        return table.row.username if table.row else ""


class LogApplication(LogFacet):
    """Only this application; again: every application."""

    keys, name, short, priority, facet = "p", "Only this application", "Application", 48, "app"

    def value(self, table: LogTable) -> str:
        """Where it was sent."""
        return table.row.app_label if table.row else ""


class LogDay(LogCommand):
    """Only the last 24 hours; again: from the beginning."""

    keys, name = "t", "Only the last 24 hours"

    def run(self, table: LogTable) -> None:
        """Narrows."""
        table.narrow("since", "24h")


class LogClear(LogCommand):
    """Show everything again."""

    keys, name, short, priority = "c", "Show everything", "Everything", 41

    def possible(self, table: LogTable) -> Possible:
        """Where it is narrowed."""
        return bool(table.words)

    def run(self, table: LogTable) -> None:
        """Takes all narrowing away."""
        table.narrow("", "")


class LogExport(LogCommand):
    """Write the rows as they are narrowed to a file, as JSON lines or CSV."""

    keys, name, short, priority, words = "e", "Export", "Export", 52, "log --format"

    def possible(self, table: LogTable) -> Possible:
        """Where there is something."""
        app: Any = table.app
        return app.may("operator", writes=False) if table.count else "There is nothing to export."

    def run(self, table: LogTable) -> None:
        """Asks for the file."""
        from tui.screens.log_export import export

        export(table)

    def cli(self, table: LogTable) -> str:
        """To standard output."""
        return f"{table.filter.cli} --format jsonl"


LOG_MOVES = (LogFollow, LogFailed, LogUser, LogApplication, LogAction, LogDay, LogClear, LogExport)
