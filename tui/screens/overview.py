"""Overview: what there is, and what needs a person now."""

from __future__ import annotations

import os
from collections.abc import Sequence

from textual.app import ComposeResult

from store import pushes
from store.pushes import Push
from tui import words
from tui.places import Visit
from tui.screens.base import PlaceScreen
from tui.widgets.gauges import sparkline
from tui.widgets.ink import Span, Spans, fit
from tui.widgets.sheet import Line, Sheet
from usher.services import application_views, backup_plan
from usher.services.application_views import ApplicationSummary
from usher.services.day import Day, day

DAY_EVERY = 5.0
"""Seconds between two looks at the hours, however much happens."""


class Overview(PlaceScreen):
    """Figures on top, then one line for each thing that waits for somebody; each opens its place."""

    place = "overview"
    topics = frozenset({"application", "authorization", "connection", "group", "membership", "user", "push", "journal", "mapping", "setting", "sign-in"})

    def __init__(self) -> None:
        super().__init__()
        self._day: Day | None = None
        self._day_is_fresh = self._more_happened = False

    def body(self) -> ComposeResult:
        """One sheet."""
        yield Sheet(id="overview")

    def refill(self) -> None:
        """Reads everything and draws it; the hours are read beside the screen, and not again at once."""
        self._more_happened = self._day_is_fresh
        if not self._day_is_fresh:
            self._day_is_fresh = True
            self.set_timer(DAY_EVERY, self._day_is_old)
            self.read(lambda: day(self.session), self._show_day, group="day")
        self._draw()

    def _draw(self) -> None:
        with self.session.store.reading() as db:
            apps, live, held = application_views.list_(self.session), pushes.all_live(db), pushes.waiting(db)
        waiting = [*held, *(push for push in live if push.state in ("paused", "interrupted"))]
        lines = [
            *figures(apps),
            Line(),
            *self._rehearsal(),
            *_needs(apps, waiting, live, backup_plan.lateness(self.session)),
            Line(),
            *_pushes(live),
            *hours(self._day),
            *self._certificates(apps),
        ]
        self.query_one(Sheet).show(lines)

    def _show_day(self, found: Day) -> None:
        self._day = found
        self._draw()

    def _day_is_old(self) -> None:
        self._day_is_fresh = False
        if self._more_happened and self.is_current:
            self.refill()

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """Opens the place a line leads to; esc comes back here."""
        self.app.enter(message.target.place, message.target.argument)

    def _rehearsal(self) -> list[Line]:
        """In a demo, the way to its walk."""
        if "USHER_DEMO" not in os.environ:
            return []
        from usher.sandbox import facts

        if facts.of_store(self.session.store.path) is None:
            return []
        return [Line([("● ", "info"), *fit(("This is a rehearsal", "strong"), 26), ("what to try, step by step", "text")], Visit("rehearsal")), Line()]

    def _certificates(self, apps: Sequence[ApplicationSummary]) -> list[Line]:
        """Those with a certificate, the soonest to end first."""
        signed = sorted((app for app in apps if app.certificate), key=lambda app: app.certificate.days_left if app.certificate else 0)[:5]
        if not signed:
            return []
        lines = [Line(("IDP CERTIFICATES", "faint bold"))]
        for app in signed:
            until = app.certificate.not_after[:10] if app.certificate else ""
            lines.append(Line([*fit((app.label, "text"), 28), *fit(words.certificate(app.certificate), 14), (f"until {until}", "dim")], Visit("app", app.id)))
        return lines


def hours(found: Day | None) -> list[Line]:
    """What happened in the last 24 hours, a column an hour; nothing where nothing did."""
    lines = []
    for name, plotted, target, words_of in (
        ("Operations", found.operations if found else (), Visit("log", "since=24h"), ("succeeded", "failed")),
        ("Sign-ins", found.sign_ins if found else (), Visit("sign-ins", "since=24h"), ("went through", "refused")),
    ):
        good, bad = sum(hour.good for hour in plotted), sum(hour.bad for hour in plotted)
        if any(hour.all for hour in plotted):
            plot = [("▕", "faint"), sparkline([hour.all for hour in plotted]), ("▏", "faint")]
            failed = [(" · ", "faint"), (f"{bad:,} ", "bad"), (words_of[1], "dim")] if bad else []
            lines.append(Line([*fit((name, "text"), 12), *plot, (f"  {good:,} ", "strong"), (words_of[0], "dim"), *failed], target))
    return [Line(("LAST 24 HOURS", "faint bold")), *lines, Line()] if lines else []


def _needs(apps: Sequence[ApplicationSummary], waiting: Sequence[Push], live: Sequence[Push], late: str = "") -> list[Line]:
    """What does not go on without a person; `late` is what is wrong with the backups."""
    lines = [Line(("NEEDS A PERSON NOW", "faint bold"))]
    if late:
        lines.append(_item("✗", "bad", "Backups", late, Visit("settings")))
    for push in waiting:
        lines.append(_item("▲", "warn", push.app_label, f"push {push.state}: {push.held_reason or push.paused_reason}".rstrip(": "), Visit("push", push.id)))
    for app in apps:
        lines += [_item(*need) for need in needs(app, busy=any(push.application_id == app.id for push in live))]
    if not apps:
        lines.append(Line([("○ ", "dim"), "No applications yet. ", ("Press enter to add the first one.", "dim")], Visit("apps")))
    elif len(lines) == 1:
        pending = any(app.accounts.pending for app in apps)
        lines.append(Line([("✓ ", "ok"), "Nothing. " + ("What is pending is being pushed." if pending else "Everything is in step.")]))
    return lines


