"""The accounts the stand-in holds, and its seats: only active people take one, a full house refuses another.

Imports scim2-server (the extra `demo`): only the provider's process loads this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scim2_models import ForbiddenException, Resource, ResourceType
from scim2_server.memory import InMemoryStorage


@dataclass(frozen=True)
class AccountView:
    """One account, for people to look at."""

    id: str
    username: str
    display_name: str
    email: str
    external_id: str
    active: bool


class Accounts(InMemoryStorage):
    """scim2-server's storage with a number of seats. DELETE is for good: nothing is kept of the account."""

    def __init__(self, seats: int) -> None:
        super().__init__()
        self.seats = seats

    def taken(self) -> int:
        """How many seats are taken."""
        with self.lock:
            return sum(_is_active(resource) for resource in self.resources)

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """A new account; 403 when it is to be active and no seat is free. A userName that is taken is told first.

        Like `update`, called inside `operation()`, which keeps everybody else out.
        """
        created = super().create(resource_type, resource)
        if _is_active(created) and self.taken() > self.seats:
            super().delete(resource_type, created.id or "")
            raise self._full()
        return created

    def update(self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None) -> Resource[Any]:
        """A changed account; reactivating one needs a free seat, everything else goes on in a full house."""
        had_seat = _is_active(self.get(resource_type, resource.id or ""))
        if _is_active(resource) and not had_seat and self.taken() >= self.seats:
            raise self._full()
        return super().update(resource_type, resource, expected_version=expected_version)

    def drop_inactive(self, account_id: str) -> None:
        """Forgets the account with that id if it is not active."""
        with self.lock:
            self.resources = [resource for resource in self.resources if resource.id != account_id or _is_active(resource)]

    def _full(self) -> ForbiddenException:
        return ForbiddenException(detail=f"Your organization has no seats left: all {self.seats} are taken. Remove a user or add seats, then try again.")

    def views(self) -> list[AccountView]:
        """Everyone, by userName."""
        with self.lock:
            return sorted((_view(resource) for resource in self.resources), key=lambda view: view.username.lower())


def _view(resource: Any) -> AccountView:
    emails = getattr(resource, "emails", None) or []
    return AccountView(
        id=resource.id,
        username=resource.user_name or "",
        display_name=getattr(resource, "display_name", None) or "",
        email=(emails[0].value or "") if emails else "",
        external_id=resource.external_id or "",
        active=_is_active(resource),
    )


def _is_active(resource: Resource[Any]) -> bool:
    return getattr(resource, "active", None) is not False
