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


def made(files, payload, format="auto", **options):
    """The files after a payload, executables with a trailing ``*``."""
    batch = convert(payload, format, data_of(files).get, **options)
    before = tree(files)
    after = before.apply(apply(before, batch, ANYTHING).edits)
    return {path + "*" * (mode == EXECUTABLE): data for path, (mode, data) in after.files().items()}


def text(content, payload, format="auto", path="x"):
    """The bytes of one file after a payload."""
    return made({path: content}, payload, format)[path]


def refused(files, payload, format="auto", **options):
    """What a payload is refused for: every code with its line. The words are rendered, too."""
    return [(each.code, each.place.line) for each in refusal(files, payload, format, **options).all]


def refusal(files, payload, format="auto", **options):
    try:
        convert(payload, format, data_of(files).get, **options)
    except Refusal as refusal:
        explain_all(refusal)
        assert all(each.place.file == options.get("name", "patch") for each in refusal.all)
        return refusal
    raise AssertionError("it was not refused")


def code(files, payload, format="auto", **options):
    """The first code that a payload is refused for."""
    return refused(files, payload, format, **options)[0][0]


__all__ = ["EXECUTABLE", "FILE"]
