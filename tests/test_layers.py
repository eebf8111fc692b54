"""The law of layers, from the code's own imports: an import only points left, and each adapter owns its libraries."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From left to right. A module may import what stands left of it, and its own package.
LAYERS = [
    {"bot", "bot.errors"},
    {"bot.contracts"},
    {"bot.source"},
    {"bot.patching", "bot.migration", "bot.planning", "bot.reports", "bot.config"},
    {"bot.git", "bot.github", "bot.runs", "bot.providers", "bot.verification", "templates"},
    {"bot.workflows"},
    {"handlers"},
    {"bot.web", "bot.playground"},
    {"bot.cli"},
    {"bot.composition"},
    {"bot.__main__"},
]
PURE = {"bot.contracts", "bot.source", "bot.patching", "bot.migration", "bot.planning", "bot.reports"}
# Who alone may import a library. The playground imports contracts only: it must be able to disagree with the bot.
OWNERS = {
    "pygit2": "bot.git",
    "isal": "bot.git",
    "gidgethub": "bot.github",
    "dbos": "bot.runs",
    "sqlalchemy": "bot.runs",
    "jinja2": "templates",
    "prometheus_client": "bot.web",
    "ruamel": "bot.source",
    "re2": "bot.source",
    "tree_sitter": "bot.source",
    "tree_sitter_go": "bot.source",
    "tree_sitter_javascript": "bot.source",
    "tree_sitter_python": "bot.source",
    "tree_sitter_typescript": "bot.source",
    "markdown_it": "bot.playground",
    "typer": "bot.cli",
    "pydantic_settings": "bot.config",
}
IMPURE = {"time", "socket", "asyncio", "subprocess", "aiohttp", "random", "secrets", "tempfile", "shutil", "pathlib"}
OURS = {"bot", "handlers", "templates"}


def package(module: str) -> str:
    """The room a module stands in: ``bot.git.trees`` stands in ``bot.git``."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "bot" else parts[0]


def rank(module: str) -> int:
    for number, names in enumerate(LAYERS):
        if package(module) in names:
            return number
    raise AssertionError(f"{module} stands in no layer: add its package to LAYERS")


def imports(source: str, module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = module.split(".")[: -node.level]
                yield ".".join([*base, *([node.module] if node.module else [])])
            elif node.module in OURS:
                yield from (
                    f"{node.module}.{alias.name}"
                    if (ROOT / node.module / alias.name).exists() or (ROOT / node.module / f"{alias.name}.py").exists()
                    else node.module
                    for alias in node.names
                )
            else:
                yield node.module or ""


def faults(source: str, module: str) -> list[str]:
    found = []
    room = package(module)
    for name in imports(source, module):
        top = name.split(".")[0]
        if top in OURS:
            target = package(name)
            if target == room or rank(name) == 0:
                continue
            if rank(name) >= rank(module):
                found.append(f"{module} imports {name}: an import only points left")
            elif room == "bot.playground" and target != "bot.contracts":
                found.append(f"{module} imports {name}: the playground imports contracts only")
        elif OWNERS.get(top, room) != room:
            found.append(f"{module} imports {name}: only {OWNERS[top]} may")
        elif room in PURE and top in IMPURE:
            found.append(f"{module} imports {name}: pure code has no I/O, clock or network")
    if room not in {"bot.config", "bot.playground"}:
        found += [
            f"{module} reads the environment: only bot.config may"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
        ]
    return found


def modules() -> Iterator[tuple[str, Path]]:
    for top in sorted(OURS):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules()])
def test_imports_point_left(module, path):
    assert faults(path.read_text("utf-8"), module if path.name != "__init__.py" else f"{module}.__init__") == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bot.contracts.patch", "from bot.source import paths"),
        ("bot.migration.plan", "import bot.planning"),
        ("bot.migration.plan", "from bot import workflows"),
        ("bot.github.client", "from bot.git.objects import Repository"),
        ("bot.workflows.replay", "import handlers.issues"),
        ("bot.web.server", "import bot.playground.server"),
        ("bot.playground.server", "from bot.workflows import migrate"),
        ("bot.playground.server", "from bot.source import paths"),
        ("bot.web.server", "import pygit2"),
        ("bot.workflows.migrate", "def f():\n    from dbos import DBOS"),
        ("bot.migration.plan", "import subprocess"),
        ("bot.git.objects", "import os\nos.environ['X']"),
        ("bot.git.objects", "from ..github import client"),
    ],
)
def test_the_law_can_fail(module, source):
    assert len(faults(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bot.workflows.migrate", "from bot.git import objects\nfrom bot.errors import Refusal"),
        ("bot.playground.server", "from bot.contracts.tree import Entry\nimport aiohttp"),
        ("bot.git.objects", "import pygit2\nfrom . import packs"),
    ],
)
def test_the_law_allows_what_points_left(module, source):
    assert faults(source, module) == []
