"""The registry of slash commands."""

import re
from pathlib import Path

import pytest

import handlers.commands
import templates
from bot.planning.commands import PAYLOADS, nearest, parse
from handlers.commands import COMMANDS

TEMPLATES = Path(templates.__file__).parent / "comments" / "orders"
HERE = Path(handlers.commands.__file__).parent


def test_every_file_is_in_the_registry_and_nothing_else_is():
    files = {path.stem.rstrip("_") for path in HERE.glob("*.py")} - {"__init", "command"}
    assert {name.replace("-", "_") for name in COMMANDS} == files


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_can_be_given_as_its_usage_says(name):
    command = COMMANDS[name]
    assert command.name == name
    assert re.fullmatch("[a-z][a-z-]*", name)
    (written,) = parse(command.usage).commands
    assert written.name == name
    assert nearest(name, COMMANDS) == name
    assert re.fullmatch(r"[A-Z][^.\n]*\.", command.summary), "one sentence"
    assert command.stands_on(pull=True) or command.stands_on(pull=False)


def test_those_that_take_blocks_are_those_that_the_parser_gives_them_to():
    assert {name for name, command in COMMANDS.items() if command.payload} == PAYLOADS


def test_where_a_command_stands():
    assert [COMMANDS["apply"].stands_on(pull=pull) for pull in (True, False)] == [True, True]
    assert [COMMANDS["rollback"].stands_on(pull=pull) for pull in (True, False)] == [True, False]
    assert [COMMANDS["migrate"].stands_on(pull=pull) for pull in (True, False)] == [False, True]


def test_what_only_answers_asks_for_little_and_what_changes_something_for_more():
    answers = {name for name, command in COMMANDS.items() if not command.looks_again}
    assert answers == {"help", "plan", "dry-run", "next", "report", "explain", "spec", "waive"}
    readers = {name for name, command in COMMANDS.items() if command.permission == "read"}
    assert readers == {"help", "status", "plan", "next", "report", "explain", "spec", "waive"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_template_of_a_command_is_where_it_is_looked_for(name):
    command = COMMANDS[name]
    assert command.details == "" or command.details.endswith(".")
    assert command.found_by_effect or (TEMPLATES / f"{name}.md").exists() or list(TEMPLATES.glob(f"{name}-*.md"))


def test_nobody_adds_a_command_behind_the_registrys_back():
    with pytest.raises(TypeError):
        COMMANDS["x"] = COMMANDS["apply"]
