"""The house: three floors, stairs that only lead down, and nothing loaded that is not needed."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import need

ROOT = Path(__file__).parent.parent
FLOORS = ("store", "usher", "tui")
BELOW = {"store": {"store"}, "usher": {"store", "usher"}, "tui": {"store", "usher", "tui"}}
NEVER_IN = {
    "store": {"httpx", "textual", "click", "socket", "asyncio", "lxml", "xml", "urllib", "http", "ssl"},
    "usher": {"textual", "click", "rich"},
    "tui": set[str](),
}
TAKES_THE_DRIVER = {ROOT / "store/driver.py", ROOT / "store/verify_activity.py"}  # the second where it is an auditor's, without the first
BULK = {"store/migrations/__init__.py", "store/bulk.py", "store/doctor.py"}


def modules(floor: str) -> list[Path]:
    return sorted((ROOT / floor).rglob("*.py"))


def imports(path: Path) -> set[tuple[str, int]]:
    """Every module imported anywhere in a file, with its line."""
    found: set[tuple[str, int]] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {(alias.name, node.lineno) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add((node.module, node.lineno))
    return found


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_run_downwards_only(floor: str) -> None:
    wrong = []
    for path in modules(floor):
        for name, line in imports(path):
            top = name.split(".")[0]
            if (top in FLOORS and top not in BELOW[floor]) or top in NEVER_IN[floor]:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong


@pytest.mark.parametrize("floor", FLOORS)
def test_nothing_imports_the_tests(floor: str) -> None:
    assert not [path for path in modules(floor) if any(name.split(".")[0] == "tests" for name, _ in imports(path))]


def test_one_sqlite_driver_is_taken_from_one_place() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for floor in FLOORS
        for path in modules(floor)
        for name, line in imports(path)
        if name.split(".")[0] in {"sqlite3", "pysqlite3"} and path not in TAKES_THE_DRIVER
    ]
    assert not wrong


def test_it_is_the_driver_that_sqlite_utils_takes() -> None:
    assert run_python("import sqlite_utils.utils, store.driver; print(sqlite_utils.utils.sqlite3 is store.driver.sqlite3)") == "True"


def test_sqlite_utils_is_imported_by_migrations_and_bulk_loads_only() -> None:
    users = {str(path.relative_to(ROOT)) for floor in FLOORS for path in modules(floor) for name, _ in imports(path) if name.split(".")[0] == "sqlite_utils"}
    assert users <= BULK, users - BULK


def test_sql_stands_on_the_ground_floor_only() -> None:
    statement = re.compile(r"\.execute(many|script)?\(")
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for floor in ("usher", "tui")
        for path in modules(floor)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if statement.search(line)
    ]
    assert not wrong


def test_the_store_file_is_never_copied_by_hand_nor_written_outside_a_transaction() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules("store")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"shutil\.copy|\.atomic\(|\.executescript\(", line)
    ]
    assert not wrong


def test_the_top_level_is_what_it_should_be() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    files = {"pyproject.toml", "README.md", "Makefile", "CHANGELOG.md", "LICENSE", "constraints.txt", ".gitignore"}
    folders = {".ci", "store", "usher", "tui", "tests", "screenshots"}
    assert {name.split("/")[0] for name in tracked} <= files | folders


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def loaded(code: str) -> set[str]:
    """The top-level modules in memory after `code` ran in a process of its own."""
    return set(json.loads(run_python(f"{code}\nimport json, sys; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))").splitlines()[-1]))


def test_the_version_loads_no_textual_and_no_click() -> None:
    after = loaded("import sys; sys.argv = ['usher', '--version']\nfrom tui.cli.main import main\ntry: main()\nexcept SystemExit: pass")
    assert not after & {"textual", "rich", "click", "httpx", "sqlite_utils", "cryptography", "sqlite3", "pysqlite3"}


def test_the_store_loads_no_network() -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in modules("store")]
    after = loaded("import " + ", ".join(names))
    assert not after & {"httpx", "ssl", "asyncio", "socket", "textual", "click", "sqlite_utils", "cryptography"}


def test_the_services_load_no_heavy_library_until_it_is_needed() -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sorted((ROOT / "usher/services").glob("*.py")) if path.name != "__init__.py"]
    after = loaded("import " + ", ".join(names))
    assert not after & {"httpx", "textual", "click", "sqlite_utils", "cryptography", "lxml", "scim2_server"}


WEB = {"starlette", "uvicorn", "jinja2", "httptools", "uvloop", "segno", "anyio"}


def test_the_web_side_is_loaded_by_serve_alone() -> None:
    modules = [f"tui.cli.{path.stem}" for path in sorted((ROOT / "tui/cli").glob("*.py")) if path.stem != "__init__"]
    assert not loaded(f"import {', '.join(modules)}") & (WEB | {"lxml", "cryptography"})
    services = [f"usher.services.{path.stem}" for path in sorted((ROOT / "usher/services").glob("*.py")) if path.stem != "__init__"]
    assert not loaded(f"import {', '.join(services)}") & WEB


def test_only_the_portal_knows_the_web() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for floor in FLOORS
        for path in modules(floor)
        for name, line in imports(path)
        if name.split(".")[0] in WEB and path.parent != ROOT / "usher/portal"
    ]
    assert not wrong


@pytest.mark.parametrize("place", ["overview", "apps"])
def test_the_first_screen_loads_nothing_that_only_a_later_key_needs(place: str) -> None:
    code = f"import json, sys, tui.cli.opening, tui.app; from tui.places import BY_NAME; BY_NAME[{place!r}].load(); print(json.dumps(sorted(sys.modules)))"
    after = set(json.loads(run_python(code)))
    assert f"tui.screens.{place}" in after
    assert not after & {"tui.screens.dialog", "tui.widgets.fields", "usher.services.applications"}
    libraries = {"click", "httpx", "cryptography", "sqlite_utils", "tomllib", "platformdirs", "subprocess"} - LOADED_BY_TEXTUAL
    assert not {name.split(".")[0] for name in after} & libraries


LOADED_BY_TEXTUAL = set(loaded("import textual.app, textual.widgets"))


def test_a_missing_program_skips_a_test_by_name_and_fails_it_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        need("no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        need("no-such-program")
