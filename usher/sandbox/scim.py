"""The SCIM side of the stand-in: its rules in front, scim2-server behind, no groups anywhere.

Imports scim2-server (the extra `demo`): only the provider's process loads this.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from scim2_models import AuthenticationScheme, Bulk, ChangePassword, ETag, SCIMException, ScimProvider, Sort
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.service import ScimService
from scim2_server.utils import load_default_resource_types, load_default_schemas, load_default_service_provider_config

from usher.sandbox.accounts import Accounts
from usher.sandbox.manners import CALENDLY, Manners
from usher.sandbox.rules import Refusal, Rules
from usher.sandbox.web import SCIM_JSON, Answer, Request, json_answer, scim_error

_SWITCH_OFF = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}'
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class ScimSide:
    """Answers the requests under the Base URL, once their token was found good."""

    def __init__(self, accounts: Accounts, rules: Rules, manners: Manners = CALENDLY) -> None:
        self._rules, self._manners, self._accounts = rules, manners, accounts
        self._service = ScimService(_describe(rules))
        self._handler = ScimHandler(self._service, accounts)

    def answer(self, request: Request, path: str, base_url: str) -> Answer:
        """The answer to a request for `path`, relative to the Base URL."""
        try:
            self._check(request, path)
            request = self._instead(request, path)
            scim = ScimRequest(request.method, base_url, path, request.query, request.headers, request.body)
            response = self._handler.handle(scim)
        except Refusal as refusal:
            return scim_error(refusal.status, refusal.detail, refusal.scim_type)
        except Exception as error:
            if not isinstance(error, SCIMException):
                logging.getLogger(__name__).exception("the stand-in failed")
            response = self._service.error_response(error)
        self._remove_inactive(request, path)
        if response.body is None:
            return Answer(int(response.status), headers=_headers(response.headers))
        return json_answer(response.body, int(response.status), SCIM_JSON, _headers(response.headers))

    def _instead(self, request: Request, path: str) -> Request:
        """A DELETE that only deactivates is a PATCH in truth."""
        if request.method != "DELETE" or self._manners.on_delete != "deactivates" or not path.lower().startswith("/users/"):
            return request
        return replace(request, method="PATCH", body=_SWITCH_OFF)

    def _remove_inactive(self, request: Request, path: str) -> None:
        """Where active=false deletes, the account is gone once it was answered."""
        if request.method in ("PATCH", "PUT") and self._manners.on_deactivate in ("deletes", "removes"):
            self._accounts.drop_inactive(path.strip("/").split("/")[-1])

    def _check(self, request: Request, path: str) -> None:
        """The application's own rules, on writes to people; everything else is left to scim2-server."""
        first = path.strip("/").split("/")[0].lower()
        if first not in {"users", "serviceproviderconfig", "resourcetypes", "schemas"}:
            raise Refusal(404, f"There is no {path} here.")
        if first != "users":
            return
        if request.method == "PATCH":
            self._rules.check_patch(request.json())
        elif request.method == "PUT" or (request.method == "POST" and not path.rstrip("/").endswith(".search")):
            self._rules.check_resource(request.json())


def _headers(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "Content-Type"}


def _describe(rules: Rules) -> Any:
    """What discovery tells: one resource type, User, with the accepted attributes; PATCH and filters, nothing else."""
    schema = load_default_schemas()[_USER]
    accepted = {name.lower() for name in rules.accepted}
    schema.attributes = [_trim(attribute, rules) for attribute in schema.attributes or [] if (attribute.name or "").lower() in accepted]
    user = load_default_resource_types()["User"]
    user.schema_extensions = None
    return ScimProvider.from_discovery([schema], [user], config=_config())


def _trim(attribute: Any, rules: Rules) -> Any:
    attribute.required = attribute.name in rules.required
    if attribute.name == "emails" and not rules.accepts:
        attribute.sub_attributes = [part for part in attribute.sub_attributes if part.name == "value"]
    return attribute


def _config() -> Any:
    config = load_default_service_provider_config()
    config.bulk = Bulk(supported=False, max_operations=0, max_payload_size=0)
    config.change_password, config.sort, config.etag = ChangePassword(supported=False), Sort(supported=False), ETag(supported=False)
    config.authentication_schemes = [
        AuthenticationScheme(type=AuthenticationScheme.Type.oauthbearertoken, name="Bearer token", description="The token made on the User provisioning page")
    ]
    return config
