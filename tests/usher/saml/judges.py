"""The judges: two service-provider libraries and the standard's schemas, none of which this program uses."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.programs import need
from tests.usher.saml.kit import ACS, SLO, SP_ID, made
from usher.saml import metadata
from usher.saml.bindings import Post
from usher.saml.issue import Issued
from usher.saml.keys import one_line
from usher.saml.parties import IdentityProvider, ServiceProvider


@cache
def _schema(name: str) -> Any:
    import onelogin.saml2
    from lxml import etree

    folder = Path(str(onelogin.saml2.__file__)).parent / "schemas"
    return etree.XMLSchema(etree.parse(str(folder / f"saml-schema-{name}-2.0.xsd")))


def assert_valid(document: str, schema: str = "protocol") -> None:
    """The document is what the standard's schema says (protocol, assertion or metadata)."""
    from lxml import etree

    _schema(schema).assertValid(etree.fromstring(document.encode()))


def python3_saml_settings(idp: IdentityProvider, sp: ServiceProvider, acs: str = ACS, **security: Any) -> Any:
    """python3-saml as the application, strict, knowing the identity provider by the certificates of its metadata."""
    from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
    from onelogin.saml2.settings import OneLogin_Saml2_Settings

    parsed = OneLogin_Saml2_IdPMetadataParser.parse(metadata.document(idp, sp))
    pair = made("sp")
    own = {
        "entityId": SP_ID,
        "assertionConsumerService": {"url": acs, "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"},
        "singleLogoutService": {"url": SLO, "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"},
        "NameIDFormat": sp.nameid_format,
        "x509cert": one_line(pair.pem),
        "privateKey": pair.private_key.reveal(),
    }
    wants = {"wantAssertionsSigned": sp.sign_assertion, "wantMessagesSigned": sp.sign_response, "wantAssertionsEncrypted": sp.encrypt_assertion}
    return OneLogin_Saml2_Settings({"strict": True, "debug": True, "sp": own, "idp": parsed["idp"], "security": {**wants, **security}})


def browser(url: str, **fields: str) -> dict[str, Any]:
    """A browser's visit to the application, as python3-saml wants to be told of it."""
    parts = urlsplit(url)
    got = dict(parse_qsl(parts.query))
    return {"https": "on", "http_host": parts.netloc, "script_name": parts.path, "get_data": got, "post_data": fields, "query_string": parts.query}


def python3_saml_reads(idp: IdentityProvider, sp: ServiceProvider, issued: Issued, request_id: str | None) -> tuple[str, dict[str, list[str]]]:
    """NameID and attributes as python3-saml sees them; fails the test with its reason when it refuses."""
    from onelogin.saml2.response import OneLogin_Saml2_Response

    response = OneLogin_Saml2_Response(python3_saml_settings(idp, sp), base64.b64encode(issued.xml.encode()))
    assert response.is_valid(browser(ACS), request_id), response.get_error()
    return response.get_nameid(), response.get_attributes()


def pysaml2_client(idp: IdentityProvider, sp: ServiceProvider, folder: Path, **wants: Any) -> Any:
    """pysaml2 as the application."""
    from saml2.client import Saml2Client
    from saml2.config import SPConfig

    pair = made("sp")
    for name, content in (("sp.key", pair.private_key.reveal()), ("sp.pem", pair.pem), ("idp.xml", metadata.document(idp, sp))):
        (folder / name).write_text(content)
    service = {
        "endpoints": {
            "assertion_consumer_service": [(ACS, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")],
            "single_logout_service": [(SLO, f"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{name}") for name in ("Redirect", "POST")],
        },
        "allow_unsolicited": True,
        "want_assertions_signed": sp.sign_assertion,
        "want_response_signed": sp.sign_response,
        **wants,
    }
    pairs = [{"key_file": str(folder / "sp.key"), "cert_file": str(folder / "sp.pem")}]
    config = SPConfig().load(
        {
            "entityid": SP_ID, "xmlsec_binary": need("xmlsec1"), "service": {"sp": service}, "metadata": {"local": [str(folder / "idp.xml")]},
            "key_file": str(folder / "sp.key"), "cert_file": str(folder / "sp.pem"), "encryption_keypairs": pairs, "allow_unknown_attributes": True,
        }
    )  # fmt: skip
    return Saml2Client(config=config)


def pysaml2_reads(idp: IdentityProvider, sp: ServiceProvider, issued: Issued, request_id: str | None, folder: Path) -> tuple[str, dict[str, list[str]]]:
    """NameID and attributes as pysaml2 sees them."""
    client = pysaml2_client(idp, sp, folder)
    outstanding = {request_id: "/"} if request_id else {}
    response = client.parse_authn_request_response(
        base64.b64encode(issued.xml.encode()).decode(), "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", outstanding=outstanding
    )
    return response.name_id.text, response.ava


def value_of(post: Post, name: str) -> str:
    return dict(post.fields)[name]
