"""The pages tell the truth: what is generated is up to date, what is named exists, and nothing of a machine leaks in."""

import json
import pkgutil
import re
import shlex
import subprocess
from pathlib import Path
from typing import get_args

import jsonschema_rs
import pytest

from bot.cli.app import make_cli
from bot.config import RepositorySettings, Right, ServerSettings, api_tokens, repository_settings
from bot.contracts.api import ApplyRequest
from bot.contracts.migration import Manifest
from bot.source.documents import load
from bot.web.api import events, reports
from bot.web.context import WebContext
from bot.web.metrics import Metrics
from bot.web.server import make_app
from handlers import EVENTS
from handlers.commands import COMMANDS
from tests.generate import MADE, SCHEMAS, SECRETS_DIR, pages, repository_fields, stale, variable

ROOT = Path(__file__).parents[2]


def tracked(*patterns):
    """Files that are in git or about to be."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted({path for path in listed.stdout.splitlines() if (ROOT / path).is_file()})


PAGES = [path for path in tracked("*.md") if not path.startswith("templates/")]
WRITTEN = [
    *PAGES,
    *tracked("Dockerfile", ".dockerignore", ".github/**", "app.yml", "Makefile", "docs/**", "pyproject.toml"),
]


def text(path):
    return (ROOT / path).read_text("utf-8")


def prose(path):
    """A page without its code blocks."""
    return re.sub(r"^ *(`{3,})[^`\n]*\n.*?^ *\1$", "", text(path), flags=re.MULTILINE | re.DOTALL)


# --- generated pages


def test_generated_pages_are_up_to_date():
    assert stale() == [], "run python -m tests.generate"


def test_a_page_that_differs_is_noticed(monkeypatch, tmp_path):
    monkeypatch.setattr("tests.generate.ROOT", tmp_path)
    assert len(stale()) == len(pages())


def test_generated_pages_say_so():
    assert all(made.startswith(MADE) for path, made in pages().items() if path.suffix == ".md")


# --- schemas


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name):
    jsonschema_rs.meta.validate(json.loads(text(f"docs/schemas/{name}.json")))


def test_the_manifest_schema_takes_what_the_model_takes():
    schema = jsonschema_rs.validator_for(json.loads(text("docs/schemas/manifest.json")))
    good = {
        "version": 1,
        "folders": [{"id": "a", "source": "s", "destination": "d", "imports": [{"from": "x", "to": "y"}]}],
    }
    assert schema.is_valid(good)
    Manifest.model_validate_json(json.dumps(good))
    assert not schema.is_valid({**good, "folders": [{"id": "a", "source": "s", "destinaton": "d"}]})


def test_the_settings_that_ship_fit_their_schema():
    schema = jsonschema_rs.validator_for(json.loads(text("docs/schemas/repository-settings.json")))
    shipped = (ROOT / "templates/repository/graftsman.yml").read_bytes()
    schema.validate(load(shipped, "yaml", "graftsman.yml").value)
    assert repository_settings(shipped) == RepositorySettings()
    assert not schema.is_valid({"pulls": {"max_open": -1}})


# --- settings, commands, metrics, permissions


@pytest.mark.parametrize("path", [path for path in WRITTEN if "GRAFTSMAN_" in text(path)])
def test_every_setting_that_is_named_exists(path):
    known = {variable(name) for name in ServerSettings.model_fields} | {SECRETS_DIR}
    assert set(re.findall(r"\bGRAFTSMAN_[A-Z_]*[A-Z]\b", text(path))) <= known


def test_every_setting_is_documented_with_words():
    page = text("docs/configuration.md")
    for name, field in ServerSettings.model_fields.items():
        assert f"`{variable(name)}`" in page
        assert field.description
    for key, _ in repository_fields():
        assert re.search(rf"^\| `{re.escape(key)}` \|.*\| [^|]+ \|$", page, re.MULTILINE), key


def commands():
    """Command lines of ours in the pages: page, words."""
    for path in PAGES:
        for line in re.findall(r"^ *(?:\$ )?(?:venv/bin/|\.venv/bin/)?graftsman ([a-z].*)$", text(path), re.MULTILINE):
            yield path, shlex.split(line, comments=True)
        for line in re.findall(r"`graftsman ([a-z][^`]*)`", text(path)):
            yield path, re.sub(r"[.…]", "", line).replace(",", "").split()


def all_commands():
    """Every command by its name, loaded."""
    group = make_cli(None)
    return {name: group.get_command(None, name) for name in group.list_commands(None)}


def test_every_command_that_is_named_exists_with_its_options():
    known_commands = all_commands()
    found = list(commands())
    assert len(found) > 5
    for path, words in found:
        assert words[0] in known_commands, (path, words)
        command = known_commands[words[0]]
        if inner := getattr(command, "commands", None):
            assert len(words) == 1 or words[1] in inner, (path, words)
            command = inner.get(words[1], command) if len(words) > 1 else command
        known = {option for each in command.params for option in each.opts}
        assert {word for word in words[1:] if word.startswith("--")} <= known, (path, words)


def test_every_command_is_documented():
    everything = "".join(text(path) for path in PAGES)
    for name, command in all_commands().items():
        assert re.search(rf"graftsman {name}|`{name}`", everything), name
        for inner in getattr(command, "commands", ()):
            assert f"graftsman {name} {inner}" in everything, (name, inner)


def test_every_slash_command_is_on_its_page():
    page = text("docs/commands.md")
    for name, command in COMMANDS.items():
        assert f"\n## {name}\n\n    {command.usage}\n\n{command.summary}\n" in page
        assert f"{command.permission} access" in page


SLASH = re.compile(r"`/([a-z][a-z-]*)(?: [^`]*)?`")


@pytest.mark.parametrize("path", [*PAGES, *tracked("templates/**/*.md", "templates/**/*.yml")])
def test_every_slash_command_that_is_named_exists(path):
    named = set(SLASH.findall(prose(path))) - {"api", "healthz", "metrics", "readyz", "webhook"}  # paths
    assert named <= set(COMMANDS)


def routes(app):
    """The API's routes, as the page writes them."""
    found = {(route.method, route.resource.canonical) for route in app.router.routes() if route.method != "HEAD"}
    return {f"{method} {path}" for method, path in found if path.startswith("/api")}


