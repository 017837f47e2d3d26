"""What the SSO tab can do about certificates and metadata, and to try things before they go live."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from tui.commands import Command, Possible
from tui.screens import application_trying
from tui.screens.application_certificates import metadata_prompt, upload_prompt
from tui.screens.confirm import Confirm
from tui.screens.pane import PaneCommand
from usher.services import rotation


def places(pane: Any) -> set[str]:
    """Which steps of a rotation the application's certificates are in."""
    return {each.place for each in rotation.list_(pane.session, pane.detail.id)}


class _Step(PaneCommand):
    """A step of the rotation of the IdP certificate."""

    verb: ClassVar[str] = ""
    words: ClassVar[str] = "apps certificate"

    def cli(self, pane: Any) -> str:
        """With the label."""
        return f"usher apps certificate {shlex.quote(pane.detail.label)} {self.verb}"

    def go(self, pane: Any, step: Any, done: str) -> None:
        """Takes the step beside the screen and says that it is done."""
        session, app = pane.session, pane.detail.id
        pane.work(lambda: step(session, app), lambda _: pane.saved(done), busy="changing the certificate …")


class StageCertificate(_Step):
    """Stage a new IdP certificate: published in the metadata beside the active one, signing once it is activated."""

    name, verb = "Stage a new certificate", "stage"

    def possible(self, pane: Any) -> Possible:
        """One at a time."""
        if "staged" in places(pane):
            return "A certificate is staged already: activate it, or take it back."
        return super().possible(pane)

    def run(self, pane: Any) -> None:
        """Makes it."""
        self.go(pane, rotation.stage, "A new certificate is published. Activate it when the application knows it.")


class ActivateCertificate(_Step):
    """Activate the staged IdP certificate: it signs from then on, the one before stays published until it is retired."""

    name, verb = "Activate the staged certificate", "activate"

    def possible(self, pane: Any) -> Possible:
        """Only what is staged, and after the one before was retired."""
        there = places(pane)
        if "staged" in there and "retiring" in there:
            return "The certificate before is still on its way out: retire it first."
        return "staged" in there and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Asks first: an application that does not know it lets nobody in."""
        lines = [f"{pane.detail.label} must know the staged certificate by now: one that does not lets nobody in.", "", ("The step can be taken back.", "dim")]
        done = "The new certificate signs now."
        pane.ask(Confirm("Activate the staged certificate?", lines, "Activate", key="y"), lambda _: self.go(pane, rotation.activate, done))


class RetireCertificate(_Step):
    """Retire the IdP certificate that was active before: it is published no more."""

    name, verb = "Retire the certificate before", "retire"

    def possible(self, pane: Any) -> Possible:
        """Only while there is one."""
        return "retiring" in places(pane) and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Retires it."""
        self.go(pane, rotation.retire, "The certificate before is published no more.")


class TakeCertificateBack(_Step):
    """Take the last step of the IdP certificate's rotation back: staging, activation or retirement."""

    name, verb = "Take the certificate's last step back", "activate --back"

    def possible(self, pane: Any) -> Possible:
        """Only when there was one."""
        return bool(places(pane) & {"staged", "retiring", "retired"}) and super().possible(pane)

    def run(self, pane: Any) -> None:
        """The newest step: what is staged goes first, then the activation, then the retirement."""
        there = places(pane)
        if "staged" in there:
            self.go(pane, rotation.unstage, "The staged certificate is forgotten.")
        elif "retiring" in there:
            self.go(pane, rotation.take_back, "The certificate before signs again; the new one is staged.")
        else:
            self.go(pane, rotation.restore, "The retired certificate is published again.")


class TakeOverMetadata(PaneCommand):
    """Take over the application's own metadata, or its certificate: shown field by field before anything is kept."""

    name, words = "Take over SP metadata", "apps sp-metadata"

    def run(self, pane: Any) -> None:
        """Asks for the file."""
        application_trying.take_over(pane)

    def cli(self, pane: Any) -> str:
        """With the label."""
        return f"usher apps sp-metadata {shlex.quote(pane.detail.label)} FILE"


class SaveMetadata(Command[Any]):
    """Save the identity provider's metadata for this application, with every certificate in force, to a file."""

    name, words = "Save metadata to a file", "apps metadata"

    def possible(self, pane: Any) -> Possible:
        """Not for viewers: it writes a file."""
        return pane.app.may("operator")  # type: ignore[no-any-return]

    def run(self, pane: Any) -> None:
        """Asks where to."""
        pane.ask(metadata_prompt(pane.session, pane.detail), lambda path: pane.say("The metadata was saved.", str(path)))

    def cli(self, pane: Any) -> str:
        """With the label."""
        return f"usher apps metadata {shlex.quote(pane.detail.label)} --output FILE"


class ShowCertificates(Command[Any]):
    """The application's certificates: fingerprints, and the steps from one to the next, each of which can be taken back."""

    keys, name, short, priority, words = "r", "Certificates and their rotation", "Rotate", 35, "apps certificate"

    def run(self, pane: Any) -> None:
        """Shows them."""
        from tui.screens.certificates import Certificates

        pane.app.push_screen(Certificates(pane.detail))

    def cli(self, pane: Any) -> str:
        """The list."""
        return f"usher apps certificate {shlex.quote(pane.detail.label)} list"


class UploadCertificate(_Step):
    """Upload a certificate and key of your own as a pair: checked to match, to be strong and to hold now, then staged."""

    name, verb = "Upload your own certificate", "upload --certificate FILE --key FILE"

    def possible(self, pane: Any) -> Possible:
        """One at a time."""
        if "staged" in places(pane):
            return "A certificate is staged already: activate it, or take it back."
        return super().possible(pane)

    def run(self, pane: Any) -> None:
        """Asks for both files."""
        done = "Your certificate is published. Activate it when the application knows it."
        pane.ask(upload_prompt(pane.session, pane.detail), lambda _: pane.saved(done))


class PreviewAssertion(Command[Any]):
    """Preview what the application would be told of a person: NameID, attributes and the signed response. Nothing is sent."""

    name = "Preview the assertion"

    def possible(self, pane: Any) -> Possible:
        """It shows a person's values and uses the key."""
        return pane.app.may("operator")  # type: ignore[no-any-return]

    def run(self, pane: Any) -> None:
        """Asks for whom."""
        application_trying.preview(pane)


class TestMessage(Command[Any]):
    """Test a request or response: pasted, from a file or picked from Sign-ins, decoded and judged line by line."""

    name = "Test a request or response"

    def run(self, pane: Any) -> None:
        """Asks for it."""
        application_trying.test(pane)


class PickKeptMessage(Command[Any]):
    """Pick a request or response of the latest sign-ins, and read it decoded and judged line by line."""

    name = "Read a message of a sign-in"

    def run(self, pane: Any) -> None:
        """Shows them."""
        application_trying.pick(pane)


ALL: tuple[type[Command[Any]], ...] = (
    ShowCertificates, StageCertificate, UploadCertificate, ActivateCertificate, RetireCertificate, TakeCertificateBack, TakeOverMetadata, SaveMetadata, PreviewAssertion, TestMessage, PickKeptMessage,
)  # fmt: skip
