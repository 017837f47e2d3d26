"""Search in the catalog: by name, alias, vendor and category, as it is typed, and with a slip of the finger.

Pure functions. What matches plainly comes first and alone; only where nothing does, words that are nearly right count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from store.ids import fold
from usher.catalog.card import Card

_WORD = re.compile(r"[^\W_]+")


def find(cards: Iterable[Card], text: str) -> list[Card]:
    """The cards that hold every word of `text`, best first; all of them for an empty one, by name, generic ones last."""
    words = fold(text).split()
    cards = list(cards)
    for judge in (_plainly, _nearly):
        ranked = [(rank, card) for card in cards if (rank := _rank(card, words, judge)) is not None]
        if ranked:
            return [card for _, card in sorted(ranked, key=lambda pair: (pair[0], pair[1].category == "generic", fold(pair[1].name)))]
    return []


def _rank(card: Card, words: Sequence[str], judge: Callable[[Card, str], int | None]) -> int | None:
    """How far a card is from what was typed; None when a word is not in it."""
    total = 0
    for word in words:
        rank = judge(card, word)
        if rank is None:
            return None
        total += rank
    return total


def _plainly(card: Card, word: str) -> int | None:
    """0 at the beginning of the name, then of a word in name or alias, inside one, vendor or category, the summary."""
    name, aliases = fold(card.name), fold(" ".join((*card.aliases, card.key)))
    if name.startswith(word):
        return 0
    if any(each.startswith(word) for each in _WORD.findall(f"{name} {aliases}")):
        return 1
    if word in name or word in aliases:
        return 2
    if any(each.startswith(word) for each in _WORD.findall(fold(f"{card.vendor} {card.category}"))):
        return 3
    return 4 if len(word) > 2 and word in fold(f"{card.vendor} {card.category} {card.summary}") else None


def _nearly(card: Card, word: str) -> int | None:
    """One slip in a word of four letters, two in one of eight: `calendy`, `salseforce`. The end may be still to be typed."""
    slips = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    if not slips:
        return _plainly(card, word)
    named = _WORD.findall(fold(" ".join((card.name, *card.aliases, card.key, card.vendor, card.category))))
    near = [slip for each in named if (slip := _slips(word, each, slips)) <= slips]
    return 10 * min(near) if near else None


def _slips(typed: str, word: str, most: int) -> int:
    """Letters wrong, missing, too many or swapped between what was typed and the beginning of a word; `most` + 1 for more."""
    if len(word) < len(typed) - most:
        return most + 1
    rows = [list(range(len(word) + 1))]
    for at, letter in enumerate(typed, 1):
        last, row = rows[-1], [at]
        for to, other in enumerate(word, 1):
            cost = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != other))
            if at > 1 and to > 1 and letter == word[to - 2] and typed[at - 2] == other:
                cost = min(cost, rows[-2][to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        rows.append(row)
    return min(rows[-1])
