"""What a newer connector would change at an application that keeps what it was made with: field by field, and taken over one by one."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from textual import events

from tui import words
from tui.commands import Command, Possible
from tui.follow import StoreChanged
from tui.screens.application_sso_fields import FLAGS, TEXTS
from tui.screens.confirm import Confirm
from tui.screens.dialog import DialogFooter
from tui.screens.reader import Reader, folded
from tui.widgets.ink import Spans
from tui.widgets.sheet import Line, Sheet
from usher.services import newer_connector
from usher.services.applications import ApplicationDetail
from usher.services.newer_connector import Offer

_WIDTH, _LABEL, _MOST = 60, 14, 26
_TITLES = {f"saml.{name}": label for name, label, _ in (*TEXTS, *FLAGS)} | {
    "saml.nameid_source": "NameID",
    "saml.nameid_format": "NameID format",
    "saml.signature_algorithm": "Signature algorithm",
    "scim.rate": "Writes a second",
    "scim.update_method": "Updates by",
    "scim.on_deactivate": "What deactivating does there",
    "scim.on_delete": "What deleting does there",
    "scim.refuses": "Attributes turned away there",
    "scim.username_is_email": "userName is an e-mail address",
    "scim.authorization": "Authorization header",
    "scim.requires_sso": "Identity Management requires SSO",
    "scim.groups": "Groups are provisioned",
}


def title(field: str) -> str:
    """What a person calls a fact of a connector."""
    kind, _, name = field.partition(".")
    named = {"attribute": f"Attribute {name}", "mapping": f"Mapping of {name}", "placeholder": f"Placeholder {name}"}
    return _TITLES.get(field) or named.get(kind) or (f"{name.replace('_', ' ')} (Identity Management)" if kind == "scim" else field)


class ShowNewer(Command[Any]):
    """What the connector says now and did not when the application was added, field by field. Nothing is changed by looking."""

    name, group, words = "What the newer connector would change", "This application", "apps show"

    def possible(self, screen: Any) -> Possible:
        """Only where it says something else."""
        return bool(screen.newer)

    def run(self, screen: Any) -> None:
        """Shows the differences."""
        screen.show_newer()

    def cli(self, screen: Any) -> str:
        """The command that lists them."""
        return f"usher apps show {shlex.quote(screen.detail.label)}"


class TakeOver(Command["NewerConnector"]):
    """Set the field under the cursor as the newer connector has it; asks first."""

    keys, name, short, priority, group = "t", "Take over", "Take over", 8, "In a dialog"

    def possible(self, dialog: NewerConnector) -> Possible:
        """Not for readers, nor what is so already or cannot be."""
        offer = dialog.offer
        if offer is None:
            return False
        if offer.done:
            return "It is so here already."
        return offer.why_not or dialog.app.may("administrator")

    def run(self, dialog: NewerConnector) -> None:
        """Asks."""
        dialog.take_over()


class NewerConnector(Reader):
    """The differences, each with what it was made with, what is here and what the connector says now."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (TakeOver,)

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(f"The newer connector of {detail.label}", [])
        self.detail = detail

    @property
    def sheet(self) -> Sheet:
        """The lines."""
        return self.query_one(Sheet)

    @property
    def offer(self) -> Offer | None:
        """The difference under the cursor."""
        target = self.sheet.target
        return target if isinstance(target, Offer) else None

    def on_mount(self, event: events.Mount | None = None) -> None:
        """Shows them."""
        if event is not None:
            event.prevent_default()  # a reader would show its plain lines over these
        self.show()
        self.sheet.styles.height = min(_MOST, len(self.sheet.lines), self.room)

    def on_store_changed(self, message: StoreChanged) -> None:
        """Somebody changed the application."""
        if message.concerns(frozenset({"application", "mapping"})):
            self.show()

    def show(self) -> None:
        """Reads and lays them out."""
        found = newer_connector.offers(self.session, self.detail.id)
        said = f"The connector says {words.count(len(found), 'thing')} otherwise than when {self.detail.label} was added."
        head = [f"{said} The application keeps what it was made with until somebody takes a change over here."]
        lines = [Line((part, "dim")) for each in head for part in folded(each, _WIDTH)]
        self.sheet.show([*lines, *(line for each in found for line in _block(each))])
        self.query(DialogFooter).refresh()

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """Enter takes over, or says why not."""
        message.stop()
        use = TakeOver()
        verdict = use.possible(self)
        if verdict is True:
            use.run(self)
        elif verdict:
            self.say(verdict, tone="warn")

    def take_over(self) -> None:
        """Says both values, and asks."""
        offer = self.offer
        if offer is None:
            return
        field, app, called = offer.difference.field, self.detail.id, title(offer.difference.field)
        lines: list[Spans] = [
            *((part, "dim") for part in folded(f"now   {offer.here or '–'}", _WIDTH)),
            *((part, "text") for part in folded(f"then  {offer.then or '–'}", _WIDTH)),
            "",
            ("It can be set back by hand at any time.", "dim"),
        ]
        done = f"{called} is as the newer connector has it."
        self.ask(
            Confirm(f"Take over {called}?", lines, "Take over", key="y", tone="accent"),
            lambda _: self.work(lambda: newer_connector.take_over(self.session, app, field), lambda _: self.taken(done), busy="saving …"),
        )

    def taken(self, sentence: str) -> None:
        """Says it, and shows what is now."""
        self.say(sentence)
        self.show()


def _block(offer: Offer) -> list[Line]:
    """A difference: what it is called, and each value that differs from the one before it."""
    made, newer = offer.difference.made_with, offer.difference.newer
    here = offer.here if offer.here != made and not offer.done else ""
    lines = [Line(), Line([(title(offer.difference.field), "strong"), *_mark(offer)], offer)]
    for label, value, tone in (("made with", made or "–", "dim"), ("here", here, "text"), ("connector", offer.then or newer or "–", "text")):
        if value:
            parts = folded(value, _WIDTH - _LABEL)
            lines += [Line([(f"  {label if at == 0 else '':<{_LABEL - 2}}", "faint"), (part, tone)]) for at, part in enumerate(parts)]
    return lines + [Line([("  ", ""), (part, "warn")]) for part in (folded(offer.why_not, _WIDTH - 2) if offer.why_not and not offer.done else [])]


def _mark(offer: Offer) -> list[tuple[str, str]]:
    """Whether it is so already, or can be taken over."""
    if offer.done:
        return [("   ✓ ", "ok"), ("so here already", "dim")]
    return [] if offer.why_not else [("   › Take over", "accent")]
