"""The certificates of an application: which of them signs, fingerprints to copy, and every step from one to the next and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events

from tui import words
from tui.commands import Command, Possible
from tui.follow import StoreChanged
from tui.screens.application_certificates import download
from tui.screens.application_federation import ActivateCertificate, RetireCertificate, StageCertificate, TakeCertificateBack, UploadCertificate
from tui.screens.dialog import DialogFooter
from tui.screens.reader import Reader, folded
from tui.widgets.ink import Spans
from tui.widgets.sheet import Line, Sheet
from usher.services import rotation
from usher.services.applications import ApplicationDetail
from usher.services.certificates import sha1_of
from usher.services.rotation import HeldCertificate

_WIDTH, _MOST = 60, 24
_STEPS = ("stage", "both published", "activate", "retire")
_MEANS = {
    "active": "signs, published",
    "staged": "published, does not sign yet",
    "retiring": "published, signs no more",
    "retired": "not published; its key is kept to go back to",
}


@dataclass(frozen=True)
class Held:
    """A line about a certificate: what `y` copies of it."""

    certificate: HeldCertificate
    text: str
    called: str


class StageHere(StageCertificate):
    """Stage a new certificate: published in the metadata beside the active one, signing once it is activated."""

    keys, short, priority, group = "n", "New", 11, "In a dialog"


class UploadHere(UploadCertificate):
    """Upload a certificate and key of your own as a pair; what signs now stays until you activate yours."""

    keys, short, priority, group = "u", "Upload", 12, "In a dialog"


class ActivateHere(ActivateCertificate):
    """Activate the staged certificate: it signs from then on, the one before stays published until it is retired."""

    keys, short, priority, group = "a", "Activate", 9, "In a dialog"


class RetireHere(RetireCertificate):
    """Retire the certificate that was active before: it is published no more."""

    keys, short, priority, group = "r", "Retire", 10, "In a dialog"


class BackHere(TakeCertificateBack):
    """Take the last step back: staging, activation or retirement."""

    keys, short, priority, group = "b", "Step back", 13, "In a dialog"


class DownloadHere(Command["Certificates"]):
    """Download the certificate under the cursor as PEM or DER; asks where to."""

    keys, name, short, priority, group, words = "d", "Download", "Download", 14, "In a dialog", "apps certificate"

    def possible(self, dialog: Certificates) -> Possible:
        """Not for viewers: it writes a file."""
        return dialog.app.may("operator") if dialog.held else False

    def run(self, dialog: Certificates) -> None:
        """Asks for the path."""
        held = dialog.held
        if held is not None:
            prompt = download(dialog.session, dialog.detail, held.certificate.place)
            dialog.ask(prompt, lambda path: dialog.say("The certificate was saved.", str(path)))


class CopyHeld(Command["Certificates"]):
    """Copy what stands on this line: the certificate as PEM, or a fingerprint."""

    keys, name, short, priority, group = "y", "Copy", "Copy", 8, "In a dialog"

    def possible(self, dialog: Certificates) -> Possible:
        """Only on such a line."""
        return dialog.held is not None

    def run(self, dialog: Certificates) -> None:
        """Copies."""
        held = dialog.held
        if held is not None:
            dialog.app.copy(held.text, f"Copied {held.called}.")


class Certificates(Reader):
    """Every certificate with its place in the rotation, and what comes next."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (CopyHeld, ActivateHere, RetireHere, StageHere, UploadHere, BackHere, DownloadHere)

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(f"Certificates of {detail.label}", [])
        self.detail = detail

    @property
    def sheet(self) -> Sheet:
        """The lines."""
        return self.query_one(Sheet)

    @property
    def held(self) -> Held | None:
        """What the cursor stands on."""
        target = self.sheet.target
        return target if isinstance(target, Held) else None

    def on_mount(self, event: events.Mount | None = None) -> None:
        """Shows them, with room for those that come."""
        if event is not None:
            event.prevent_default()  # a reader would show its plain lines over these
        self.sheet.styles.height = min(_MOST, self.room)
        self.show()

    def on_store_changed(self, message: StoreChanged) -> None:
        """Somebody took a step."""
        if message.concerns(frozenset({"application"})):
            self.show()

    def saved(self, sentence: str) -> None:
        """Says that a step was taken, and shows what is now."""
        self.say(sentence)
        self.show()

    def show(self) -> None:
        """Reads and lays them out."""
        held = rotation.list_(self.session, self.detail.id)
        self.sheet.show([*_head({each.place for each in held}), *(line for each in held for line in _block(each))])
        self.query(DialogFooter).refresh()

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """Enter copies."""
        message.stop()
        self.app.copy(message.target.text, f"Copied {message.target.called}.")


def _head(places: set[str]) -> list[Line]:
    """Where the rotation stands, and what comes next."""
    at, sentence = _stage(places)
    steps: list[Spans] = []
    for number, step in enumerate(_STEPS):
        steps += [("  →  ", "faint")] if number else []
        steps.append((step, "accent bold" if number == at else "dim"))
    return [Line(steps), Line(), *(Line((part, "text")) for part in folded(sentence, _WIDTH))]


def _stage(places: set[str]) -> tuple[int, str]:
    """The step that is reached (or comes next) and a sentence about it."""
    if "staged" in places and "retiring" in places:
        return 3, "Another one is staged, but the one before is still published: retire it (r) before the staged one is activated."
    if "staged" in places:
        return 1, "Both are published in the metadata. Give the staged one to the application, or let it read the metadata again; then activate it (a)."
    if "retiring" in places:
        return 3, "The new one signs; the one before is still published. Once sign-ins work with the new one, retire the old (r), or step back (b)."
    if "retired" in places:
        return 0, "The rotation is done. The one before can be brought back (b) until the next is staged (n) or uploaded (u)."
    return 0, "To change it without locking anybody out, stage a new one (n), or upload your own with its key (u). Each step can be taken back."


def _block(each: HeldCertificate) -> list[Line]:
    """A certificate: its place and dates, and both fingerprints."""
    pem, sha1 = Held(each, each.pem, f"the {each.place} certificate as PEM"), sha1_of(each.pem)
    dates = f"{each.not_before[:10]} to {each.not_after[:10]}"
    sha256 = Held(each, each.sha256, f"the SHA-256 fingerprint of the {each.place} certificate")
    return [
        Line(),
        Line([(f"{each.place.upper():<9}", "strong"), words.certificate(each), (f"  {dates}", "dim")], pem),
        Line([("         ", ""), (_MEANS[each.place], "dim")]),
        Line([("SHA-256  ", "dim"), (each.sha256[:32], "text")], sha256),
        Line([("         ", ""), (each.sha256[32:], "text")]),
        Line([("SHA-1    ", "dim"), (sha1, "text")], Held(each, sha1, f"the SHA-1 fingerprint of the {each.place} certificate")),
    ]
