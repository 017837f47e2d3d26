"""One operation of a plan in full: exactly what is to be sent, or what came of it."""

from __future__ import annotations

import textwrap

from store.operations import Operation
from tui import push_words, words
from tui.screens.message import Message
from tui.widgets.ink import Spans

WIDTH, NAMES = 60, 22


def step_dialog(one: Operation, app: str, *, deactivating_deletes: bool = False) -> Message:
    """The dialog; it answers when the exchange is asked for."""
    ways = [("exchange", "Both sides of the exchange")] if one.attempt else []
    return Message(one.username, _lines(one, app, deactivating_deletes), ways)


def _lines(one: Operation, app: str, deactivating_deletes: bool) -> list[Spans]:
    lines: list[Spans] = [[push_words.action(one), (f"  at {app}", "dim"), *_known(one)], ""]
    if one.state == "blocked":
        lines += [*_wrapped("✗ ", "bad", "Nothing can be sent."), *_wrapped("  ", "", one.detail), ""]
    elif one.state != "planned":
        lines += [[words.state(one.state), (_facts(one), "dim")], *(_wrapped("  ", "", one.detail) if one.detail else []), ""]
    kind = push_words.kind_of(one)
    sentence = f"The account {push_words.GONE_WHEN_INACTIVE[0]}:" if deactivating_deletes and kind == "deactivate" else push_words.SENTENCES[kind]
    lines += [(part, "strong") for part in textwrap.wrap(sentence, WIDTH)]
    return lines + [part for path in _paths(one) for part in _attribute(one, path)]


def _known(one: Operation) -> list[tuple[str, str]]:
    return [(f"  ·  account {one.remote_id}", "dim")] if one.remote_id else []


def _facts(one: Operation) -> str:
    if not one.attempt:
        return "   nothing was sent"
    status = f"   status {one.status}" if one.status is not None else "   no answer"
    return f"{status} · attempt {one.attempt} · {one.duration_ms or 0:,} ms"


def _paths(one: Operation) -> list[str]:
    """What changes first, then what stays; nothing is set by a deletion, and nothing but `active` by a deactivation."""
    if one.action == "delete":
        return []
    if one.action == "deactivate":
        return list(one.changes)
    return [*one.changes, *(path for path in one.attributes if path not in one.changes)]


def _attribute(one: Operation, path: str) -> list[Spans]:
    old, new = one.changes.get(path, [None, one.attributes.get(path)])
    changed = path in one.changes
    if changed and not (one.action == "create" and old is None):
        text = f"{push_words.value(old)} → {push_words.value(new)}"
    else:
        text = push_words.value(new) + ("" if changed else "  (as it is)")
    parts = textwrap.wrap(text, WIDTH - NAMES, break_on_hyphens=False) or [""]
    return [[(f"  {path if not at else '':<{NAMES - 2}}", "dim"), (part, "text" if changed else "dim")] for at, part in enumerate(parts)]


def _wrapped(lead: str, tone: str, text: str) -> list[Spans]:
    parts = textwrap.wrap(text, WIDTH - len(lead)) or [""]
    return [[(lead if not at else " " * len(lead), tone), (part, "text")] for at, part in enumerate(parts)]
