"""How often GitHub is asked and written to: counted on the playground."""

import re
from collections import Counter

from bot.__main__ import start
from bot.cli.demo import NAME, OWNER, stage

REPO = f"/repos/{OWNER}/{NAME}"


def calls(act, since):
    """What was asked since then, with numbers and oids left out."""
    seen = list(act.playground.exchanges)[since:]
    plain = ((e.method, re.sub(r"/[0-9a-f]{40}|/\d+", "/N", e.path.partition("?")[0])) for e in seen)
    return Counter(plain)


def writes(counted):
    return {
        key: count
        for key, count in counted.items()
        if key[0] != "GET" and key[1] != "/graphql" and "upload-pack" not in key[1]
    }


async def begin(act):
    act.playground.install(next(iter(act.playground.world.apps)), OWNER, [NAME])
    await act.quiet()
    await act.ada.merge(act.repository.full_name, next(iter(act.repository.pulls)).number)
    await act.quiet()


async def test_four_writes_a_folder_and_no_read(tmp_path):
    async with stage(start, tmp_path) as act:
        await begin(act)
        name, since = act.repository.full_name, len(act.playground.exchanges)
        issue = await act.ada.open_issue(name, "Migration", f"### Manifest\n\n{act.manifest}\n")
        await act.ada.label(name, issue.number, "migration")
        await act.quiet()
        opened = [pull for pull in act.repository.pulls if pull.issue.state == "open"]
        assert len(opened) == 5  # the sixth waits for shared-types
        counted = calls(act, since)
        assert writes(counted) == {
            ("POST", f"{REPO}/pulls"): 5,
            ("POST", f"{REPO}/issues/N/labels"): 5,
            ("POST", f"{REPO}/check-runs"): 10,
            ("POST", f"{REPO}/issues/N/comments"): 1,
            ("PATCH", f"{REPO}/issues/comments/N"): 1,
            ("POST", f"/{OWNER}/{NAME}.git/git-receive-pack"): 1,
        }
        reads = {key: count for key, count in counted.items() if key not in writes(counted)}
        assert not [key for key in reads if key[1].startswith((f"{REPO}/pulls/N", f"{REPO}/commits"))]
        assert sum(count for key, count in reads.items() if ".git/" not in key[1]) <= 20, reads


async def test_every_delivery_again_writes_nothing(tmp_path):
    async with stage(start, tmp_path) as act:
        await begin(act)
        name = act.repository.full_name
        issue = await act.ada.open_issue(name, "Migration", f"### Manifest\n\n{act.manifest}\n")
        await act.ada.label(name, issue.number, "migration")
        await act.quiet()
        await act.ben.merge(name, next(p.number for p in act.repository.pulls if p.head_ref.endswith("/shared-types")))
        await act.quiet()
        since, count = len(act.playground.exchanges), len(list(act.repository.pulls))
        for delivery in list(act.playground.deliveries):
            act.playground.redeliver(delivery.id)
        await act.quiet()
        assert writes(calls(act, since)) == {}
        assert len(list(act.repository.pulls)) == count
