"""Both sides of one HTTP exchange as lines: what was asked, what came back, JSON laid out, folded to one line each."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlsplit

from store.journal import Exchange
from tui.widgets.ink import Spans
from tui.widgets.sheet import Line


@dataclass(frozen=True)
class Spot:
    """A line of an exchange: its number, the side it belongs to, and its own number."""

    exchange: int
    side: str
    line: int


def exchange_lines(exchange: Exchange, number: int, width: int, *, folded: bool) -> list[Line]:
    """The exchange's head; unless folded, both sides under it."""
    head = Line([("▸ " if folded else "▾ ", "accent"), *_head(exchange, number, width)], Spot(number, "request", 0))
    if folded:
        return [head]
    lines = [head]
    for side, part in (("request", _request(exchange, width)), ("response", _response(exchange, width))):
        for spans in part:
            lines.append(Line([("  ", ""), spans], Spot(number, side, len(lines))))
    return lines


def _head(exchange: Exchange, number: int, width: int) -> list[tuple[str, str]]:
    parts = urlsplit(exchange.url)
    path = parts.path + (f"?{unquote_plus(parts.query)}" if parts.query else "")
    end = f"{exchange.status if exchange.status is not None else 'no answer'}  {exchange.duration_ms:,} ms"
    start = f"{number + 1}  {exchange.method} "
    room = max(8, width - len(start) - len(end) - 6)
    shown = path if len(path) <= room else f"…{path[-room + 1 :]}"
    return [(start, "strong"), (shown.ljust(room + 2), "text"), (end, _tone(exchange))]


def _tone(exchange: Exchange) -> str:
    status = exchange.status
    return "bad" if status is None or status >= 500 else ("warn" if status >= 300 else "ok")


def _request(exchange: Exchange, width: int) -> Iterator[Spans]:
    yield [("REQUEST", "faint bold"), (f"  attempt {exchange.attempt}  ·  {exchange.at[:23].replace('T', ' ')} UTC", "dim")]
    for at, part in enumerate(wrap(f"{exchange.method} {exchange.url}", width - 4)):
        yield [("  " if at else "", ""), (part, "strong")]
    yield from _headers(exchange.request_headers, width)
    yield from _body(exchange.request_body, width)


def _response(exchange: Exchange, width: int) -> Iterator[Spans]:
    yield ""
    yield [("RESPONSE", "faint bold"), (f"  after {exchange.duration_ms:,} ms", "dim")]
    if exchange.error:
        yield from ([("✗ " if not at else "  ", "bad"), (part, "text")] for at, part in enumerate(wrap(exchange.error, width - 4)))
    if exchange.status is not None:
        yield [(f"{exchange.status} ", f"{_tone(exchange)} bold"), (_phrase(exchange.status), _tone(exchange))]
    yield from _headers(exchange.response_headers, width)
    yield from _body(exchange.response_body, width)


def _phrase(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _headers(text: str, width: int) -> Iterator[Spans]:
    for line in text.splitlines():
        name, _, value = line.partition(":")
        parts = wrap(value.strip(), max(10, width - len(name) - 6)) or [""]
        tone = "faint" if value.strip() == "[redacted]" else "text"
        yield [(f"{name}: ", "dim"), (parts[0], tone)]
        yield from ([(" " * (len(name) + 2), ""), (part, tone)] for part in parts[1:])


def _body(text: str, width: int) -> Iterator[Spans]:
    if not text:
        return
    yield ""
    try:
        laid_out = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        laid_out = text
    for line in laid_out.splitlines():
        indent = len(line) - len(line.lstrip())
        for at, part in enumerate(_pieces(line, max(10, width - 4))):
            yield [(" " * (indent + 2) if at else "", ""), *_coloured(part)]


_KEY = re.compile(r'^(\s*)("(?:[^"\\]|\\.)*")(\s*:\s*)(.*)$')


def _coloured(line: str) -> list[tuple[str, str]]:
    """A line of JSON: its key quieter than its value."""
    found = _KEY.match(line)
    if not found:
        return [(line, "text")]
    return [(found[1], ""), (found[2] + found[3], "dim"), (found[4], "text")]


def _pieces(line: str, width: int) -> list[str]:
    """A long line in pieces that fit, the later ones a little narrower for their indent."""
    if len(line) <= width:
        return [line]
    indent = len(line) - len(line.lstrip()) + 2
    rest, size = line[width:], max(10, width - indent)
    return [line[:width], *(rest[at : at + size] for at in range(0, len(rest), size))]


def wrap(text: str, width: int) -> list[str]:
    """A sentence or an address over as many lines as it takes."""
    return textwrap.wrap(text, max(10, width), break_on_hyphens=False)
