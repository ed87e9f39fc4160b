"""Invariants that the shape of the code shows: who imports whom, what awaits, what is pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.documents import PROJECT

PACKAGES = ("accounts", "app", "calls", "ivr", "messages", "reports", "routing", "store", "telephony", "web")
ROUTING_MAY_USE = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "heapq",
    "itertools",
    "math",
    "operator",
    "pydantic",
    "random",  # seeded generators that are handed in
    "types",
    "typing",
    "accounts",
    "routing",
}


def modules(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for path in sorted((PROJECT / package).rglob("*.py")):
            yield dotted(path), ast.parse(path.read_text(encoding="utf-8"))


def dotted(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module) -> set[str]:
    """Every module a module imports, and every name it imports from one, dotted."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {each.name for each in names}
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module} | {f"{module}.{each.name}" for each in names}
    return found


def importers(target: str) -> set[str]:
    """The modules of the service that import `target` or something in it."""
    return {
        name
        for name, tree in modules(*PACKAGES)
        if any(each == target or each.startswith(f"{target}.") for each in imported(tree))
    }


def led_by(first: str) -> set[str]:
    """That module of `calls` and all it needs there, directly or not."""
    needs = {name: imported(tree) for name, tree in modules("calls")}
    found, todo = set(), [first]
    while todo:
        if (name := todo.pop()) not in found:
            found.add(name)
            todo += [
                other for other in needs if any(each == other or each.startswith(f"{other}.") for each in needs[name])
            ]
    return found


def used_of(tree: ast.Module, module: str) -> set[str]:
    """What a module uses of another: `asyncio.timeout` is "timeout"; an import by name counts too."""
    named = {each.removeprefix(f"{module}.") for each in imported(tree) if each.startswith(f"{module}.")}
    attributes = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module
    }
    return named | attributes


def awaiting(tree: ast.Module) -> bool:
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    return any(isinstance(node, kinds) for node in ast.walk(tree))


def test_routing_is_pure_and_synchronous() -> None:
    """Architecture Invariant: routing is a function; no clock, no awaits, no I/O."""
    for name, tree in modules("routing"):
        assert not awaiting(tree), name
        used = {each.split(".")[0] for each in imported(tree)}
        assert used <= ROUTING_MAY_USE, name
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not called & {"open", "print", "input", "eval", "exec", "__import__"}, name


@pytest.mark.parametrize("package", ["accounts", "reports"])
def test_values_await_nothing(package: str) -> None:
    ports = {"accounts.directory", "accounts.contacts", "accounts.rota_changes"}
    assert {name for name, tree in modules(package) if awaiting(tree)} <= ports


def test_only_the_desk_runs_the_engine() -> None:
    """Architecture Invariant: only calls.desk performs routing's effects; the bench performs nothing."""
    outside = {name for name in importers("routing.engine") if not name.startswith("routing.")}
    assert outside == {"calls.desk", "app.bench_routing_engine"}


def test_a_call_is_one_coroutine() -> None:
    """Architecture Invariant: what leads a caller starts no task; of asyncio it uses deadlines at most."""
    for name, tree in modules("calls", "ivr"):
        if name.startswith("ivr.") or name in ("calls.flow", "calls.reception", "calls.voicemail"):
            assert used_of(tree, "asyncio") <= {"timeout"}, name


def test_the_call_path_knows_no_relay_and_no_channel() -> None:
    """Architecture Invariant: nothing that a call waits for can send a message; it can only nudge who does."""
    runs_it = {name for name in importers("messages.relay") if not name.startswith(("messages.", "app.bench_"))}
    assert runs_it == {"app.relaying"}
    on_the_path = led_by("calls.reception") | {name for name, _ in modules("ivr", "routing", "telephony")}
    assert {"calls.flow", "calls.intake", "calls.callbacks", "calls.voicemail"} <= on_the_path
    assert importers("messages.channels") & on_the_path == set()


def test_facts_are_all_that_reports_know() -> None:
    """Architecture Invariant: stories, figures and bills are computed from facts alone."""
    for name, tree in modules("reports"):
        ours = {each for each in imported(tree) if each.split(".")[0] in PACKAGES}
        assert {each.split(".")[0] for each in ours} <= {"reports", "accounts"}, name
