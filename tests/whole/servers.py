"""Two SCIM servers that nobody here wrote, started unmodified as processes on loopback.

`scim2-server` keeps its users in memory; django-scim2 runs in a minimal Django project on a SQLite file. They differ
where the RFC leaves room, which is why there are two: django-scim2 derives displayName and never stores it, answers 501 to
most PATCH operations and announces no filter.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

TOKEN = "canary-5f1c0b7e-token"


@dataclass
class Server:
    """A running SCIM server: what to connect to, and a way to look at it that is not our client."""

    name: str
    base_url: str
    token: str
    process: subprocess.Popen[bytes] = field(repr=False)

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """One plain request; the parsed body, None when there is none. HTTP errors are raised by urllib."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        with urllib.request.urlopen(urllib.request.Request(self.base_url + path, data, headers, method=method), timeout=10) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def add(self, username: str, **more: Any) -> dict[str, Any]:
        """An account that was there before us."""
        schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
        made: dict[str, Any] = self.request("POST", "/Users", {"schemas": schemas, "userName": username, **more})
        return made

    def users(self) -> list[dict[str, Any]]:
        """Everyone there."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.request("GET", f"/Users?startIndex={len(found) + 1}&count=100")
            found += page.get("Resources") or []
            if len(found) >= page["totalResults"] or not page.get("Resources"):
                return found

    def user(self, username: str) -> dict[str, Any] | None:
        """The one of that name, whatever its case."""
        return next((user for user in self.users() if user["userName"].lower() == username.lower()), None)

    def clear(self) -> None:
        """Removes everyone."""
        for user in self.users():
            self.request("DELETE", f"/Users/{user['id']}")

    def stop(self) -> None:
        """Ends the process."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """A port of loopback that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_scim2_server(token: str = TOKEN) -> Server:
    """scim2-server, users in memory, under /v2."""
    port = free_port()
    program = str(Path(sys.executable).with_name("scim2-server"))
    return _started("scim2-server", [program, "--port", str(port), "--bearer-token", token], port, "/v2", token)


def start_django_scim2(folder: Path, token: str = TOKEN) -> Server:
    """django-scim2 in a project made in `folder`, users in a SQLite file there, under /scim/v2."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "people").mkdir(exist_ok=True)
    (folder / "people" / "__init__.py").write_text("")
    (folder / "people" / "models.py").write_text(_MODELS)
    (folder / "project.py").write_text(_PROJECT)
    port = free_port()
    return _started("django-scim2", [sys.executable, "project.py", str(port), token], port, "/scim/v2", token, folder)


def _started(name: str, command: list[str], port: int, path: str, token: str, folder: Path | None = None) -> Server:
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Server(name, f"http://127.0.0.1:{port}{path}", token, process)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            server.request("GET", "/Users?count=1")
            return server
        time.sleep(0.05)
    server.stop()
    raise RuntimeError(f"{name} did not start")


class Servers(dict[str, Server]):
    """The two by name, each started when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._start = {"scim2-server": start_scim2_server, "django-scim2": lambda: start_django_scim2(folder)}

    def __missing__(self, name: str) -> Server:
        self[name] = self._start[name]()
        return self[name]


@pytest.fixture(scope="session")
def _running_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Both, stopped at the end."""
    servers = Servers(tmp_path_factory.mktemp("django"))
    try:
        yield servers
    finally:
        for server in servers.values():
            server.stop()


@pytest.fixture(params=["scim2-server", "django-scim2"])
def scim_server(request: pytest.FixtureRequest, _running_servers: Servers) -> Server:
    """Each of the two in turn, empty."""
    server = _running_servers[request.param]
    server.clear()
    return server


@pytest.fixture
def scim2_server(_running_servers: Servers) -> Server:
    """scim2-server alone, empty."""
    _running_servers["scim2-server"].clear()
    return _running_servers["scim2-server"]


@pytest.fixture
def django_scim2(_running_servers: Servers) -> Server:
    """django-scim2 alone, empty."""
    _running_servers["django-scim2"].clear()
    return _running_servers["django-scim2"]


_MODELS = """
from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Team(AbstractSCIMGroupMixin):
    name = models.CharField(max_length=80)


class Person(AbstractSCIMUserMixin, AbstractUser):
    @property
    def scim_groups(self):
        return Team.objects.none()
"""

_PROJECT = '''
import secrets
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

PORT, TOKEN = int(sys.argv[1]), sys.argv[2]


class Caller:
    is_authenticated = True
    is_anonymous = False


class Nobody:
    is_authenticated = False
    is_anonymous = True


def bearer(get_response):
    """Who shows the token is let in."""
    def middleware(request):
        shown = request.headers.get("Authorization", "")
        request.user = Caller() if secrets.compare_digest(shown, f"Bearer {TOKEN}") else Nobody()
        return get_response(request)
    return middleware


APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_scim", "people"]
settings.configure(
    SECRET_KEY="only for this test",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=APPS,
    MIGRATION_MODULES={app.rpartition(".")[2]: None for app in APPS},
    AUTH_USER_MODEL="people.Person",
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[f"{__name__}.bearer", "django_scim.middleware.SCIMAuthCheckMiddleware"],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(__file__).with_name("people.sqlite3")),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "pragma journal_mode=wal; pragma synchronous=off"},
    }},
    SCIM_SERVICE_PROVIDER={
        "NETLOC": f"127.0.0.1:{PORT}", "SCHEME": "http", "GROUP_MODEL": "people.models.Team",
        "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "A token"}],
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
django.setup()

from django.urls import include, path  # noqa: E402

urlpatterns = [path("scim/v2/", include("django_scim.urls"))]

if __name__ == "__main__":
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("runserver", f"127.0.0.1:{PORT}", use_reloader=False, skip_checks=True)
'''
