"""The User Portal Image: judged by what is in the file, not by its name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn

from store.errors import UsageError
from usher.services.files import read_file
from usher.services.session import Session

LARGEST = 100 * 1024
_ACTIVE_ELEMENTS = {"script", "foreignobject", "iframe", "object", "embed", "handler", "animate", "set", "animatemotion", "animatetransform", "a"}
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)|@import|javascript:|expression\(", re.IGNORECASE)


def read_image(session: Session, path: Path) -> tuple[str, bytes]:
    """Media type and bytes of a png, jpg or svg of up to 100 KB. Raises `UsageError` for the field `image`."""
    data = read_file(session, path, LARGEST, "image")
    return media_type(data), data


def media_type(data: bytes) -> str:
    """What an image is by its content; an SVG that could run or fetch something is refused."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if b"<svg" in data[:4096]:
        _check_svg(data)
        return "image/svg+xml"
    raise UsageError("image-unknown", "The file is no png, jpg or svg image.", "Choose another file.", "image")


def _check_svg(data: bytes) -> None:
    """Refuses scripts, event handlers, outside addresses, doctypes and processing instructions."""
    from xml.parsers import expat

    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        local = name.rpartition(":")[2].lower()
        if not depth and local != "svg":
            _refuse("is not an SVG image")
        depth += 1
        if local in _ACTIVE_ELEMENTS:
            _refuse(f"holds an active element <{local}>")
        for attribute, value in attributes.items():
            _check_attribute(attribute.rpartition(":")[2].lower(), value)

    parser.StartElementHandler = start
    parser.CharacterDataHandler = lambda text: _refuse("refers to something outside itself") if _OUTSIDE.search(text) else None
    parser.StartDoctypeDeclHandler = lambda *_: _refuse("has a document type declaration")
    parser.ProcessingInstructionHandler = lambda *_: _refuse("has a processing instruction")
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        _refuse(f"is not well-formed (line {error.lineno})")


def _check_attribute(name: str, value: str) -> None:
    """One attribute of an SVG element."""
    if name.startswith("on"):
        _refuse(f"has an event handler ({name})")
    if name in {"href", "src"} and not re.match(r"#|data:image/(png|jpeg);base64,", value.strip(), re.IGNORECASE):
        _refuse("refers to something outside itself")
    if _OUTSIDE.search(value):
        _refuse("refers to something outside itself")


def _refuse(why: str) -> NoReturn:
    raise UsageError("image-active", f"The SVG {why}; only plain drawings are taken.", "Use a png or jpg, or take that out of the drawing.", "image")
