"""What can be done to operators: add, change, take a key away, copy the line for sshd, remove."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store.operators import Operator
from tui.commands import Command, Possible
from tui.screens.confirm import Confirm
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from tui.widgets.ink import Spans
from usher.services import operators

if TYPE_CHECKING:
    from tui.screens.operators import Operators
else:
    Operators = Any

_ROLES = tuple((role, role) for role in operators.ROLES)
_STATES = (("true", "enabled"), ("false", "disabled"))
_KEY_HINT = "The line of the .pub file, for SSH."


class OperatorCommand(Command[Operators]):
    """Done to the operator under the cursor, by an administrator."""

    def possible(self, screen: Operators) -> Possible:
        """Only with one there, and for administrators."""
        return screen.operator is not None and screen.app.may("administrator")


class AddOperator(Command[Operators]):
    """Add an operator, with a role and the public key they come in with."""

    keys, name, short, priority, words = "a", "Add an operator", "Add", 20, "operators add"

    def possible(self, screen: Operators) -> Possible:
        """For administrators."""
        return screen.app.may("administrator")

    def run(self, screen: Operators) -> None:
        """Asks for name, role and key."""
        session = screen.session
        specs = [
            FieldSpec("name", "Name", required=True),
            FieldSpec("role", "Role", "operator", "viewer reads; operator: people, groups, pushes; administrator: everything", options=_ROLES),
            FieldSpec("key", "Public key", "", _KEY_HINT),
        ]
        dialog = Prompt("Add an operator", specs, "Add", lambda values: operators.add(session, values["name"], values["role"], values["key"]))
        screen.ask(dialog, lambda made: screen.say(f"Added {made.name}, {made.role}.", "y copies the line that lets them in." if made.keys else ""))

    def cli(self, screen: Operators) -> str:
        """With what it asks."""
        return "usher operators add NAME --role ROLE --key FILE"


class ChangeOperator(OperatorCommand):
    """Change name, role or state, or add a key; it bites at once, in consoles that are open too."""

    keys, name, short, priority, words = "e", "Change the operator", "Change", 25, "operators set"

    def run(self, screen: Operators) -> None:
        """Asks for what may be another."""
        found, session = screen.operator, screen.session
        if found is None:
            return

        def keep(values: Mapping[str, str]) -> Operator:
            return operators.set_(session, found.id, values, expected=dialog.seen)

        dialog = Prompt(f"Change {found.name}", _specs(found), "Save", keep)
        screen.ask(dialog, lambda kept: screen.say(f"{kept.name} is {kept.role}{'' if kept.enabled else ', disabled'}."))

    def cli(self, screen: Operators) -> str:
        """Names it."""
        return f"usher operators set {_quoted(screen)} --role ROLE"


class DropKey(OperatorCommand):
    """Take a key away from the operator: who came in with it changes nothing any more."""

    keys, name, short, priority, words = "x", "Take a key away", "Drop key", 40, "operators set"

    def possible(self, screen: Operators) -> Possible:
        """Where there is a key."""
        verdict = super().possible(screen)
        return "This operator has no key." if verdict is True and screen.operator and not screen.operator.keys else verdict

    def run(self, screen: Operators) -> None:
        """Asks which, where there are several."""
        found, session = screen.operator, screen.session
        if found is None:
            return

        keys = tuple((key.fingerprint, f"{key.fingerprint} {key.comment}".strip()) for key in found.keys)
        lines: list[Spans] = ["Nobody can come in with it any more, and consoles that were opened with it change nothing."]
        specs = [FieldSpec("drop_key", "Key", keys[0][0], options=keys)]
        dialog = Prompt(f"Take a key from {found.name}", specs, "Take away", lambda values: operators.set_(session, found.id, values), lines)
        screen.ask(dialog, lambda kept: screen.say(f"Took a key from {kept.name}."))

    def cli(self, screen: Operators) -> str:
        """Names operator and key."""
        return f"usher operators set {_quoted(screen)} --drop-key SHA256:..."


class CopyLine(Command[Operators]):
    """Copy the authorized_keys lines that let this operator in, to a confined console under their name."""

    keys, name, short, priority, words = "y", "Copy the authorized_keys line", "Copy line", 30, "operators authorized-keys"

    def possible(self, screen: Operators) -> Possible:
        """Where there is a key, and the operator may come in."""
        found: Operator | None = screen.operator
        if found is None:
            return False
        if not found.enabled:
            return f"{found.name} is disabled."
        return True if found.keys else f"{found.name} has no key."

    def run(self, screen: Operators) -> None:
        """Copies."""
        found: Operator | None = screen.operator
        if found is not None:
            launch = operators.launch_of(screen.session)
            lines = [operators.authorized_line(found, key, launch) for key in found.keys]
            screen.app.copy(
                "\n".join(lines) + "\n", f"Copied the line for {found.name}." if len(lines) == 1 else f"Copied {len(lines)} lines for {found.name}."
            )


class RemoveOperator(OperatorCommand):
    """Remove the operator and their keys; consoles they have open change nothing any more."""

    keys, name, short, priority, words = "d", "Remove the operator", "Remove", 50, "operators remove"

    def run(self, screen: Operators) -> None:
        """Asks first."""
        found, session = screen.operator, screen.session
        if found is None:
            return
        own: list[Spans] = ["", ("That is you: this console changes nothing afterwards.", "warn")] if found.id == session.operator else []
        lines: list[Spans] = [f"{found.name} ({found.role}) can no longer come in, and consoles that are open can no longer change anything.", *own]
        do = lambda _: screen.work(lambda: operators.remove(session, found.id), lambda was: screen.say(f"Removed {was.name}."))  # noqa: E731
        screen.ask(Confirm(f"Remove the operator {found.name}?", lines, "Remove"), do)

    def cli(self, screen: Operators) -> str:
        """Names it."""
        return f"usher operators remove {_quoted(screen)}"


def _specs(found: Operator) -> list[FieldSpec]:
    return [
        FieldSpec("name", "Name", found.name, required=True),
        FieldSpec("role", "Role", found.role, "viewer reads; operator: people, groups, pushes; administrator: everything", options=_ROLES),
        FieldSpec("enabled", "State", "true" if found.enabled else "false", "Disabled: cannot come in.", options=_STATES),
        FieldSpec("key", "One more key", "", "The line of a .pub file; x drops one."),
    ]


def _quoted(screen: Operators) -> str:
    return shlex.quote(screen.operator.name) if screen.operator else "NAME"