def test_every_route_of_the_api_is_on_its_page_and_the_other_way_round():
    context = WebContext(secrets=("s",), events=frozenset(), receive=None)
    there, page = routes(make_app(context)), text("docs/api.md")
    assert len(there) >= 7
    assert set(re.findall(r"^\| `((?:GET|POST) /api[^`]*)`", page, re.MULTILINE)) == there
    for path in re.findall(r"graftsman\.example\.com(/api[^\s?']*)", page):
        assert any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one.split()[1]), path) for one in there), path


def test_the_rights_and_filters_of_the_api_are_on_its_page():
    page = text("docs/api.md")
    for name in (
        *get_args(Right),
        *events._FILTERS,
        *reports._FILTERS,
        *get_args(ApplyRequest.model_fields["format"].annotation),
    ):
        assert f"`{name}`" in page, name


def test_the_tokens_on_the_page_are_read():
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", text("docs/api.md"), re.MULTILINE | re.DOTALL)
    (token,) = api_tokens(block.encode(), "docs/api.md")
    assert (token.reaches("ACME/shop"), token.reaches("other/shop")) == (True, False)


def test_the_package_has_every_schema():
    for name in SCHEMAS:
        assert text(f"bot/schemas/{name}.json") == text(f"docs/schemas/{name}.json")


def test_every_schema_is_named_on_a_page():
    everything = "".join(text(path) for path in PAGES)
    for name in SCHEMAS:
        assert re.search(rf"schemas/{name}\.json\)", everything), name


DOTTED = re.compile(r"`((?:bot|handlers)\.[\w.]+)(?:\([^`]*\))?`")
IMPORT = re.compile(r"^ *from ((?:bot|handlers)[\w.]*) import ([\w, ]+)", re.MULTILINE)


