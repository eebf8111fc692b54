"""One pull request, anybody's: its gates are judged, and what was delivered by it is reported when it is decided."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import Refusal
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.gates.pull_scene import issue_of
from bot.workflows.gates.reconcile_gates import reconcile_gates
from bot.workflows.gates.say import say_unreadable
from bot.workflows.gates.shared_head import pulls_of_head
from bot.workflows.landing.deliver_patches import deliver_patches
from bot.workflows.scene import repository_scene
from bot.workflows.status_comment import say_again


async def reconcile_pull(ctx: Context, target: Target) -> Sequence[Target]:
    """Makes what Graftsman says of a pull request true. ``target.key`` is ``owner/name#number``.

    Gives the migration that it belongs to where its gates changed, and the pull requests that a closed one shared its
    head with. Raises ``WorldError`` when GitHub or git fail.
    """
    number = int(target.key.rpartition("#")[2])
    github = ctx.github(target.installation, target.repository)
    pull = await github.pull(number)
    try:
        async with repository_scene(ctx, github) as scene:
            if scene is not None:
                changed = await reconcile_gates(scene, pull)
                await deliver_patches(scene, pull)
                await say_again(ctx, github, number)
                found = []
                issue = issue_of(scene, pull) if changed else None
                if issue is not None:
                    key = f"{github.full_name}#{issue}"
                    found.append(Target(names.MIGRATION, key, target.repository, target.installation))
                if pull.state != "open" and scene.settings.approvals:  # a check of theirs may have waited for it
                    keys = [names.pull_key(github.full_name, one.number) for one in await pulls_of_head(github, pull)]
                    found += [Target(names.PULL, key, target.repository, target.installation) for key in keys]
                return found
    except Refusal as refusal:
        # Rules that nobody can read open no gate: what was green by the old ones is not green any more.
        await say_unreadable(ctx, github, pull, refusal)
    return ()
