"""What it means for a row to match a filter."""

from __future__ import annotations


def matches(text: str, wanted: str) -> bool:
    """Whether a row's text holds every word of the filter; a word after `!` must be absent. Case does not matter."""
    text = text.casefold()
    return all((word[1:] not in text) if word.startswith("!") and len(word) > 1 else word in text for word in wanted.casefold().split())
