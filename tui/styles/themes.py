"""The palettes as Textual's themes."""

from __future__ import annotations

import os

from textual.theme import Theme

from tui.styles.palettes import PALETTES


def _theme(name: str, colours: dict[str, str]) -> Theme:
    return Theme(
        name=name,
        primary=colours["accent"],
        warning=colours["warn"],
        error=colours["bad"],
        success=colours["ok"],
        accent=colours["accent"],
        foreground=colours["text"],
        background=colours["ground"],
        surface=colours["side"],
        panel=colours["raised"],
        dark=name.endswith("dark"),
        variables={
            **{f"u-{word}": value for word, value in colours.items()},
            "scrollbar": colours["line"],
            "scrollbar-hover": colours["faint"],
            "scrollbar-active": colours["accent"],
            "scrollbar-background": colours["ground"],
            "scrollbar-background-hover": colours["ground"],
            "scrollbar-background-active": colours["ground"],
            "scrollbar-corner-color": colours["ground"],
            "input-cursor-background": colours["text"],
            "input-cursor-foreground": colours["ground"],
            "input-selection-background": colours["cursor"],
        },
    )


THEMES = tuple(_theme(name, colours) for name, colours in PALETTES.items())


def named(chosen: str) -> str:
    """The theme for a setting. `system` asks the terminal, which tells in COLORFGBG (text;background) if at all: 7 and
    15 are a light background."""
    light = chosen == "light" or (chosen == "system" and os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15"))
    return "usher-light" if light else "usher-dark"
