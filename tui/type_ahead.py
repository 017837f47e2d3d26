"""Keys that come faster than the screen: each is heard by what the one before led to, and nothing typed goes astray.

Textual hands every key to what has the focus at that moment, and makes screens and tabs meanwhile. Over a slow line keys come
in bursts: letters meant for a field would then be commands of the screen that is just being left.
"""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import Any

from textual import events
from textual.message import Message

LONGEST = 2.0
"""Seconds that a key waits at most, whatever does not come about."""

LOOK_EVERY = 0.03


class Passed(Message):
    """Follows a key on its way outwards: when it arrives, whoever could hear the key has. On its second lap it follows
    what that one said in answer, such as that a row was opened."""

    def __init__(self, laps: int = 2) -> None:
        super().__init__()
        self.laps = laps


class TypeAhead:
    """Mixed into the app: the next key is handed out once the one before was heard and what it led to can take keys."""

    focused: Any
    screen: Any
    screen_stack: Any
    set_timer: Any

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._ahead: deque[events.Key | events.Paste] = deque()
        self._under_way: tuple[float, Any, Any] | None = None
        self._unready_since: float | None = None
        self._looking = False

    async def on_event(self, event: events.Event) -> None:
        """Keys and pasted text stand in line; everything else goes its way."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._ahead.append(event)
            await self._go_on()
        else:
            await self._hand_out(event)

    @property
    def keys_on_their_way(self) -> bool:
        """Whether a key was not heard yet."""
        return bool(self._ahead) or self._under_way is not None

    async def on_passed(self, message: Passed) -> None:
        """The key was heard."""
        message.stop()
        if message.laps > 1 and self._under_way is not None and self._under_way[1].post_message(Passed(message.laps - 1)):
            return
        self._under_way = None
        await self._go_on()

    async def _hand_out(self, event: events.Event) -> None:
        app: Any = super()
        await app.on_event(event)

    async def _go_on(self) -> None:
        """Hands out what can be; looks again soon where something still waits."""
        while self._ahead and self._is_next_due():
            target, screen = self.focused or self.screen, self.screen
            await self._hand_out(self._ahead.popleft())
            self._under_way = (monotonic(), target, screen) if target.post_message(Passed()) else None
        if self._ahead and not self._looking:
            self._looking = True
            self.set_timer(LOOK_EVERY, self._look_again)

    async def _look_again(self) -> None:
        self._looking = False
        await self._go_on()

    def _is_next_due(self) -> bool:
        """Whether the next key can be handed out."""
        now = monotonic()
        if not self.screen_stack:
            return False  # one place was left, and the next does not stand yet
        if self._under_way is not None:
            since, target, screen = self._under_way
            if target.is_attached and screen is self.screen and now - since < LONGEST:
                return False
            self._under_way = None
        if not self._unready():
            self._unready_since = None
            return True
        if self._unready_since is None:
            self._unready_since = now
        return now - self._unready_since >= LONGEST

    def _unready(self) -> bool:
        """Whether the screen is being made, so that nothing in it has the focus yet."""
        screen = self.screen
        return getattr(screen, "making", False) or (screen.focused is None and screen.AUTO_FOCUS != "")
