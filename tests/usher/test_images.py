"""The User Portal Image: known by its content, and unable to do anything (rule 1)."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from store import applications as rows
from store.errors import Refused, UsageError
from usher.services import applications
from usher.services.session import Session

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bytes(17)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="4" fill="#123456"/></svg>'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (SVG, "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<!-- by hand -->\n' + SVG, "image/svg+xml"),
    ],
)
def test_an_image_is_known_by_its_content(session: Session, tmp_path: Path, data: bytes, kind: str) -> None:
    file = tmp_path / "picture.txt"
    file.write_bytes(data)
    app = applications.add(session, "custom-saml", label="Wiki", image=file)
    assert app.image_type == kind
    assert rows.image(session.db, app.id) == (kind, data)
    assert applications.set_general(session, "Wiki", {"image": ""}).image_type is None
    assert rows.image(session.db, app.id) is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GIF89a", "image-unknown"),
        (b"", "image-unknown"),
        (PNG + bytes(100 * 1024), "file-too-large"),
        (SVG.replace(b"<circle", b"<script>alert(1)</script><circle"), "image-active"),
        (SVG.replace(b"<circle", b'<x:script xmlns:x="http://www.w3.org/2000/svg"/><circle'), "image-active"),
        (SVG.replace(b"<circle", b'<circle onload="x()"'), "image-active"),
        (SVG.replace(b"<circle", b'<image href="https://evil.example/p.png"/><circle'), "image-active"),
        (SVG.replace(b"<circle", b'<a href="javascript:x()"/><circle'), "image-active"),
        (SVG.replace(b"#123456", b"url(https://evil.example/)"), "image-active"),
        (SVG.replace(b"<circle", b"<style>@im<![CDATA[port url(//evil.example)]]></style><circle"), "image-active"),
        (SVG.replace(b"<circle", b"<foreignObject/><circle"), "image-active"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "image-active"),
        (b'<?xml-stylesheet href="https://evil.example"?>' + SVG, "image-active"),
        (b"<html>" + SVG + b"</html>", "image-active"),
        (SVG[:-4], "image-active"),
    ],
)
def test_an_unfit_image_is_refused(session: Session, tmp_path: Path, data: bytes, code: str) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(data)
    with pytest.raises(UsageError) as refused:
        applications.add(session, "custom-saml", label="Wiki", image=file)
    assert (refused.value.code, refused.value.field) == (code, "image")


def test_a_confined_operator_reads_images_in_the_exchange_folder_alone(session: Session, tmp_path: Path) -> None:
    assert session.exchange
    session.exchange.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (session.exchange / "link.png").symlink_to(tmp_path / "secret.png")
    (session.exchange / "good.png").write_bytes(PNG)
    confined = replace(session, confined=True)
    for path in (tmp_path / "secret.png", Path("../secret.png"), Path("..")):
        with pytest.raises(Refused, match="exchange folder"):
            applications.add(confined, "custom-saml", label="Wiki", image=path)
    with pytest.raises(UsageError, match="cannot be read"):
        applications.add(confined, "custom-saml", label="Wiki", image=Path("link.png"))
    assert applications.add(confined, "custom-saml", label="Wiki", image=Path("good.png")).image_type == "image/png"
