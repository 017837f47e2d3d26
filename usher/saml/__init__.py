"""SAML 2.0: what an identity provider sends and takes."""
