"""XML as it goes out and as it comes in.

Out: text that already is its own exclusive canonical form (attributes sorted, no `<x/>`, no CR), so that what is digested
is what is sent. In: a parser behind a guard, for what strangers send (CVE-2017-11427 and its kin: no comment may split a
name; no DTD, no entity, no processing instruction has a place in a SAML message).
"""

from __future__ import annotations

import re
import secrets
import threading
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from usher.saml.refusal import Refusal, need

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LARGEST = 64 * 1024
"""Octets of one XML document, inflated."""

_MOST_ATTRIBUTES = 32  # libxml2's canonical form sorts them in quadratic time
_MOST_NAMESPACES = 64
_MOST_ELEMENTS = 2000
_UNFIT = dict.fromkeys([*range(9), *range(11, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
_SPECIAL = re.compile('[&<>"\x00-\x1f\ufffe\uffff\ud800-\udfff]')
_NCNAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
_INSTANT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,12})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_DECLARATION = re.compile(r"<\?xml(\s[^<>]*)\?>")
_COMMENT = re.compile(r"<!--(?!>|->)(?:(?!--).)*-->", re.DOTALL)
_ENCODING = re.compile(r"""\sencoding\s*=\s*["']([^"']*)["']""")


def fit(value: str) -> str:
    """A value without what XML cannot hold, and without CR, which some service providers' signatures do not survive."""
    return value.translate(_UNFIT) if _SPECIAL.search(value) else value


def text(value: str) -> str:
    """Character data in canonical form; what XML cannot hold, and CR, is left out."""
    if not _SPECIAL.search(value):
        return value
    return value.translate(_UNFIT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(value: str) -> str:
    """An attribute's value in canonical form."""
    if not _SPECIAL.search(value):
        return value
    escaped = value.translate(_UNFIT).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return escaped.replace("\t", "&#x9;").replace("\n", "&#xA;")


def new_id() -> str:
    """An identifier no one can guess: `_` and 160 random bits (SAML Core 1.3.4 asks for 128 or more)."""
    return "_" + secrets.token_hex(20)


def instant(moment: datetime) -> str:
    """A moment as SAML writes it: UTC, whole seconds, `Z` (SAML Core 1.3.3)."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def read_instant(value: str, what: str) -> datetime:
    """An xs:dateTime as a moment in UTC; one without a zone is UTC (SAML Core 1.3.3). `Refusal` for anything else."""
    found = _INSTANT.fullmatch(value)
    need(found, "time-unfit", f"{what} is no date and time.")
    assert found is not None
    try:
        moment = datetime.fromisoformat(f"{value[:19]}{found[8].replace('Z', '+00:00') if found[8] else '+00:00'}")
        moment += timedelta(seconds=float(found[7] or 0))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("time-unfit", f"{what} is no date and time there is.") from None


def is_ncname(value: str) -> bool:
    """Whether it can be an XML ID of sane length (ASCII: no service provider writes others)."""
    return len(value) <= 256 and _NCNAME.fullmatch(value) is not None


def parse(document: bytes, largest: int = LARGEST, comments: bool = False) -> Element:
    """The root of a document from outside; `Refusal` for whatever is not plain, small, shallow UTF-8 XML.

    With `comments` (files that an operator brings) those are dropped instead of refused.
    """
    need(len(document) <= largest, "too-large", f"The message is larger than {largest // 1024} kB.")
    root = _parsed(_bare(document, comments))
    need(not paths().crowded(root), "too-many-attributes", "An element has too many attributes.")
    need(paths().elements(root) <= _MOST_ELEMENTS, "too-large", "The message has too many elements.")
    return root


def _bare(document: bytes, comments: bool) -> str:
    """The text of a document without its declaration: UTF-8, and nothing in it that only an attack needs."""
    try:
        body = document.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Refusal("not-utf-8", "The message is not UTF-8.") from None
    if declared := _DECLARATION.match(body):
        encoding = _ENCODING.search(declared[1])
        need(encoding is None or encoding[1].lower() == "utf-8", "not-utf-8", "The message says that it is not UTF-8.")
        body = body[declared.end() :]
    if comments:
        body = _COMMENT.sub("", body)
    need("<!" not in body and "<?" not in body, "markup-forbidden", "The message holds a DTD, comment, CDATA section or processing instruction.")
    need("\0" not in body, "not-xml", "The message is not well-formed XML.")
    need(body.count("xmlns") <= _MOST_NAMESPACES * (8 if comments else 1), "too-many-attributes", "The message declares too many namespaces.")
    return body


def _parsed(body: str) -> Element:
    """The root element, without going anywhere else for anything; libxml2 itself ends at a depth of 256."""
    from lxml import etree

    try:
        return etree.fromstring(body.encode(), paths().parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refusal("not-xml", "The message is not well-formed XML.") from None


class Paths(threading.local):
    """The parser and the questions asked of every document, prepared once in each thread (libxml2 would make threads wait for one another)."""

    def __init__(self) -> None:
        from lxml import etree

        self.parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False)
        self.crowded = etree.XPath(f"boolean(//*[count(@*) > {_MOST_ATTRIBUTES}])", smart_strings=False)
        self.elements = etree.XPath("count(//*)")
        self.same_ids = etree.XPath("count(//@*[. = $id and translate(local-name(), 'ID', 'id') = 'id'])")


@cache
def paths() -> Paths:
    """This thread's."""
    return Paths()


def canonical(node: Element) -> bytes:
    """Exclusive canonical form of an element as it stands in its document, without comments and without its tail."""
    from lxml import etree

    return bytes(etree.tostring(node, method="c14n", exclusive=True, with_comments=False, with_tail=False))


def only(parent: Any, name: str, what: str) -> Element | None:
    """The one child of that name; None without; `Refusal` for several."""
    found = list(parent.iterchildren(name))
    need(len(found) <= 1, "element-twice", f"There is more than one {what}.")
    return found[0] if found else None


def plain(node: Element, what: str) -> str:
    """The text of an element that has nothing but text."""
    need(len(node) == 0, "not-plain", f"{what} holds more than text.")
    return (node.text or "").strip(" \t\r\n")
