"""A provider that echoes the token: nothing of it stays in what is kept or told."""

from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote

import pytest

from usher.scim.redaction import REDACTED, Redaction

TOKEN = "Canary+5f/1c==-a.b~&0b7e"
ESCAPED = "".join(f"\\u{ord(c):04x}" for c in TOKEN)
HEX = "".join(f"%{ord(c):02x}" for c in TOKEN)
SPELLINGS = {
    "plain": TOKEN,
    "lower": TOKEN.lower(),
    "upper": TOKEN.upper(),
    "json": json.dumps(TOKEN),
    "slashes": TOKEN.replace("/", "\\/"),
    "escaped": ESCAPED,
    "escaped in capitals": ESCAPED.upper().replace("U", "u"),
    "escaped twice": ESCAPED.replace("\\", "\\\\"),
    "half escaped": ESCAPED[:36] + TOKEN[6:],
    "percent": quote(TOKEN, safe=""),
    "percent twice": quote(quote(TOKEN, safe=""), safe=""),
    "percent in small letters": HEX,
    "entities": html.escape(TOKEN),
    "numbered entities": "".join(f"&#{ord(c)};" for c in TOKEN),
    "hexadecimal entities": "".join(f"&#x{ord(c):X};" for c in TOKEN),
    **{f"base64 after {len(head)}": base64.b64encode((head + TOKEN).encode()).decode() for head in ("", "a", "ab", "Bearer ", "user:")},
    "base64 for addresses": base64.urlsafe_b64encode(("?>" + TOKEN).encode()).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_the_token_is_left(spelling: str) -> None:
    text = f'{{"detail": "bad token: {SPELLINGS[spelling]}."}}'
    clean = Redaction(TOKEN).bytes(text.encode()).decode()
    assert REDACTED in clean
    assert not [n for n in range(len(TOKEN) - 5) if TOKEN[n : n + 6].lower() in clean.lower()]
    assert len(clean) < len('{"detail": "bad token: ."}') + len(REDACTED) + 16, clean


def test_what_is_not_the_token_stays_as_it_is() -> None:
    text = rb'{"detail": "50% off \u00e9 &amp; more", "Canary": "Canary+5f"}'
    assert Redaction(TOKEN).bytes(text) == text
    assert Redaction("ab").bytes(b"a cab") == b"a cab"


@pytest.mark.parametrize("part", [rb'"\u0043%43&#67;\\', b"\\", b"%25", b"&#0", b"Canary"])
def test_the_time_for_an_answer_full_of_escapes_grows_with_its_length_and_no_faster(part: bytes) -> None:
    short, long = (min(cost(part * (size // len(part))) for _ in range(3)) for size in (60_000, 600_000))
    assert long < 40 * short, "ten times the length takes ten times as long; were it the square, a hundred times"


def cost(text: bytes) -> float:
    """The processor's time for one answer, whatever else the machine does."""
    redaction, begun = Redaction(TOKEN), time.process_time()
    redaction.bytes(text)
    return time.process_time() - begun
