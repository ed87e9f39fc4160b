"""ARCHITECTURE.md holds all invariants, each with tests that exist."""

import argparse
import ast
import json
import re

import pytest

from app.cli import parser
from tests.house.documents import PROJECT, read, section

INVARIANTS = 16


def invariants() -> list[tuple[str, list[str]]]:
    """Each invariant's number with the tests below it."""
    text = section(read("ARCHITECTURE.md"), "Architecture invariants")
    parts = re.split(r"^(\d+)\. \*\*Architecture Invariant:\*\*", text, flags=re.M)[1:]
    return [
        (number, re.findall(r"^ +- `([^`]+)`$", below, re.M))
        for number, below in zip(parts[::2], parts[1::2], strict=True)
    ]


def names_in(path: str) -> set[str]:
    """The functions, classes and variables at the top of a module."""
    names: set[str] = set()
    for node in ast.parse(read(path)).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
    return names


def test_all_invariants_are_there_in_order() -> None:
    assert [number for number, _ in invariants()] == [str(number + 1) for number in range(INVARIANTS)]


@pytest.mark.parametrize(("number", "tests"), invariants(), ids=lambda value: value if isinstance(value, str) else "")
def test_each_is_held_by_tests_that_exist(number: str, tests: list[str]) -> None:
    assert tests, f"invariant {number} names no test"
    for test in tests:
        path, _, name = test.partition("::")
        assert (PROJECT / path).is_file(), path
        assert name in names_in(path), test


def test_every_package_is_on_the_map() -> None:
    code_map = section(read("ARCHITECTURE.md"), "Code map")
    described = set(re.findall(r"^\*\*`([a-z-]+)/`\*\*", code_map, re.M))
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert described == packages | {"ui", "tests", "asterisk-config"}


def test_every_file_on_the_map_is_in_its_package() -> None:
    code_map = section(read("ARCHITECTURE.md"), "Code map")
    parts = re.split(r"^\*\*`([a-z-]+)/`\*\*", code_map, flags=re.M)[1:]
    for package, told in zip(parts[::2], parts[1::2], strict=True):
        for name in re.findall(r"`([\w*][\w/*.-]*(?:\.(?:py|ts|json)|\w/))`", told):
            assert any((PROJECT / package).rglob(name.rstrip("/"))) or (PROJECT / name).exists(), f"{package}: {name}"


DOCUMENTS = sorted(
    str(path.relative_to(PROJECT)) for path in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_documents_lead_somewhere(document: str) -> None:
    text = read(document)
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((PROJECT / document).parent / target).exists(), target
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.M)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_documents_name_exists(document: str) -> None:
    """Paths, modules, verbs and the API's addresses."""
    text = read(document)
    packages = "accounts|app|calls|ivr|messages|reports|routing|store|telephony|web"
    for path in re.findall(rf"`((?:{packages}|tests|ui|docs)/[\w./-]+)`", text):
        assert (PROJECT / path).exists(), path
    for module, _ in re.findall(rf"`((?:{packages})(\.\w+)+)`", text):
        package, first, *_ = module.split(".")
        assert any((PROJECT / package / f"{first}{end}").exists() for end in (".py", "")), module
    actions = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    assert set(re.findall(r"\./answerline ([a-z]+)", text)) <= set(actions[0].choices)
    paths = json.loads(read("ui/openapi.json"))["paths"]
    known = {re.sub(r"{\w+}", "X", path) for path in paths}
    for path in re.findall(r"`(?:[A-Z]+ )?(/api/[^`\s?…]+)`", text):
        assert re.sub(r"{\w+}|[A-Z]{2,}", "X", path) in known, path


def test_every_decision_has_a_date_and_a_status() -> None:
    decisions = sorted((PROJECT / "docs" / "adr").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number + 1:04}" for number in range(len(decisions))]
    for path in decisions:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(rf"# {int(path.name[:4])}\. .+", lines[0]), path.name
        assert re.match(r"\d{4}-\d\d-\d\d, (accepted|superseded)", lines[2]), path.name
