"""The frame's own lines: where we are (top), who and what is at work (status), what can be done (footer)."""

from __future__ import annotations

from textual import events

from tui.commands import Use, key_label, shown
from tui.status import Status
from tui.widgets.ink import Drawn, Span, Spans, spread, width_of

GENERAL = 80
"""From this priority on a command works in every place: Back, Command, Places, Quit, Keys."""


class TopBar(Drawn):
    """The organisation and the way here: `Usher  Harbour Works › SSO Applications › Calendly`."""

    def __init__(self) -> None:
        super().__init__()
        self.crumbs: list[str] = []
        self.status = Status()

    def line(self, y: int, width: int) -> Spans:
        """The breadcrumb; the last part is where we are."""
        right: list[Span] = [("▲ key locked ", "warn")] if self.status.locked else []
        right += [("▲ read-only ", "warn")] if self.status.read_only else []
        left: list[Span] = [" ", ("Usher", "accent bold"), "  "]
        parts: list[Span] = [
            (self.status.organization, "dim"),
            *((crumb, "dim") for crumb in self.crumbs[:-1]),
            *((crumb, "strong") for crumb in self.crumbs[-1:]),
        ]
        return spread([*left, *_way(parts, width - width_of(left) - width_of(right) - 1)], right, width)


def _way(parts: list[Span], room: int) -> list[Span]:
    """The parts with `›` between them; where there is no room, `…` for as many of the first ones as it takes."""
    cut = 0
    while True:
        spans: list[Span] = [("…", "dim")] if cut else []
        for part in parts[cut:]:
            spans += [(" › ", "faint"), part] if spans else [part]
        if width_of(spans) <= room or cut >= len(parts) - 1:
            return spans
        cut += 1


class StatusLine(Drawn):
    """Operator and role, whether a worker is there, what is being pushed, and the store."""

    def __init__(self) -> None:
        super().__init__()
        self.status = Status()
        self.note = ""

    def line(self, y: int, width: int) -> Spans:
        """One line of facts; the store's state stands on the right."""
        status = self.status
        left: list[Span] = [" ", (status.operator, "text"), (f" {status.role}", "dim")]
        if status.workers:
            left += [("  │  ", "faint"), ("● ", "ok"), ("worker running", "dim")]
        elif status.worker_needed:
            left += [("  │  ", "faint"), ("○ ", "faint"), ("worker starts when needed", "dim")]
        for push in status.pushes[:2]:
            left += [("  │  ", "faint"), ("▲ " if push.waits else "● ", "warn" if push.waits else "info"), (f"push {push.label} {push.state}", "text")]
        if len(status.pushes) > 2:
            left += [(f"  +{len(status.pushes) - 2}", "dim")]
        if self.note:
            left += [("  │  ", "faint"), (self.note, "text")]
        return spread(left, self._store(), width)

    def _store(self) -> Spans:
        if self.status.trouble:
            return [("✗ ", "bad"), (self.status.trouble, "bad"), " "]
        return [("● ", "ok"), (self.status.store, "dim"), " "]


def _order(item: tuple[Use, bool | str]) -> tuple[bool, bool, int]:
    """What can be done, then what cannot, then the ways out and to all the other keys."""
    use, verdict = item
    return use.command.priority >= GENERAL, verdict is not True, use.command.priority


class Footer(Drawn):
    """The most useful keys that fit; what is impossible now is grey. A click does what the key does."""

    def __init__(self) -> None:
        super().__init__()
        self._spots: list[tuple[int, int, Use]] = []

    def line(self, y: int, width: int) -> Spans:
        """Keys and words: first what can be done, by priority; none while something lies over the screen."""
        self._spots = []
        if self.app.screen is not self.screen:
            return ""
        return self._line(self._items(), width)

    def _items(self) -> list[tuple[Use, bool | str]]:
        """What stands in it, in order."""
        items = ((use, verdict) for use, verdict in shown(self.screen) if self._within_reach(use))
        return sorted(items, key=_order)

    def _line(self, items: list[tuple[Use, bool | str]], width: int) -> Spans:
        while items and self._width(items) > width:
            items.pop(-2 if len(items) > 1 else -1)  # the last one is the way to all the others
        spans: list[Span] = [" "]
        at = 1
        for use, verdict in items:
            key, word = key_label(use.command.keys.split(",")[0]), use.command.short
            possible = verdict is True
            item: list[Span] = [(key, "accent bold" if possible else "faint"), (f" {word}", "dim" if possible else "faint"), "   "]
            self._spots.append((at, at + width_of(item) - 2, use))
            at += width_of(item)
            spans += item
        return spans

    def _within_reach(self, use: Use) -> bool:
        """Whether it belongs in the footer, and its key is not merely typed into the field at work."""
        focused, key = self.screen.focused, use.command.keys.split(",")[0]
        label = key_label(key)
        typed = label if len(label) == 1 else (" " if key == "space" else None)
        return bool(use.command.short) and (focused is None or use.node is focused or not focused.check_consume_key(key, typed))

    def _width(self, items: list[tuple[Use, bool | str]]) -> int:
        return 1 + sum(len(key_label(use.command.keys.split(",")[0])) + len(use.command.short) + 4 for use, _ in items)

    def on_click(self, event: events.Click) -> None:
        """Does what stands there."""
        for left, right, use in self._spots:
            if left <= event.x < right:
                self.app.run_use(use)  # type: ignore[attr-defined]
