"""The stand-in service provider as a program: `python -m usher.sandbox.provider --token-file FILE`.

Listens on 127.0.0.1 alone, keeps everything in memory, prints `listening on URL` (the Base URL to paste) when
it is ready, and ends on SIGTERM, SIGINT, or when the process named by --parent-pid is no longer its parent.
"""

from __future__ import annotations

import argparse
import hmac
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

from store.errors import UsherError
from usher.process import harden
from usher.sandbox import faults
from usher.sandbox.accounts import Accounts
from usher.sandbox.control import Control, RequestLog, Seen
from usher.sandbox.manners import CALENDLY, Manners, Meter, like
from usher.sandbox.page import front_page
from usher.sandbox.rules import Refusal
from usher.sandbox.saml_provider import SamlSide
from usher.sandbox.scim import ScimSide
from usher.sandbox.web import Answer, LoopbackServer, Request, scim_error

DEFAULT_SEATS = 50
DEFAULT_TENANT = "example"
_PARENT_CHECK_SECONDS = 0.2


class Provider:
    """Everything behind the socket: which part answers, who may ask, what goes wrong on request."""

    def __init__(
        self, token: str, *, seats: int = DEFAULT_SEATS, strict: bool = False, tenant: str = DEFAULT_TENANT, manners: Manners = CALENDLY, portal: str = ""
    ) -> None:
        self._token = token.encode()
        self._manners, self._meter = manners, Meter(manners.rate)
        self._path = f"/scim/{tenant}/v2"
        self._accounts = Accounts(seats)
        self._faults = faults.Faults()
        self._log = RequestLog()
        self._scim = ScimSide(self._accounts, manners.rules(strict), manners)
        self._control = Control(self._accounts, self._faults, self._log, strict)
        self._saml = SamlSide(portal) if portal else None
        self._origin = ""

    def serve(self, port: int) -> LoopbackServer:
        """Takes the port (0: any free one) and returns the server, not yet running."""
        server = LoopbackServer(port, self.answer)
        self._origin = f"http://127.0.0.1:{server.port}"
        if self._saml is not None:
            self._saml.origin = self._origin
        return server

    @property
    def base_url(self) -> str:
        """What the operator pastes as Base URL."""
        return self._origin + self._path

    def answer(self, request: Request) -> Answer:
        """Sends a request to the part it is for."""
        if request.path == "/" and request.method in {"GET", "HEAD"}:
            return front_page(self._accounts.views(), self._accounts.seats, self.base_url)
        if self._saml is not None and request.path.startswith("/saml/"):
            return self._saml.answer(request)
        if request.path == self._path or request.path.startswith(self._path + "/"):
            return self._answer_scim(request, request.path[len(self._path) :])
        if request.path == "/control" or request.path.startswith("/control/"):
            return self._control.answer(request, request.path[len("/control") :]) if self._bears(request) else _unauthorized()
        return scim_error(404, f"There is nothing at {request.path}.")

    def _answer_scim(self, request: Request, path: str) -> Answer:
        fault = self._faults.hit(request) if self._may(request) else None
        answer = self._outcome(request, path, fault)
        self._log.add(Seen(request.method, request.target, 0 if answer.cut else answer.status, fault.kind if fault else ""))
        return answer

    def _outcome(self, request: Request, path: str, fault: faults.Fault | None) -> Answer:
        if not self._may(request):
            return _unauthorized()
        if refusal := self._manners.refusal(request, path) or self._meter.refusal(request):
            return refusal
        if fault is None:
            return self._scim.answer(request, path, self.base_url)
        if fault.kind is faults.FaultKind.SLOW:
            time.sleep(fault.seconds)
        instead = faults.answer(fault, self.base_url.replace("127.0.0.1", "localhost") + path)
        if instead is not None:
            return instead
        done = self._scim.answer(request, path, self.base_url)
        return Answer(0, cut=True) if fault.kind is faults.FaultKind.DROP_AFTER else done

    def _may(self, request: Request) -> bool:
        """Whether the token is in the header as this application wants it there."""
        if self._manners.authorization == CALENDLY.authorization:
            return self._bears(request)
        wanted = self._manners.authorization.replace("{token}", self._token.decode()).encode()
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted)

    def _bears(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token)


def _unauthorized() -> Answer:
    return scim_error(401, "The bearer token is missing or not valid.", headers={"WWW-Authenticate": 'Bearer realm="SCIM"'})


def main(arguments: list[str] | None = None) -> int:
    """Runs the provider until it is told to end."""
    harden()
    options = _parser().parse_args(arguments)
    token = Path(options.token_file).read_text(encoding="utf-8").strip()
    if not token:
        print(f"The token file {options.token_file} is empty.", file=sys.stderr)
        return 2
    try:
        manners = _manners(options.like)
    except (Refusal, UsherError) as error:
        print(error, file=sys.stderr)
        return 2
    provider = Provider(token, seats=options.seats, strict=options.strict, tenant=options.tenant, manners=manners, portal=options.portal)
    try:
        server = provider.serve(options.port)
    except OSError as error:
        print(f"Port {options.port} on 127.0.0.1 cannot be used: {error.strerror}.", file=sys.stderr)
        return 2
    _end_with(server, options.parent_pid)
    print(f"listening on {provider.base_url}", flush=True)
    with server:
        server.serve_forever(poll_interval=0.1)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m usher.sandbox.provider", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--token-file", required=True, help="a file with the bearer token in one line")
    parser.add_argument("--tenant", type=_tenant, default=DEFAULT_TENANT)
    parser.add_argument("--seats", type=int, default=DEFAULT_SEATS)
    parser.add_argument("--strict", action="store_true", help="the four attributes of Calendly's help, without e-mail")
    parser.add_argument("--like", default="", metavar="KEY", help="behave as the connector with that key says its application does")
    parser.add_argument("--portal", default="", help="the identity provider's base URL, for the SAML side at /saml/NAME/")
    parser.add_argument("--parent-pid", type=int, default=0, help="end when this process is no longer the parent")
    return parser


def _manners(key: str) -> Manners:
    """Those of the catalog's connector with that key; the demo's own without one."""
    if not key:
        return CALENDLY
    from usher.services import catalog

    return like(catalog.get(key))


def _tenant(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", text):
        raise argparse.ArgumentTypeError("letters, digits and hyphens only")
    return text


def _end_with(server: LoopbackServer, parent: int) -> None:
    """SIGTERM, SIGINT and the parent's end all stop the server."""

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if parent:
        threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
