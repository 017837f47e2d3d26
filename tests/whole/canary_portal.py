"""What people do at the portal of a process, for the search for secrets: a one-time link, passwords, a second factor, a sign-on."""

from __future__ import annotations

import base64
import json
import time
from types import SimpleNamespace
from typing import Any

import httpx

from tests.usher.portal.kit import Browser
from usher.services.second_factor import PERIOD, code_at

PASSWORD, MISTYPED, NEWER = "Stieglitz im Distelfeld 7", "Stieglitz im Diestelfeld 7", "Gimpel & <Zaunkönig> 88"


class Visitor(Browser):
    """Somebody with a browser at a portal that is served by a process."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, follow_redirects=True)  # type: ignore[assignment]
        self._loop = SimpleNamespace(run=lambda answer: answer)
        self.host, self.page = url, None

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *exc: object) -> None:
        self.client.close()  # type: ignore[unused-coroutine]

    def tokens(self) -> dict[str, bytes]:
        """What its cookies hold."""
        return {f"cookie {name} {value[:4]}": value.encode() for name, value in self.client.cookies.items()}


def makes_a_link(aviary: Any, name: str) -> str:
    """The path of a one-time link. It is shown this once, to be given to the person: from now on it is searched for."""
    path = "/" + json.loads(aviary("users", "password", name, "--json"))["url"].split("/", 3)[3]
    aviary.said.popitem()
    aviary.needles["one-time link"] = path.rpartition("/")[2].encode()
    return path


def lets_somebody_in(aviary: Any, url: str, name: str, path: str) -> None:
    """The link is used and used again, passwords are right, wrong and changed, a second factor is set up, a tile is taken."""
    aviary.needles |= {"portal password": PASSWORD.encode(), "mistyped password": MISTYPED.encode(), "newer password": NEWER.encode()}
    with Visitor(url) as here:
        here.get(path)
        aviary.said["two passwords that differ"] = here.submit(path, {"password": PASSWORD, "again": MISTYPED}).content.replace(path.encode(), b"")
        here.submit(path, {"password": PASSWORD, "again": PASSWORD})
        aviary.said["the spent link"] = here.get(path).content
        aviary.said["a wrong password"] = here.sign_in(name, MISTYPED).content
        here.sign_in(name, PASSWORD)
        codes = sets_up_a_second_factor(aviary, here)
        aviary.needles |= here.tokens()
        here.get("/account")
        here.submit("/account/password", {"current": PASSWORD, "password": NEWER, "again": NEWER})
        assert "Your password was changed" in here.text
    with Visitor(url) as there:
        there.sign_in(name, NEWER)
        aviary.said["a wrong code"] = there.submit("/verify", {"code": "000000"}).content
        there.submit("/verify", {"code": codes[0]})
        aviary.needles |= there.tokens()
        aviary.said |= {f"the portal's {page}": there.get(page).content for page in ("/account", "/")}
        there.submit("/launch/")
        assert there.posted()[1].startswith("<samlp:Response")


def sets_up_a_second_factor(aviary: Any, here: Visitor) -> list[str]:
    """The recovery codes; they and the secret, which two pages show once, are searched for."""
    here.get("/account/second-factor")
    secret = here.text.split("6 digits: ")[1].split(" Code")[0].replace(" ", "")
    here.submit("/account/second-factor", {"code": code_at(secret, int(time.time()) // PERIOD)})
    codes = [word for word in here.text.split() if len(word) == 11 and word[5] == "-"]
    assert len(secret) == 32 and len(codes) == 10, here.text
    aviary.needles |= {"second factor": secret.encode(), "its bytes": base64.b32decode(secret)}
    aviary.needles |= {f"recovery code {number}": code.encode() for number, code in enumerate(codes)}
    return codes
