"""A push in words: what a plan would do, what is permanent in it, how a push stands, and the way on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui import words
from tui.widgets.ink import Span, Spans, flat

if TYPE_CHECKING:
    from store.operations import Operation
    from store.push_views import Difference
    from usher.services.pushes import PushView

PLANS, LIVE, OVER = ("planned", "held"), ("queued", "running", "paused", "interrupted"), ("succeeded", "failed", "cancelled")
PERMANENT = "for good: that cannot be undone"
GONE_WHEN_INACTIVE = (f"is deactivated, which deletes it there {PERMANENT}", f"are deactivated, which deletes them there {PERMANENT}")
SENTENCES = {
    "create": "Create, or take over where an account exists already, and set exactly these attributes:",
    "adopt": "Adopt the account that is there and set exactly these attributes:",
    "update": "Set these attributes:",
    "reactivate": "Make the account active again, and set these attributes:",
    "deactivate": "Make the account inactive. It can come back:",
    "delete": "Delete the account for good. That cannot be undone.",
}


def consequences(planned: Mapping[str, int], blocked: int = 0, *, deactivating_deletes: bool = False) -> list[str]:
    """What a plan does, a sentence an action, the permanent one last. `deactivating_deletes`: at this application it is permanent too."""
    said = {
        "create": ("is created, or taken over where an account exists already", "are created, or taken over where an account exists already"),
        "adopt": ("that is there is adopted", "that are there are adopted"),
        "update": ("is updated", "are updated"),
        "reactivate": ("is made active again", "are made active again"),
        "deactivate": GONE_WHEN_INACTIVE if deactivating_deletes else ("is deactivated; it can come back", "are deactivated; they can come back"),
        "delete": (f"is deleted {PERMANENT}", f"are deleted {PERMANENT}"),
    }
    lines = [f"{words.count(planned[name], 'account')} {one if planned[name] == 1 else many}." for name, (one, many) in said.items() if planned.get(name)]
    if blocked:
        lines.append(f"{words.count(blocked, 'person', 'people')} cannot be sent, and will be among the failures.")
    return lines


def removals(planned: Mapping[str, int]) -> int:
    """How many accounts a plan takes away."""
    return planned.get("deactivate", 0) + planned.get("delete", 0)


def kind_of(one: Operation) -> str:
    """Its action, or `adopt` for a create on an account that is known, or was found."""
    return "adopt" if one.action == "create" and (one.adopted or (one.remote_id and one.state in ("planned", "blocked"))) else one.action


def action(one: Operation) -> Spans:
    """Glyph and word; a deletion says that it is permanent. Whoever cannot be sent has no action."""
    if one.state == "blocked":
        return [("✗ ", "bad"), ("cannot be sent", "text")]
    kind = kind_of(one)
    return words.action(kind) if kind != "delete" else [("▼ ", "bad"), ("delete for good", "text")]


def value(found: Any) -> str:
    """A value of an attribute as a person reads it."""
    if found is None:
        return "nothing"
    return str(found).lower() if isinstance(found, bool) else str(found)


def changes(one: Operation) -> Spans:
    """Attribute by attribute: `displayName Ada → Ada L.`; the reason where nothing can be sent."""
    if one.state == "blocked":
        return [("✗ ", "bad"), (one.detail, "text")]
    if one.action == "delete":
        return "permanent: it cannot come back", "bad"
    if not one.changes:
        return "looked up first: it may be different there", "dim"
    spans: list[Span] = []
    for path, (old, new) in _telling(one):
        spans += [("  ", "")] if spans else []
        spans += [(f"{path} ", "dim")]
        spans += [(value(new), "text")] if one.action == "create" and old is None else [(value(old), "dim"), (" → ", "faint"), (value(new), "text")]
    return spans


def _telling(one: Operation) -> list[tuple[str, list[Any]]]:
    """The changes of a row, the display name first; of a new account nothing that only says the username again."""
    found = sorted(one.changes.items(), key=lambda item: item[0] != "displayName")
    if one.action != "create" or one.remote_id:
        return found
    return [(path, pair) for path, pair in found if str(pair[1]).casefold() != one.username.casefold() and path != "active"] or found


def every_change(one: Operation) -> str:
    """All of them, in the order of the mapping."""
    pairs = [
        f"{path} {value(new)}" if one.action == "create" and old is None else f"{path} {value(old)} → {value(new)}" for path, (old, new) in one.changes.items()
    ]
    return " · ".join(pairs)


def outcome(one: Operation) -> Spans:
    """What came of it in words, else what it is to change."""
    if one.detail and one.state in ("failed", "unknown", "skipped", "blocked", "succeeded"):
        return one.detail, "text" if one.state in ("failed", "unknown", "blocked") else "dim"
    return ("deleted for good", "dim") if one.action == "delete" and one.state == "succeeded" else changes(one)


def in_full(one: Operation) -> tuple[Spans, str, str]:
    """For the line under the table: the person, what is or was done, and all that was said or is to change."""
    sent = f"status {one.status} · attempt {one.attempt} · {one.duration_ms or 0:,} ms" if one.status is not None else ""
    head: Spans = [(one.username, "strong"), "   ", action(one), (f"   {sent}", "dim")]
    if one.detail:
        return head, one.detail, "text"
    said = every_change(one) if one.changes and one.action != "delete" else "".join(text for text, _ in flat(outcome(one)))
    return head, said, "bad" if one.action == "delete" and one.state == "planned" else "dim"


def standing(view: PushView) -> list[tuple[str, str, str]]:
    """Why it does not go on and what to do: `(glyph, tone, sentence)`; nothing while it runs."""
    lines: list[tuple[str, str, str]] = []
    if view.state == "held":
        lines = [("▲", "warn", view.held_reason), ("", "dim", "a approves it, x throws it away.")]
    elif view.state == "paused":
        lines = [("▲", "warn", view.paused_reason or "It is paused."), ("", "dim", remedy(view.paused_reason))]
    elif view.state == "interrupted":
        lines = [
            ("▲", "warn", "The worker that carried it out is gone."),
            ("", "dim", "r goes on with it: what was cut off is looked up first, so nothing is lost and nothing doubled."),
        ]
    elif view.state == "queued":
        lines = [("○", "info", "It waits for a worker, which starts by itself.")]
    elif view.wish:
        word = "pause" if view.wish == "pause" else "be cancelled"
        lines = [
            (
                "▲",
                "warn",
                f"It is about to {word}: {words.count(view.in_flight, 'operation')} under way {'is' if view.in_flight == 1 else 'are'} finished first.",
            )
        ]
    elif view.state == "cancelled":
        lines = [("○", "dim", view.paused_reason or "It was cancelled; what was done stays done.")]
    return lines


def remedy(reason: str) -> str:
    """What to do about a pause."""
    if "by itself" in reason:
        return "r goes on with it now."
    if "oken" in reason or "401" in reason:
        return "r goes on once the token works again. Deactivating the IdM connection cancels this push: then push again afterwards."
    return "r goes on with it."


def pace(view: PushView) -> list[str]:
    """Rate, time left, requests, time taken."""
    facts = []
    if view.state == "running":
        facts += [f"{view.rate:,.1f} a second"] if view.rate else []
        facts += [f"{duration(view.eta)} left"] if view.eta is not None else []
    facts += [words.count(view.requests, "request"), duration(view.seconds) + ("" if view.state in OVER else " so far")]
    return facts


def duration(seconds: float) -> str:
    """`0.8 s`, `14 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moved(found: Difference) -> str:
    """How a new plan differs from the one that was looked at."""
    parts = []
    for word, names, number in zip(("new in it", "no longer in it", "different"), (found.came, found.went, found.other), found.numbers, strict=True):
        if number:
            more = f" and {number - len(names):,} more" if number > len(names) else ""
            parts.append(f"{word}: {', '.join(names)}{more}")
    return "; ".join(parts)
