"""One attempt to sign in, in full: what is known of it, and the XML of request and response."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from store.errors import NotFound
from store.sign_ins import SignIn
from tui.screens.activity_entry import second
from tui.screens.dialog import Button
from tui.screens.reader import Reader, folded
from tui.widgets.ink import Spans, fit

if TYPE_CHECKING:
    from tui.app import UsherApp

_WIDTH, _LABEL = 60, 13
_WAYS = {"idp": "begun at the portal (IdP-initiated)", "sp": "begun at the application (SP-initiated)", "portal": "at the portal itself"}


class SignInReader(Reader):
    """An attempt, its documents to copy, and the way to their judgement."""

    def buttons(self) -> list[Button]:
        """`t` reads and judges, as on the SSO tab."""
        judge = Button("judge", "Test", key="t")
        return [judge, *super().buttons()] if self.judged else super().buttons()

    def __init__(self, row: SignIn, judged: bool) -> None:
        ways = [(name, f"Copy {name}") for name, xml in (("request", row.request_xml), ("response", row.response_xml)) if xml]
        super().__init__("Sign-in", lines_of(row), ways)
        self.judged = judged


def show_sign_in(app: UsherApp, row: SignIn) -> None:
    """The attempt in a dialog; request and response can be copied, and judged while their application is there."""

    def then(answer: str | None) -> None:
        if answer == "judge":
            from tui.screens.judged import show_kept
            from usher.services import sso_tests

            show_kept(app, sso_tests.messages_of(row))
        elif answer:
            app.copy(row.request_xml if answer == "request" else row.response_xml, f"Copied the {answer}.")

    app.push_screen(SignInReader(row, bool(row.request_xml or row.response_xml) and _is_there(app, row)), then)


def _is_there(app: UsherApp, row: SignIn) -> bool:
    """Whether its application can still judge."""
    from usher.services import applications

    try:
        return bool(row.application_id) and applications.get(app.session, row.application_id).saml is not None
    except NotFound:
        return False


def lines_of(row: SignIn) -> list[Spans]:
    """What is known, then both documents, an element a line."""
    facts = {
        "When": f"{second(row.at)} UTC",
        "User": row.username or "nobody known",
        "Application": row.app_label or "–",
        "Way": _WAYS[row.flow],
        "Result": row.result,
        "Reason": row.reason,
        "NameID": row.nameid,
        "ACS": row.acs,
        "Address": row.address,
        "Certificate": row.certificate,
    }
    lines: list[Spans] = []
    for label, value in facts.items():
        if value:
            tone = "strong" if label in ("User", "Result") else "text"
            lines += [[*fit((label if at == 0 else "", "dim"), _LABEL), (part, tone)] for at, part in enumerate(_parts(value, _WIDTH - _LABEL))]
    for title, xml in (("Request", row.request_xml), ("Response", row.response_xml)):
        if xml:
            lines += ["", (title, "strong"), *((line, "text") for line in indented(xml))]
    return lines


def indented(xml: str) -> list[str]:
    """A document with an element a line, for reading alone: what is shown is not what was signed."""
    lines, depth = list[str](), 0
    for piece in re.findall(r"<[^>]+>[^<]*", re.sub(r">\s+<", "><", xml.strip())) or [xml]:
        closes = piece.startswith("</")
        depth = max(0, depth - closes)
        folded_piece = textwrap.wrap(piece, _WIDTH, break_on_hyphens=False, initial_indent="  " * min(depth, 12), subsequent_indent="  " * min(depth + 2, 14))
        lines += folded_piece or [""]
        depth += not closes and not piece.rstrip().endswith("/>") and not piece.startswith(("<?", "<!"))
    return lines


def _parts(value: str, width: int) -> list[str]:
    return [part[at : at + width] for part in folded(value, width) for at in range(0, max(1, len(part)), width)]
