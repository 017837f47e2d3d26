"""The style sheet: the organisation's colour, and what must stand on it to be read."""

from __future__ import annotations

from functools import cache
from importlib import resources

from starlette.responses import Response

from usher.portal.pages import close
from usher.portal.visit import Visit
from usher.services import settings

_AA = 4.5
"""WCAG 2.2, 1.4.3: the least contrast of text."""


def sheet(visit: Visit) -> Response:
    """The one style sheet."""
    response = Response(_sheet(settings.portal_colour(visit.session)), media_type="text/css")
    response.headers["Cache-Control"] = "no-cache"
    return close(visit, response)


@cache
def _sheet(colour: str) -> str:
    """The sheet with the colour in it: as it is where text stands on it, and made dark or light enough where it is the text."""
    text = resources.files(__package__).joinpath("portal.css").read_text("utf-8")
    ink = "#ffffff" if contrast(colour, "#ffffff") >= _AA else "#101418"
    on_light, on_dark = toward(colour, "#000000", "#ffffff"), toward(colour, "#ffffff", "#1b2027")
    head = f":root {{ --brand: {colour}; --brand-ink: {ink}; --link: {on_light}; }}\n"
    return head + text + f"\n@media (prefers-color-scheme: dark) {{ :root {{ --link: {on_dark}; }} }}\n"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def toward(colour: str, end: str, ground: str) -> str:
    """The colour, moved towards `end` until it can be read on `ground`."""
    for step in range(21):
        mixed = _mix(colour, end, step / 20)
        if contrast(mixed, ground) >= _AA:
            return mixed
    return end


def _mix(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [(value / 255 / 12.92) if value / 255 <= 0.04045 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in _channels(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
