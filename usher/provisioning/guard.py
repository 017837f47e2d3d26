"""The mass-removal guard: a plan that takes away much waits for a person."""

from __future__ import annotations


def limit(managed: int, minimum: int, percent: float) -> float:
    """How many accounts may be taken away without asking: the larger of `minimum` and `percent` of the managed active ones."""
    return max(float(minimum), managed * percent / 100)


def reason(removals: int, managed: int, minimum: int = 5, percent: float = 10, *, recent: int = 0) -> str:
    """Why a plan is held, as a sentence; empty when it may go. `recent` are removals that went before without a
    person's approval: they count, with the accounts they took."""
    if not removals or removals + recent <= limit(managed + recent, minimum, percent):
        return ""
    before = f", after {recent} in the last day" if recent else ""
    return (
        f"This would take away {removals} of {managed} managed accounts{before}: more than the guard lets through "
        f"(the larger of {minimum} and {percent:g} %). It waits for approval."
    )
