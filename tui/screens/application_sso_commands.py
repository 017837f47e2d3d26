"""What can be done on the SSO tab."""

from __future__ import annotations

import shlex
from typing import Any

from tui.commands import Command, Possible
from tui.screens.pane import PaneCommand
from usher.services.applications import ApplicationDetail


class ActivateSso(PaneCommand):
    """Activate SSO. What was typed is saved with it; no placeholder may be left."""

    keys, name, short, priority, words = "A", "Activate SSO", "Activate", 20, "apps sso"

    def possible(self, pane: Any) -> Possible:
        """Only while it is off."""
        return pane.detail.sso != "active" and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Saves, then activates."""
        pane.activate()

    def cli(self, pane: Any) -> str:
        """With the label."""
        return f"usher apps sso {shlex.quote(pane.detail.label)} activate"


class DeactivateSso(PaneCommand):
    """Deactivate SSO: nobody can be signed in to the application from here."""

    name, words = "Deactivate SSO", "apps sso"

    def possible(self, pane: Any) -> Possible:
        """Not while Identity Management needs it."""
        detail: ApplicationDetail = pane.detail
        if detail.sso == "active" and detail.idm == "active" and detail.idm_requires_sso:
            return "SSO cannot be deactivated while Identity Management is active: it requires SSO. Deactivate the IdM connection first."
        return detail.sso == "active" and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Asks first."""
        pane.deactivate()

    def cli(self, pane: Any) -> str:
        """With the label."""
        return f"usher apps sso {shlex.quote(pane.detail.label)} deactivate"


class DownloadCertificate(Command[Any]):
    """Download the IdP certificate as PEM; asks where to."""

    keys, name, short, priority, words = "c", "Download certificate", "Certificate", 25, "apps certificate"

    def possible(self, pane: Any) -> Possible:
        """Not for viewers: it writes a file."""
        return pane.app.may("operator")  # type: ignore[no-any-return]

    def run(self, pane: Any) -> None:
        """Asks for the path."""
        pane.download()

    def cli(self, pane: Any) -> str:
        """With the label."""
        return f"usher apps certificate {shlex.quote(pane.detail.label)}"


class CopyCertificate(Command[Any]):
    """Copy the IdP certificate as PEM to your clipboard."""

    keys, name, words = "p", "Copy certificate", "apps certificate"

    def run(self, pane: Any) -> None:
        """Copies."""
        pane.copy_certificate()

    def cli(self, pane: Any) -> str:
        """On standard output."""
        return f"usher apps certificate {shlex.quote(pane.detail.label)} --output -"
