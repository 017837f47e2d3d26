"""What `usher users import` says: what changed, or every bad row with its line and column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.context import Cli
from tui.cli.text import listed, plural

if TYPE_CHECKING:
    from usher.services.imports import ImportPreview


def import_people(cli: Cli, file: str, dry_run: bool) -> int:
    """Carries out, or only previews, an import; returns the exit status."""
    from usher.services import imports

    path = Path(file)
    try:
        with cli.output.progress() as bar:
            found = imports.preview(cli.session, path) if dry_run else imports.run(cli.session, path, progress=bar.update)
    except imports.BadImport as refused:
        found = imports.ImportPreview(errors=refused.errors)
    if cli.output.json:
        cli.output.document(import_document(found, dry_run))
    elif found.errors:
        cli.output.table(["line", "column", "reason"], [(e.line, e.column, e.reason) for e in found.errors])
    else:
        cli.output.say(_sentence(found, dry_run))
    if found.errors:
        cli.output.error(
            "bad-rows", f"{plural(len(found.errors), 'bad value')} in {file} ({found.errors[0]}): nothing was kept.", "Mend the file and import it again."
        )
        return 2
    return 0


def import_document(found: ImportPreview, dry_run: bool) -> dict[str, object]:
    """What an import would change, or changed."""
    errors = [{"line": e.line, "column": e.column, "reason": e.reason} for e in found.errors]
    return {
        "dry_run": dry_run,
        "create": found.create,
        "update": found.update,
        "unchanged": found.unchanged,
        "groups_new": list(found.groups_new),
        "errors": errors,
    }


def _sentence(found: ImportPreview, dry_run: bool) -> str:
    """An import in one line."""
    counts = f"{plural(found.create, 'person', 'people')} {'would be ' if dry_run else ''}added, {found.update} changed, {found.unchanged} as they were"
    new = f"; new groups: {listed(list(found.groups_new))}" if found.groups_new else ""
    return f"{counts}{new}.{' Nothing was kept.' if dry_run else ''}"
