"""The settings' rules for commands must be about commands that there are."""

from __future__ import annotations

from collections.abc import Collection

from bot.config import SETTINGS_PATH
from bot.errors import Place, Refusal
from bot.planning.commands import nearest
from bot.source.documents import load
from bot.workflows.migrations.migration import read_file
from bot.workflows.scene import RepositoryScene


def check_rules(scene: RepositoryScene, commands: Collection[str]) -> None:
    """Raises ``Refusal`` (``unknown-command-rule``) at the line of a rule for a command that there is not.

    Whoever wrote it meant to bound a command: to go on without the rule may allow what they forbade.
    """
    strange = sorted(set(scene.settings.commands) - set(commands))
    if not strange:
        return
    data = read_file(scene.mirror.repository.tree(scene.default.tree), SETTINGS_PATH) or b""
    document = load(data, "yaml", SETTINGS_PATH)
    found = [
        Refusal(
            "unknown-command-rule",
            document.place(("commands", name), key=True) if data else Place(SETTINGS_PATH),
            {"name": name, "nearest": nearest(name, commands)},
        )
        for name in strange
    ]
    raise Refusal(found[0].code, found[0].place, found[0].values, also=tuple(found[1:]))
