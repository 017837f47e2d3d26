"""Takes a token out of what a provider sent back, in every spelling in which it could be read there.

A provider may echo what it was sent: in a debug page, an error, a header. What is kept of an exchange, and what is
told to people, must not have the token even then.
"""

from __future__ import annotations

import base64
import re

REDACTED = "[redacted]"
SHORTEST = 4
"""A token shorter than this is no secret, and would black out half of what is said."""

_ESCAPES = b"\\%&"


class Redaction:
    """Replaces one token by `[redacted]`, in upper and lower case: as it is, JSON-escaped (`\\u0041`, `\\/`), percent-encoded,
    as HTML entities, any mixture of those, and in Base64 (of its own, or as `Bearer …` and `:…` are)."""

    def __init__(self, token: str) -> None:
        self._plain = token.encode().lower()
        self._encoded = tuple(_base64(token))
        self._escaped = re.compile(b"".join(_letter(c) for c in token), re.IGNORECASE)
        self._off = len(token) < SHORTEST

    def bytes(self, text: bytes) -> bytes:
        """The text without the token."""
        if self._off or not text:
            return text
        for spelling in self._encoded:
            if spelling in text:
                text = text.replace(spelling, REDACTED.encode())
        if self._plain in text.lower() or any(sign in text for sign in _ESCAPES):
            text = self._escaped.sub(REDACTED.encode(), text)
        return text

    def text(self, text: str) -> str:
        """The same for a header's value."""
        return self.bytes(text.encode("latin-1", "replace")).decode("latin-1")


def _letter(letter: str) -> bytes:
    """One visible ASCII character in all its spellings. Repetitions are bounded: a hostile answer must not take time."""
    code = ord(letter)
    spellings = [
        re.escape(letter),
        rf"\\{{1,8}}u00{code:02x}",
        rf"\\{{1,8}}x{code:02x}",
        rf"\\{{1,8}}{re.escape(letter)}",
        rf"%(?:25){{0,4}}{code:02x}",
        rf"&#0{{0,6}}{code};",
        rf"&#x0{{0,6}}{code:x};",
    ]
    named = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}.get(letter)
    return f"(?:{'|'.join([*spellings, *([named] if named else [])])})".encode()


def _base64(token: str) -> set[bytes]:
    """What Base64 makes of the token at each of the three places in which it can begin, less the signs at both ends
    that its neighbours have a part in; in both alphabets."""
    found = set()
    for before in range(3):
        code = base64.b64encode(b"\0" * before + token.encode())
        whole = code[(before * 8 + 5) // 6 : (before + len(token)) * 8 // 6]
        if len(whole) >= SHORTEST:
            found |= {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    return found
