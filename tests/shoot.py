"""`python -m tests.shoot` writes screenshots/: an SVG for each readme scene, and a page that shows them all.

With names, it writes those scenes (every size and look) as SVG and PNG to a folder instead, to be looked at:
`python -m tests.shoot --to FOLDER apps help`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.scenes import Shot, readme_shots, shots

FOLDER = Path(__file__).parent.parent / "screenshots"


def render(shot: Shot) -> str:
    """The dark picture, without the random id that Textual puts in."""
    from pytest_textual_snapshot import normalize_svg

    return normalize_svg(shot.draw(["dark"])["dark"])


def index() -> str:
    """The page of all pictures."""
    parts = [f"## {shot.scene.caption or shot.scene.name}\n\n![{shot.scene.caption or shot.scene.name}]({shot.scene.name}.svg)\n" for shot in readme_shots()]
    return "# Screens\n\nPictures of the console, drawn by `make screenshots` from the scenes the tests use.\n\n" + "\n".join(parts)


def write_all() -> None:
    """Writes screenshots/ anew and takes away what no scene makes."""
    FOLDER.mkdir(exist_ok=True)
    wanted = {f"{shot.scene.name}.svg": shot for shot in readme_shots()}
    for old in FOLDER.glob("*.svg"):
        if old.name not in wanted:
            old.unlink()
    for name, shot in wanted.items():
        (FOLDER / name).write_text(render(shot), "utf-8")
        print(f"screenshots/{name}")
    (FOLDER / "README.md").write_text(index(), "utf-8")


def write_to(folder: Path, names: list[str]) -> None:
    """Writes pictures to look at, as SVG and PNG."""
    import resvg_py

    folder.mkdir(parents=True, exist_ok=True)
    for shot in shots():
        if names and not any(name in shot.name for name in names):
            continue
        for look, svg in shot.draw().items():
            (folder / f"{shot.name}-{look}.svg").write_text(svg, "utf-8")
            png = resvg_py.svg_to_bytes(svg_string=svg.replace("Fira Code", "DejaVu Sans Mono"), monospace_family="DejaVu Sans Mono")
            (folder / f"{shot.name}-{look}.png").write_bytes(bytes(png))
            print(folder / f"{shot.name}-{look}.png")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--to"]:
        write_to(Path(sys.argv[2]), sys.argv[3:])
    else:
        write_all()
