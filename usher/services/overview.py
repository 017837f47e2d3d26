"""The dashboard's figures: what there is, what is under way, and what needs a person now."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from store import journal, pushes
from store.ids import stamp
from store.pushes import Push
from store.records import dataclass
from usher.services import applications
from usher.services.application_views import AccountCounts, ApplicationSummary
from usher.services.session import Session


@dataclass(frozen=True)
class Need:
    """Something that does not go on without a person. `level` is bad, warn or info; `place` and `argument` where it is seen to."""

    level: str
    label: str
    sentence: str
    place: str
    argument: str = ""


@dataclass(frozen=True)
class Hour:
    """The outcomes of one hour, which begins at `at` (`2026-01-31T09`)."""

    at: str
    succeeded: int = 0
    failed: int = 0
    other: int = 0


@dataclass(frozen=True)
class CertificateDays:
    """Whose certificate ends in how many days."""

    application_id: str
    label: str
    days_left: int
    state: str
    not_after: str


@dataclass(frozen=True)
class Overview:
    """`sso` and `idm` count applications by state; `certificates` has the soonest to end first; `hours` are the last 24,
    the oldest first."""

    applications: int
    sso: dict[str, int]
    idm: dict[str, int]
    accounts: AccountCounts
    running: tuple[Push, ...]
    certificates: tuple[CertificateDays, ...]
    hours: tuple[Hour, ...]
    needs: tuple[Need, ...]


def overview(session: Session) -> Overview:
    """Everything as it stands now."""
    with session.store.reading() as db:
        apps = applications.list_(session)
        live, held = pushes.all_live(db), pushes.waiting(db)
        return Overview(
            applications=len(apps),
            sso=dict(Counter(app.sso for app in apps)),
            idm=dict(Counter(app.idm for app in apps)),
            accounts=_sum(apps),
            running=tuple(push for push in live if push.state != "paused"),
            certificates=_certificates(apps),
            hours=hours(session),
            needs=(*_of_pushes(live, held), *(need for app in apps for need in _of_application(app))),
        )


def _sum(apps: list[ApplicationSummary]) -> AccountCounts:
    return AccountCounts(*(sum(getattr(app.accounts, name) for app in apps) for name in AccountCounts.__dataclass_fields__))


def _certificates(apps: list[ApplicationSummary]) -> tuple[CertificateDays, ...]:
    found = [CertificateDays(app.id, app.label, it.days_left, it.state, it.not_after) for app in apps if (it := app.certificate)]
    return tuple(sorted(found, key=lambda one: one.days_left))


def hours(session: Session) -> tuple[Hour, ...]:
    """The provisioning log of the last 24 hours, hour by hour, empty ones too."""
    now = session.clock.now().replace(minute=0, second=0, microsecond=0)
    names = [stamp(now - timedelta(hours=back))[:13] for back in range(23, -1, -1)]
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for hour, result, count in journal.by_hour(session.db, names[0]):
        if hour in found:
            kind = result if result in ("succeeded", "failed") else "other"
            found[hour][kind] = found[hour].get(kind, 0) + count
    return tuple(Hour(name, **found[name]) for name in names)


def _of_pushes(live: list[Push], held: list[Push]) -> list[Need]:
    found = [Need("warn", push.app_label, f"A push waits for approval. {push.held_reason}", "push", push.id) for push in held]
    return found + [Need("warn", push.app_label, f"A push is paused. {push.paused_reason}", "push", push.id) for push in live if push.state == "paused"]


def _of_application(app: ApplicationSummary) -> list[Need]:
    """What waits for somebody at one application."""
    found = []
    if app.accounts.failed:
        what = "person" if app.accounts.failed == 1 else "people"
        found.append(Need("bad", app.label, f"The last operation failed for {app.accounts.failed} {what}.", "app", app.id))
    if app.accounts.blocked:
        found.append(Need("bad", app.label, f"{app.accounts.blocked} cannot be pushed as they are.", "push", app.id))
    if app.certificate and app.certificate.state == "expired":
        found.append(Need("bad", app.label, "Its IdP certificate has expired.", "app", app.id))
    elif app.certificate and app.certificate.state == "expiring":
        found.append(Need("warn", app.label, f"Its IdP certificate ends in {app.certificate.days_left} days.", "app", app.id))
    if app.sso == "inactive" and app.idm != "active":
        found.append(Need("info", app.label, "SSO is not active yet.", "app", app.id))
    elif app.idm == "inactive":
        found.append(Need("info", app.label, f"Identity Management is not active{'' if app.was_active else ' yet'}.", "app", app.id))
    elif not app.groups:
        found.append(Need("info", app.label, "No user group is authorised: nobody gets in.", "app", app.id))
    return found
