"""The options of Identity Management as form fields."""

from __future__ import annotations

from store.connections import ConnectionView
from tui.widgets.fields import FieldSpec

ON_OFF = (("on", "on"), ("off", "off"))
MODES = (("automatic", "automatic"), ("on-demand", "on demand only"))
ACTIONS = ("create", "update", "deactivate", "delete")
_HELP = {
    "create": "Accounts of people who come into scope.",
    "update": "Attributes that differ.",
    "deactivate": "Accounts of people suspended or out of every authorised group; they can come back.",
    "delete": "Accounts of people deleted from the directory: for good. Off leaves them deactivated.",
}


def specs(view: ConnectionView | None, published: float | None) -> list[FieldSpec]:
    """Mode, what may be done, speed and guard. `published` is the connector's figure of writes a second."""
    if view is None:
        return []
    switches = [FieldSpec(name, name.capitalize(), "on" if getattr(view, f"do_{name}") else "off", _HELP[name], options=ON_OFF) for name in ACTIONS]
    unset = f"the connector's figure, {published:g}" if published is not None else "as fast as the provider takes it"
    return [
        FieldSpec("mode", "Push", view.mode, "Changes reach the application by themselves, or when you push.", options=MODES),
        *switches,
        FieldSpec("rate", "Writes per second", "" if view.rate is None else f"{view.rate:g}", f"0 sets no pace. Empty: {unset}."),
        FieldSpec("concurrency", "Requests at a time", f"{view.concurrency}", "From 1 to 16."),
        FieldSpec(
            "guard_percent", "Guard, percent", f"{view.guard_percent:g}", "A plan that takes away more than this share of the accounts waits for approval …"
        ),
        FieldSpec("guard_minimum", "Guard, at least", f"{view.guard_minimum}", "… but never for so few accounts or fewer."),
    ]
