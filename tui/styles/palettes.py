"""The two themes as plain data: every colour the console uses, by what it means.

Style sheets see each name as a variable (`$dim`), drawn widgets as a tone (`"dim"`).
"""

from __future__ import annotations

DARK = {
    "ground": "#12151b",  # behind everything
    "side": "#171b23",  # rail and bars
    "raised": "#1d222c",  # dialogs, fields
    "line": "#323b4b",  # borders, rules
    "text": "#d7dce5",
    "strong": "#ffffff",
    "dim": "#8d97aa",
    "faint": "#626c7e",
    "accent": "#86b6f2",
    "cursor": "#24364f",  # the row or field at work
    "ok": "#7ec699",
    "warn": "#e5b567",
    "bad": "#f0817f",
    "info": "#86b6f2",
}

LIGHT = {
    "ground": "#fbfbf9",
    "side": "#f0f1ef",
    "raised": "#ffffff",
    "line": "#c9cdd3",
    "text": "#23272f",
    "strong": "#000000",
    "dim": "#586171",
    "faint": "#838b98",
    "accent": "#1f5fb8",
    "cursor": "#d9e6f8",
    "ok": "#1b7442",
    "warn": "#8a5b00",
    "bad": "#b3261e",
    "info": "#1f5fb8",
}

PALETTES = {"usher-dark": DARK, "usher-light": LIGHT}

BADGES = {
    "red": "#c0392b",
    "orange": "#c2571a",
    "amber": "#b7791f",
    "lime": "#6b8e23",
    "green": "#2e8b57",
    "teal": "#1f8a8a",
    "cyan": "#1b87a6",
    "blue": "#2f6fd0",
    "indigo": "#4f5bd5",
    "violet": "#7d4cc2",
    "pink": "#b83280",
    "slate": "#5f6b7a",
}
"""What the named colours of a User Portal Image's badge look like."""
