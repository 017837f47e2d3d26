"""Search in the catalog: by name, alias, vendor and category, as it is typed, and with a slip of the finger.

Pure: cards in, cards out. What matches plainly comes first and alone; only where nothing does, words that are nearly right count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from store.ids import fold
from store.records import dataclass
from usher.catalog.card import Card

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class _Entry:
    """A card with its words folded once, not at each letter that is typed."""

    card: Card
    name: str
    names: str
    words: tuple[str, ...]
    around: str
    around_words: tuple[str, ...]
    summary: str
    order: tuple[bool, str]


class Finder:
    """The cards, ready to be searched."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self._entries = sorted(map(_entry, cards), key=lambda entry: entry.order)

    def find(self, text: str) -> list[Card]:
        """The cards that hold every word of `text`, best first; all of them for an empty one, by name, generic ones last."""
        words = fold(text).split()
        for judge in (_plainly, _nearly):
            ranked = [(rank, entry.order, entry.card) for entry in self._entries if (rank := _rank(entry, words, judge)) is not None]
            if ranked:
                return [card for _, _, card in sorted(ranked, key=lambda each: each[:2])]
        return []


def _entry(card: Card) -> _Entry:
    name, aliases = fold(card.name), fold(" ".join((*card.aliases, card.key)))
    around = fold(f"{card.vendor} {card.category}")
    names = f"{name} {aliases}"
    return _Entry(card, name, names, tuple(_WORD.findall(names)), around, tuple(_WORD.findall(around)), fold(card.summary), (card.category == "generic", name))


def _rank(entry: _Entry, words: Sequence[str], judge: Callable[[_Entry, str], int | None]) -> int | None:
    """How far a card is from what was typed; None when a word is not in it."""
    total = 0
    for word in words:
        rank = judge(entry, word)
        if rank is None:
            return None
        total += rank
    return total


def _plainly(entry: _Entry, word: str) -> int | None:
    """0 at the beginning of the name, then of a word in name or alias, inside one, vendor or category, the summary."""
    if entry.name.startswith(word):
        return 0
    if word in entry.names:
        return 1 if any(each.startswith(word) for each in entry.words) else 2
    if any(each.startswith(word) for each in entry.around_words):
        return 3
    return 4 if len(word) > 2 and (word in entry.around or word in entry.summary) else None


def _nearly(entry: _Entry, word: str) -> int | None:
    """One slip in a word of four letters, two in one of eight: `calendy`, `salseforce`. The end may be still to be typed."""
    slips = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    if not slips:
        return _plainly(entry, word)
    near = [slip for each in (*entry.words, *entry.around_words) if (slip := _slips(word, each, slips)) <= slips]
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