def names(path):
    """Python names of ours in a page: those in running text, and those that its programs import."""
    yield from DOTTED.findall(prose(path))
    for module, imported in IMPORT.findall(text(path)):
        yield from (f"{module}.{name.split(' as ')[0].strip()}" for name in imported.split(","))


@pytest.mark.parametrize("path", [path for path in PAGES if list(names(path))])
def test_every_python_name_that_is_named_exists(path):
    for name in names(path):
        assert pkgutil.resolve_name(name), name


def test_a_python_name_that_is_none_is_noticed():
    with pytest.raises((AttributeError, ImportError)):
        pkgutil.resolve_name("bot.workflows.patches.conjure")
    assert DOTTED.findall("see `bot.patching.apply.apply(tree, batch)`") == ["bot.patching.apply.apply"]


def test_every_metric_that_is_named_exists():
    metrics = Metrics()
    metrics.delivery("push", "stored")
    there = set(re.findall(r"^# TYPE (\w+)", metrics.text().decode(), re.MULTILINE))
    named = set(re.findall(r"^\| `(graftsman_\w+)`", text("docs/deploy.md"), re.MULTILINE))
    assert named == {name for name in there if not name.endswith("_created")}


def test_permissions_are_explained_and_events_are_asked_for():
    app = load(text("app.yml").encode(), "yaml", "app.yml").value
    page = text("docs/deploy.md")
    for name, level in app["default_permissions"].items():
        assert f"| {name.replace('_', ' ')}: {level} |" in page
    assert set(re.findall(r"^\| `(\w+)` \| ", page, re.MULTILINE)) >= set(app["default_events"])
    # GitHub sends these two to every App, asked or not.
    assert set(EVENTS) - {"installation", "installation_repositories"} <= set(app["default_events"])


# --- links, hosts, paths


def slug(heading):
    """GitHub's anchor of a heading."""
    kept = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]|\]\([^)]*\)", "", heading).strip().lower())
    return kept.replace(" ", "-")


def anchors(path):
    return {slug(found) for found in re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)}


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)


def broken(path):
    """The relative links of a page that lead nowhere."""
    found = []
    for inline, below in LINK.findall(prose(path)):
        link = inline or below
        file, _, anchor = link.partition("#")
        there = (ROOT / path).parent / file if file else ROOT / path
        if re.match(r"[a-z]+:", link):
            continue
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            found.append(link)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_every_relative_link_resolves(path):
    assert broken(path) == []


def test_a_broken_link_is_noticed(tmp_path):
    page = tmp_path / "a.md"
    page.write_text("# A b\n\n[x](no.md) [y](#a-b) [z](#none) [w](a.md#a-b)\n\n[v]: gone\n")
    assert broken(page) == ["no.md", "#none", "gone"]


REGISTRY = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|crates|rubygems|docker|ghcr|quay)\.(?:org|com|io)\b|--(?:extra-)?index-url|--registry"
)
MACHINE = re.compile(r"(?<![\w.-])/(?:work|root|Users|home/\w+|mnt)(?=/|\b)|\.library\b")


@pytest.mark.parametrize("path", WRITTEN)
def test_no_registry_host_and_no_path_of_a_machine(path):
    # The documentation's own flag that leaves addresses out of the lock files is no address.
    told = text(path).replace("--no-emit-index-url", "")
    assert REGISTRY.findall(told) == []
    assert MACHINE.findall(told) == []


def test_the_two_searches_can_find():
    assert REGISTRY.search("see files." + "pythonhosted" + ".org")
    assert MACHINE.search("open " + "/" + "work/main/x")
    assert not MACHINE.search("docs/work/x and https://example.com/home")


@pytest.mark.parametrize("path", PAGES)
def test_source_files_that_are_named_exist(path):
    for name in re.findall(r"`((?:bot|handlers|templates|tests|docs)/[\w./-]+)`", prose(path)):
        assert (ROOT / name).exists() or "<" in name, name
