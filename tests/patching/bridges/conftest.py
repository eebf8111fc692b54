"""Payloads against files: what comes of them, or what they are refused for."""

from bot.contracts.tree import EXECUTABLE, FILE
from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.bridges import convert
from bot.patching.policy import Policy
from templates import explain_all
from tests.patching.conftest import tree

ANYTHING = Policy(protected=(), check_syntax=False)


def data_of(files):
    return {path: content[1] if isinstance(content, tuple) else content for path, content in files.items()}


def made(files, payload, form="auto", **options):
    """The files after a payload, executables with a trailing ``*``."""
    batch = convert(payload, form, data_of(files).get, executable=lambda path: files[path][0] == EXECUTABLE, **options)
    before = tree(files)
    after = before.apply(apply(before, batch, ANYTHING).edits)
    return {path + "*" * (mode == EXECUTABLE): data for path, (mode, data) in after.files().items()}


def text(content, payload, form="auto", path="x"):
    """The bytes of one file after a payload."""
    return made({path: content}, payload, form)[path]


def refused(files, payload, form="auto", **options):
    """What a payload is refused for: every code with its line. The words are rendered, too."""
    return [(each.code, each.place.line) for each in refusal(files, payload, form, **options).all]


def refusal(files, payload, form="auto", **options):
    try:
        convert(payload, form, data_of(files).get, **options)
    except Refusal as refusal:
        explain_all(refusal)
        assert all(each.place.file == options.get("name", "patch") for each in refusal.all)
        return refusal
    raise AssertionError("it was not refused")


def code(files, payload, form="auto", **options):
    """The first code that a payload is refused for."""
    return refused(files, payload, form, **options)[0][0]


__all__ = ["EXECUTABLE", "FILE"]
