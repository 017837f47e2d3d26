"""A console over SSH that nobody uses ends; one at a desk stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.errors import UsageError
from tests.tui.kit import console, press, run, text
from tui.idle import Idle
from usher.services import settings
from usher.services.session import Session


class Hands:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_over_after_the_limit_and_any_key_begins_it_anew() -> None:
    hands, limit = Hands(), timedelta(minutes=10)
    idle = Idle(lambda: limit, hands)
    hands.now = 539
    assert not idle.to_warn() and not idle.over()
    hands.now = 541
    assert idle.to_warn() and not idle.to_warn() and not idle.over()
    idle.touched()
    hands.now += 599
    assert idle.to_warn() and not idle.over()
    hands.now += 1
    assert idle.over()


def test_zero_is_never_and_a_new_limit_holds_at_once() -> None:
    hands, limits = Hands(), [timedelta(0)]
    idle = Idle(lambda: limits[0], hands)
    hands.now = 1e6
    assert not idle.over() and not idle.to_warn()
    limits[0] = timedelta(minutes=1)
    assert idle.over() and not idle.to_warn()


@pytest.mark.parametrize("confined", [True, False])
def test_a_confined_console_warns_then_ends_and_no_other_does(session: Session, confined: bool) -> None:
    session.confined = confined
    hands = Hands()

    async def scene() -> None:
        async with console(session) as pilot:
            app = pilot.app
            app.idle = Idle(lambda: settings.console_idle(session), hands)
            looks = [timer for timer in app._timers if "_look_for_somebody" in repr(timer._callback)]
            assert bool(looks) is confined
            if not confined:
                return
            hands.now = 545
            app._look_for_somebody()
            await press(pilot)
            assert "This console ends in a minute." in text(pilot)
            await press(pilot, "j")
            hands.now = 1100
            app._look_for_somebody()
            assert not app._exit
            hands.now = 1200
            app._look_for_somebody()
            assert app._exit and "nobody used it for 10 minutes" in str(app._exit_renderables)
            app._exit_renderables.clear()

    run(scene())


def test_the_limit_is_a_setting_within_bounds(session: Session) -> None:
    assert settings.console_idle(session) == timedelta(minutes=10)
    settings.set_(session, {"console_idle_minutes": "0"})
    assert settings.console_idle(session) == timedelta(0)
    for unfit in ("-1", "1441", "ten", ""):
        with pytest.raises(UsageError):
            settings.set_(session, {"console_idle_minutes": unfit})