def _pushes(live: Sequence[Push]) -> list[Line]:
    """What is under way."""
    if not live:
        return []
    lines = [Line(("PUSHES UNDER WAY", "faint bold"))]
    lines += [Line([*fit((push.app_label, "strong"), 28), words.state(push.state)], Visit("push", push.id)) for push in live]
    return [*lines, Line()]


def needs(app: ApplicationSummary, *, busy: bool = False) -> list[tuple[str, str, str, str, Visit]]:
    """What waits for somebody at one application: glyph, tone, label, sentence, and where it is seen to. While a push is
    under way (`busy`), nobody waits for one."""
    found, here = [], Visit("app", app.id)
    if app.accounts.failed:
        from tui.log_filter import LogFilter

        failed = Visit("log", LogFilter({"app": app.label, "result": "failed"}).words)
        found.append(("✗", "bad", app.label, f"{words.count(app.accounts.failed, 'account')} failed", failed))
    if app.accounts.blocked:
        found.append(("✗", "bad", app.label, f"{words.count(app.accounts.blocked, 'person', 'people')} cannot be pushed", Visit("push", app.id)))
    if app.accounts.pending and app.idm == "active" and not busy:
        found.append(("▲", "warn", app.label, f"{words.count(app.accounts.pending, 'account')} to be pushed", Visit("push", app.id)))
    if app.certificate and app.certificate.state != "valid":
        days = app.certificate.days_left
        what = (
            "certificate expired"
            if app.certificate.state == "expired"
            else f"certificate ends in {words.count(days, 'day')}"
            if days
            else "certificate ends today"
        )
        found.append(("▲", "bad" if days <= words.URGENT else "warn", app.label, what, here))
    if app.sso == "inactive":
        found.append(("○", "info", app.label, "SSO is not active yet", here))
    elif app.idm == "inactive":
        found.append(("○", "info", app.label, f"Identity Management is not active{_since(app)}", here))
    elif not app.groups:
        found.append(("○", "info", app.label, "no user group is authorised: nobody gets in", here))
    return found


def _since(app: ApplicationSummary) -> str:
    """That it never was, or what is left of when it was."""
    return f": {app.accounts.kept:,} kept" if app.accounts.kept else "" if app.was_active else " yet"


def figures(apps: Sequence[ApplicationSummary]) -> list[Line]:
    """Four columns of figures under their headings."""
    sso, idm = [[app.sso for app in apps], [app.idm for app in apps]]
    sums = {name: sum(getattr(app.accounts, name) for app in apps) for name in ("in_step", "pending", "failed", "blocked", "kept")}
    tiles: list[tuple[str, list[Spans]]] = [
        ("APPLICATIONS", [_figure(len(apps), "configured", "", "text"), _bookmarks(apps)]),
        ("SINGLE SIGN-ON", [_figure(sso.count("active"), "active", "●", "ok"), _figure(sso.count("inactive"), "inactive", "○", "dim")]),
        ("IDENTITY MANAGEMENT", [_figure(idm.count("active"), "active", "●", "ok"), _figure(idm.count("inactive"), "inactive", "○", "dim")]),
        (
            "ACCOUNTS",
            [
                _figure(sums["in_step"], "in step", "✓", "ok"),
                _figure(sums["pending"], "pending", "▲", "warn"),
                _figure(sums["failed"], "failed", "✗", "bad"),
                *([_figure(sums["blocked"], "cannot be sent", "✗", "bad")] if sums["blocked"] else []),
                *([_figure(sums["kept"], "not compared", "○", "dim")] if sums["kept"] else []),
            ],
        ),
    ]
    widths = (14, 17, 21, 20)
    rows = max(len(lines) for _, lines in tiles)
    lines = [Line([span for (title, _), width in zip(tiles, widths, strict=True) for span in fit((title, "faint bold"), width)])]
    for at in range(rows):
        row: list[Span] = []
        for (_, cells), width in zip(tiles, widths, strict=True):
            row += fit(cells[at] if at < len(cells) else "", width)
        lines.append(Line(row))
    return lines


def _bookmarks(apps: Sequence[ApplicationSummary]) -> Spans:
    number = sum(app.kind == "bookmark" for app in apps)
    return _figure(number, "bookmark" if number == 1 else "bookmarks", "", "dim")


def _figure(number: int, word: str, glyph: str, tone: str) -> Spans:
    """A number with its word; nothing to see is faint."""
    shown = tone if number else "faint"
    return [(f"{glyph} " if glyph else "", shown), (f"{number:,} ", "strong" if number else "faint"), (word, "dim" if number else "faint")]


def _item(glyph: str, tone: str, label: str, text: str, target: Visit) -> Line:
    return Line([(f"{glyph} ", tone), *fit((label, "strong"), 26), (text, "text")], target)
