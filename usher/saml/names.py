"""The names that SAML, XML Signature and XML Encryption gave things: namespaces, algorithms, bindings, formats."""

from __future__ import annotations

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"

SIGNATURES = {
    "RSA-SHA256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "RSA-SHA384": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "RSA-SHA512": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
}
"""The signature algorithms there are here, by the name an operator reads. No SHA-1, no HMAC, no DSA."""

SIGNATURE_HASHES = {SIGNATURES["RSA-SHA256"]: "sha256", SIGNATURES["RSA-SHA384"]: "sha384", SIGNATURES["RSA-SHA512"]: "sha512"}

DIGESTS = {
    f"{XENC}sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    f"{XENC}sha512": "sha512",
}

AES_256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
RSA_OAEP = f"{XENC}rsa-oaep-mgf1p"

POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
