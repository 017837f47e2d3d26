"""Single sign-on tried before it goes live: what a person would be asserted with, what a message says, what metadata would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from store.errors import NotFound, UsageError, UsherError
from tui.screens.dialog import Button
from tui.screens.judged import checks, show_judgement, show_kept
from tui.screens.prompt import Prompt
from tui.screens.reader import Reader, folded
from tui.screens.sign_in_detail import indented
from tui.widgets.fields import FieldSpec
from tui.widgets.ink import Spans, fit
from usher.saml.judge import Judgement
from usher.services import directory, sp_metadata, sso_tests
from usher.services.files import read_file
from usher.services.sp_metadata import SpImport
from usher.services.sso_tests import AssertionPreview, KeptMessage

T = TypeVar("T")

_WIDTH, _LABEL = 60, 13
_LARGEST_MESSAGE = 512 * 1024


def preview(pane: Any) -> None:
    """Asks for whom, and shows what the application would be told."""
    app, session = pane.detail.id, pane.session
    anybody = sso_tests.somebody(session, app)
    hint = f"Left empty: {anybody}." if anybody else "A username, or any part of a name that is one person's."
    spec = FieldSpec("user", "User", "", f"{hint} Nothing is sent, and SSO need not be active.", required=not anybody)

    def do(values: Mapping[str, str]) -> AssertionPreview:
        return in_field("user", lambda: sso_tests.preview(session, app, _one_person(session, values["user"].strip()) or anybody))

    pane.ask(Prompt("Preview the assertion", [spec], "Preview", do), lambda found: _show_preview(pane, found))


def _one_person(session: Any, typed: str) -> str:
    """The username that was typed, or of the one person the filter of the users finds for it; empty for nothing typed."""
    try:
        return directory.get_user(session, typed).username if typed else ""
    except NotFound:
        found = [user.username for user in directory.people_page(session, text=typed, limit=6)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound("no-user", f"Nobody goes by {typed!r}.", "Write a username, or part of a name or an address.")
    more = " and others" if len(found) > 5 else ""
    raise NotFound("user-unclear", f"Several people go by {typed!r}.", f"Write one of: {', '.join(found[:5])}{more}.")


def _show_preview(pane: Any, found: AssertionPreview) -> None:
    """What would be asserted, and whether it would be taken; the document when asked for."""
    lines = [*_fact("User", found.username), *_fact("NameID", found.nameid), *_fact("Format", found.nameid_format), *_fact("ACS", found.acs_url)]
    for each in found.attributes:
        lines += _fact(each.name, "; ".join(each.values))
    if not found.entitled:
        lines += ["", *_sentence(f"{found.username} may not use {pane.detail.label}: nothing would be sent.", "warn")]
    judged = sso_tests.judge(pane.session, pane.detail.id, found.xml)
    lines += ["", ("Held against what the application must check", "strong"), *checks(judged)]

    def then(answer: str | None) -> None:
        if answer == "copy":
            pane.app.copy(found.xml, "Copied the response.")
        elif answer:
            pane.app.push_screen(Reader("The response", [(line, "text") for line in indented(found.plain or found.xml)]))

    pane.app.push_screen(Reader("What would be asserted", lines, [("xml", "Show XML"), ("copy", "Copy XML")]), then)


class TestPrompt(Prompt):
    """Takes a message, or leads to those of the latest sign-ins: it answers `pick` then."""

    def buttons(self) -> list[Button]:
        """The third way between Cancel and the verb."""
        cancel, read = super().buttons()
        return [cancel, Button("pick", "From Sign-ins", key="ctrl+o"), read]

    def pressed(self, name: str) -> None:
        """The third way."""
        if name == "pick":
            self.dismiss(name)
        else:
            super().pressed(name)


def test(pane: Any) -> None:
    """Asks for a message, and reads it line by line."""
    pasted = FieldSpec("message", "Paste a message", "", "An address with SAMLRequest or SAMLResponse, a form, base64, or XML.", lines=5)
    file = FieldSpec("file", "Or a file", "", "With the message as XML, base64, a form or a saved page.")
    app, session = pane.detail.id, pane.session

    def do(values: Mapping[str, str]) -> Judgement:
        name = values["file"].strip()
        text = in_field("file", lambda: read_file(session, _path(session, name), _LARGEST_MESSAGE)).decode("utf-8", "replace") if name else values["message"]
        if not text.strip():
            raise UsageError("nothing-pasted", "There is nothing to read.", "Paste a message, or name a file.", "message")
        if not name:
            _refuse_path(session, text, "message")
        return sso_tests.judge(session, app, text)

    prompt = TestPrompt("Test a request or response", [pasted, file], "Read it", do)
    pane.ask(prompt, lambda found: pick(pane) if found == "pick" else show_judgement(pane.app, found))


def pick(pane: Any) -> None:
    """Shows the requests and responses of the latest sign-ins; the one that is picked is read and judged."""
    from tui.screens.application_messages import PickMessage

    app, session, label = pane.detail.id, pane.session, pane.detail.label

    def show(found: tuple[KeptMessage, ...]) -> None:
        pane.ask(
            PickMessage(label, found), lambda one: show_kept(pane.app, (one, *(each for each in found if each.sign_in.id == one.sign_in.id and each != one)))
        )

    pane.read(lambda: sso_tests.messages(session, app), show, group="messages")


def take_over(pane: Any) -> None:
    """Asks for the application's metadata, shows what would change, and keeps it when told to."""
    pasted = FieldSpec("pasted", "Paste the metadata", "", "The application's own metadata (XML), or its certificate alone (PEM).", lines=6)
    file = FieldSpec("file", "Or a file", "", "With the same.")
    app, session = pane.detail.id, pane.session

    def do(values: Mapping[str, str]) -> tuple[bytes, SpImport]:
        name, text = values["file"].strip(), values["pasted"].strip()
        if not (name or text):
            raise UsageError("nothing-pasted", "There is nothing to take over.", "Paste the metadata, or name a file.", "pasted")
        if not name:
            _refuse_path(session, text, "pasted")
        data = in_field("file", lambda: sp_metadata.read(session, _path(session, name))) if name else text.encode()
        return data, in_field("file" if name else "pasted", lambda: sp_metadata.preview(session, app, data))

    pane.ask(Prompt("Take over SP metadata", [pasted, file], "Show what changes", do), lambda found: _ask_to_keep(pane, *found))


