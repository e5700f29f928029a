"""The documents keep pace with the code: the names, links and settings in them are there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
COUNTS = {"C": 5, "P": 7, "Q": 13, "V": 5, "M": 6, "S": 9, "A": 7}
RULES = [f"{letter}{number}" for letter, last in COUNTS.items() for number in range(1, last + 1)]
DOCUMENTS = [README, *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("docs/adr/*.md"))]
ROOMS = ["accounts", "bench", "config", "contests", "media_uploads", "portal", "scoring", "tests"]
SOURCES = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "migrations" not in path.parts
]

ROW = re.compile(r"^\| \*\*([A-Z]\d+)\*\* \| (.+?) \| (.+) \|$", re.MULTILINE)
REFERENCE = re.compile(r"\[`([^`]+)`\]\(\.\./([^)]+)\)(?:: (`[\w.]+`(?:, `[\w.]+`)*))?")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?\)")
RULE_ID = re.compile(r"\b[A-Z]\d{1,2}\b")
CODE_BLOCK = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
# A command after "manage.py", or in the first column of the table of commands.
COMMAND = re.compile(r"manage\.py ([a-z][a-z_]*)")
COMMANDS = re.compile(r"^\| `manage\.py …`.*\n\|.*\n((?:\|.*\n)+)", re.MULTILINE)
VARIABLE = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def rows() -> dict[str, tuple[str, list[tuple[str, tuple[str, ...]]]]]:
    """Return rule id → what it says, and its references: file, and the names said to be in it."""
    found: dict[str, tuple[str, list[tuple[str, tuple[str, ...]]]]] = {}
    for rule, says, cell in ROW.findall(text_of(ROOT / "docs/rules.md")):
        assert rule not in found, f"{rule} has two rows"
        references = []
        for piece in cell.split("<br>"):
            match = REFERENCE.fullmatch(piece)
            assert match, f"{rule}: this is no reference: {piece}"
            label, target, names = match.groups()
            assert label == target, f"{rule}: {label} leads to {target}"
            references.append((target, tuple(re.findall(r"`([\w.]+)`", names or ""))))
        found[rule] = (says, references)
    return found


def references(rule: str) -> list[tuple[str, tuple[str, ...]]]:
    return rows()[rule][1]


@cache
def symbols(path: Path) -> frozenset[str]:
    """Return what a module defines at its top and, as `Class.name`, inside its classes."""
    return frozenset(_defined(ast.parse(text_of(path)).body, ""))


def _defined(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{prefix}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (f"{prefix}{t.id}" for t in targets if isinstance(t, ast.Name))


def anchors(path: Path) -> set[str]:
    """Return the anchors a code host gives a document's headings."""
    headings = re.findall(r"^#+ +(.+)$", CODE_BLOCK.sub("", text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def variables_read(path: Path) -> set[str]:
    """Return every environment variable a settings module names."""
    readers = re.compile(r"env(\.\w+)?|read|strict_bool|os\.environ\.get|os\.getenv")
    read = set()
    for node in ast.walk(ast.parse(text_of(path))):
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
                if readers.fullmatch(ast.unparse(func)):
                    read.add(name)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
                if ast.unparse(value) == "os.environ":
                    read.add(name)
    return read


def test_every_rule_has_its_row_in_order() -> None:
    assert list(rows()) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_names_is_in_the_code(rule: str) -> None:
    for name, names in references(rule):
        path = ROOT / name
        assert path.is_file(), f"{rule}: there is no {name}"
        missing = set(names) - symbols(path)
        assert not missing, f"{rule}: {name} has no {', '.join(sorted(missing))}"


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_names_code_and_a_test(rule: str) -> None:
    of_tests = [names for name, names in references(rule) if name.startswith("tests/")]
    of_code = [names for name, names in references(rule) if not name.startswith("tests/")]
    assert any(of_code), f"{rule} names no code"
    assert any(of_tests), f"{rule} names no test"
    for names in of_tests:
        assert names, f"{rule} names a file of tests without a test"
        assert all(name.rpartition(".")[2].startswith("test_") for name in names)


def test_only_rules_that_exist_are_cited() -> None:
    unknown = [
        f"{path.relative_to(ROOT)}: {cited}"
        for path in SOURCES
        for citation in re.findall(r"\brules?: ([^)\n\"]*)", text_of(path))
        for cited in RULE_ID.findall(citation)
        if cited not in RULES
    ]
    assert unknown == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in LINK.findall(CODE_BLOCK.sub("", text_of(path))):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(link)
    assert broken == []


def test_the_example_names_what_the_program_reads_and_no_other() -> None:
    named = VARIABLE.findall(text_of(ROOT / ".env.example"))
    assert len(named) == len(set(named))
    read = variables_read(ROOT / "config/settings.py")
    read |= variables_read(ROOT / "portal/management/commands/serve.py")
    # Not the operator's: the supervisor tells it to the process of the answers.
    assert set(named) == read - {"ANSWERS_ONLY"}


def test_commands_named_in_the_readme_exist() -> None:
    table = COMMANDS.search(text_of(README))
    assert table, "the README has no table of commands"
    cells = [line.split(" | ")[0] for line in table.group(1).splitlines()]
    named = {code.split()[0] for cell in cells for code in re.findall(r"`([^`]+)`", cell)}
    assert named | set(COMMAND.findall(text_of(README))) <= set(get_commands())
