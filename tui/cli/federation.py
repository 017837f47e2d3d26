"""`usher apps certificate | metadata | sp-metadata`: what an application and the identity provider know each other by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.files import read_document, read_secret
from tui.cli.framework import Command, pass_cli

if TYPE_CHECKING:
    from usher.services.applications import ApplicationDetail
    from usher.services.rotation import HeldCertificate
    from usher.services.sp_metadata import SpImport

_LARGEST_PEM = 65536
_SAID = {
    "stage": "A new certificate of {app} is published in its metadata. When the application knows it: usher apps certificate '{app}' activate",
    "upload": "Your certificate is published in the metadata of {app}. When the application knows it: usher apps certificate '{app}' activate",
    "activate": "The new certificate of {app} signs now; the one before is still published. When it is needed no more: usher apps certificate '{app}' retire",
    "retire": "The certificate before is published no more. It can be brought back until the next one is staged: usher apps certificate '{app}' retire --back",
}
_SAID_BACK = {
    "stage": "The staged certificate of {app} and its key are forgotten.",
    "activate": "The certificate before signs for {app} again; the new one is staged.",
    "retire": "The retired certificate of {app} is published again.",
}


@click.command(
    "certificate",
    cls=Command,
    example="usher apps certificate Calendly --output calendly.pem\nusher apps certificate Calendly stage\nusher apps certificate Calendly activate --back",
)
@click.argument("app")
@click.argument("verb", type=click.Choice(["list", "stage", "activate", "retire", "upload"]), required=False, metavar="[list|stage|activate|retire|upload]")
@click.option("--output", default=None, metavar="FILE|-", help="Where to; - prints it. Without: certificate.pem in Downloads.")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@click.option("--der", is_flag=True, help="Write DER instead of PEM.")
@click.option("--staged", is_flag=True, help="The staged certificate instead of the active one.")
@click.option("--back", is_flag=True, help="Take the step stage, activate or retire back.")
@click.option("--certificate", "certificate_file", default=None, metavar="FILE", help="upload: your certificate, PEM.")
@click.option("--key", "key_file", default=None, metavar="FILE", help="upload: its private key, PEM without passphrase; - is stdin.")
@pass_cli
def certificate(cli: Cli, /, app: str, verb: str | None, back: bool, certificate_file: str | None, key_file: str | None, **download: Any) -> None:
    """Download the IdP certificate of an application, or change it.

    \b
    list      those there are: active, staged, retiring, retired
    stage     a new one is published in the metadata, beside the active one
    upload    the same with your own certificate and key
    activate  the staged one signs; the one before stays published
    retire    the one before is published no more
    """
    refuse_strays(verb, back, bool(certificate_file or key_file), download)
    if verb is None:
        _download(cli, app, **download)
        return
    from usher.services import applications, rotation

    if verb == "upload":
        found = _upload(cli, app, certificate_file, key_file)
    elif verb == "list":
        found = rotation.list_(cli.session, app)
    else:
        forward = {"stage": rotation.stage, "activate": rotation.activate, "retire": rotation.retire}
        backward = {"stage": rotation.unstage, "activate": rotation.take_back, "retire": rotation.restore}
        found = (backward if back else forward)[verb](cli.session, app)
    label = applications.get(cli.session, app).label
    _say(cli, found, (_SAID_BACK if back else _SAID).get(verb, "").format(app=label))


def refuse_strays(verb: str | None, back: bool, pair: bool, download: dict[str, Any]) -> None:
    """An option that belongs to another verb is refused instead of passed over."""
    if back and verb not in _SAID_BACK:
        raise UsageError("not-to-be-taken-back", "--back takes stage, activate or retire back.", "See usher apps certificate --help.")
    if pair and verb != "upload":
        raise UsageError("not-an-upload", "--certificate and --key belong to upload.", "See usher apps certificate --help.")
    if verb is not None and any(download.values()):
        raise UsageError(
            "not-a-download", "--output, --force, --der and --staged belong to the download, without a verb.", "See usher apps certificate --help."
        )


def _download(cli: Cli, app: str, output: str | None, force: bool, der: bool, staged: bool) -> None:
    """Writes or prints one certificate."""
    from usher.services import certificates

    place = "staged" if staged else "active"
    found = certificates.certificate(cli.session, app, place)
    facts = {"not_after": found.not_after, "sha256": found.sha256, "state": found.state}
    if output == "-":
        if der:
            raise UsageError("der-to-terminal", "DER is no text to print.", "Name a file with --output, or leave --der out.")
        if cli.output.json:
            cli.output.document({"pem": found.pem, "sha1": found.sha1, **facts})
        else:
            print(found.pem, end="")
        return
    path = certificates.save_certificate(cli.session, app, Path(output) if output else None, force=force, der=der, place=place)
    said = f"Wrote the certificate to {path}. It is {found.state} until {found.not_after[:10]}. SHA-256 {found.sha256}"
    cli.output.result(said, {"file": str(path), **facts})


def _upload(cli: Cli, app: str, certificate_file: str | None, key_file: str | None) -> tuple[HeldCertificate, ...]:
    """Takes the operator's own pair."""
    from usher.services import rotation

    if certificate_file is None:
        raise UsageError("certificate-missing", "upload needs the certificate.", "Name its file with --certificate, and that of its key with --key.")
    pem = read_document(cli, certificate_file, _LARGEST_PEM)
    key = read_secret(cli, key_file, "private key", "--key")
    return rotation.upload(cli.session, app, pem.decode("utf-8", "replace"), key)