def _ask_to_keep(pane: Any, data: bytes, found: SpImport) -> None:
    """Field by field, before and after."""
    if not found.changes:
        pane.say("The metadata says what is kept already.")
        return
    lines: list[Spans] = []
    for each in found.changes:
        lines += [(each.label, "strong"), *_sentence(f"now   {each.before or '–'}", "dim"), *_sentence(f"then  {each.after or '–'}", "text")]
    lines += [part for note in found.notes for part in ["", *_sentence(note, "warn")]]
    count = len(found.changes)
    title = "Take over 1 field?" if count == 1 else f"Take over {count} fields?"
    app, session = pane.detail.id, pane.session
    pane.ask(
        Reader(title, lines, [("keep", "Take over")]),
        lambda _: pane.work(lambda: sp_metadata.take_over(session, app, data), lambda _: pane.saved("The metadata was taken over.")),
    )


def _refuse_path(session: Any, text: str, field: str) -> None:
    """The name of a file where what is in it was asked for."""
    name = text.strip()
    if len(name) > 1000 or len(name.splitlines()) != 1 or any(sign in name for sign in "<?"):
        return
    if name.startswith(("/", "~/", "./")) or (not session.confined and Path(name).is_file()):
        raise UsageError("file-name-pasted", "This looks like the name of a file.", "Write it into “Or a file”, under this field.", field)


def in_field(field: str, do: Callable[[], T]) -> T:
    """Does it; a refusal stands beside the field."""
    try:
        return do()
    except UsherError as error:
        error.field = field
        raise


def _path(session: Any, name: str) -> Path:
    return Path(name) if session.confined else Path(name).expanduser()


def _fact(label: str, value: str) -> list[Spans]:
    return [[*fit((label if at == 0 else "", "dim"), _LABEL), (part, "text")] for at, part in enumerate(folded(value, _WIDTH - _LABEL))]


def _sentence(text: str, tone: str) -> list[Spans]:
    return [(part, tone) for part in folded(text, _WIDTH)]
