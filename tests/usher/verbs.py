"""Every verb of the services that changes something or reaches outside the store, found by reading their source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

SERVICES = Path(__file__).parent.parent.parent / "usher" / "services"
DOERS = {"change", "check_allowed", "transaction"}
"""Methods by which a verb changes the store, or asks whether it may do something outside it."""
OUTSIDE = {"write_file", "ensure_worker", "start_worker", "_look", "backup_to"}
"""Functions that reach outside it: files, processes, the network."""


@cache
def functions() -> dict[tuple[str, str], ast.FunctionDef]:
    """Every function at the top of a service's module, by module and name."""
    found = {}
    for path in sorted(SERVICES.glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found[path.stem, node.name] = node
    return found


@cache
def imported(module: str) -> dict[str, tuple[str, str]]:
    """What a module's names mean: `(module, function)` of a service, or `(module, "")` for a whole one."""
    names: dict[str, tuple[str, str]] = {}
    for node in ast.walk(ast.parse((SERVICES / f"{module}.py").read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "usher.services":
            names |= {alias.asname or alias.name: (alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("usher.services."):
            names |= {alias.asname or alias.name: ((node.module or "").rpartition(".")[2], alias.name) for alias in node.names}
    return names


@cache
def does(module: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> bool:
    """Whether a function, or one that it calls, changes something or reaches outside the store."""
    node = functions().get((module, name))
    if node is None or (module, name) in seen:
        return False
    for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
        named = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
        if (isinstance(call.func, ast.Attribute) and named in DOERS) or named in OUTSIDE:
            return True
        if does(*_target(module, call.func), seen | {(module, name)}):
            return True
    return False


def _target(module: str, called: ast.expr) -> tuple[str, str]:
    """The service's function that a call means, if it means one."""
    if isinstance(called, ast.Name):
        return imported(module).get(called.id, (module, called.id))
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        meant = imported(module).get(called.value.id, ("", ""))
        return (meant[0], called.attr) if not meant[1] else ("", "")
    return "", ""


def verbs() -> list[str]:
    """`module.function` of each public function that is given a session first, and does something with it."""
    return [
        f"{module}.{name}"
        for (module, name), node in functions().items()
        if not name.startswith("_") and node.args.args and _is_session(node.args.args[0]) and does(module, name)
    ]


def _is_session(argument: ast.arg) -> bool:
    return isinstance(argument.annotation, ast.Name) and argument.annotation.id == "Session"