def _say(cli: Cli, found: tuple[HeldCertificate, ...], sentence: str) -> None:
    """The certificates as they are now."""
    if cli.output.json:
        cli.output.document([certificate_document(each) for each in found])
        return
    if sentence:
        cli.output.say(sentence)
    rows = [(each.place, each.state, each.not_before[:10], each.not_after[:10], each.days_left, each.sha256) for each in found]
    cli.output.table(["place", "state", "from", "until", "days", "sha256"], rows, empty="No certificate.")


def certificate_document(held: HeldCertificate) -> dict[str, object]:
    """A certificate as JSON."""
    return {
        "place": held.place, "state": held.state, "not_before": held.not_before, "not_after": held.not_after, "days_left": held.days_left, "sha256": held.sha256,
    }  # fmt: skip


@click.command("metadata", cls=Command, example="usher apps metadata Calendly --output calendly.xml")
@click.argument("app")
@click.option("--output", default=None, metavar="FILE", help="Where to. Without, it is printed.")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@pass_cli
def metadata(cli: Cli, app: str, output: str | None, force: bool) -> None:
    """The identity provider's metadata for an application, as its metadata URL gives it."""
    from usher.services import idp_metadata

    found = idp_metadata.get(cli.session, app)
    facts = {"url": found.url, "entity_id": found.entity_id}
    if output is None or output == "-":
        if cli.output.json:
            cli.output.document({"xml": found.xml, **facts})
        else:
            print(found.xml, end="")
        return
    path = idp_metadata.save(cli.session, app, Path(output), force=force)
    cli.output.result(f"Wrote the metadata to {path}. The application can also read it at {found.url}", {"file": str(path), **facts})


@click.command("sp-metadata", cls=Command, example="usher apps sp-metadata Wiki wiki.xml --dry-run\nusher apps sp-metadata Wiki wiki.xml")
@click.argument("app")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Show what would change and keep nothing.")
@pass_cli
def sp_metadata(cli: Cli, app: str, file: str, dry_run: bool) -> None:
    """Take over an application's own metadata (XML), or its certificate alone (PEM).

    Entity ID, ACS URLs, certificates, wishes and logout; what changes is shown field by field.
    """
    from usher.services import sp_metadata as service

    data = read_document(cli, file, service.LARGEST)
    found = (service.preview if dry_run else service.take_over)(cli.session, app, data)
    if cli.output.json:
        cli.output.document(sp_import_document(found, dry_run))
        return
    cli.output.table(["field", "before", "after"], [(each.label, each.before, each.after) for each in found.changes], empty="It changes nothing.")
    cli.output.say(*found.notes, *(["Nothing was kept."] if dry_run and found.changes else []))


def read_sp_metadata(cli: Cli, file: str) -> bytes:
    """The octets of a metadata file that is read before anything is changed; `UsageError` when it can't be taken."""
    from usher.services import sp_metadata as service

    data = read_document(cli, file, service.LARGEST)
    service.check(cli.session, data)
    return data


def add_sp_metadata(cli: Cli, app: str, data: bytes) -> ApplicationDetail:
    """Takes metadata over into an application that was just added, and returns it as it is then."""
    from usher.services import applications
    from usher.services import sp_metadata as service

    service.take_over(cli.session, app, data)
    return applications.get(cli.session, app)


def sp_import_document(found: SpImport, dry_run: bool) -> dict[str, object]:
    """What taking metadata over changes, as JSON."""
    changes = [{"field": each.field, "before": each.before, "after": each.after} for each in found.changes]
    return {"dry_run": dry_run, "changes": changes, "notes": list(found.notes)}
