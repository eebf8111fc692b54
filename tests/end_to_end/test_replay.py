"""The base moves under open pull requests: what they touch is made anew, and people's commits are put back on top."""

import asyncio
import re
import threading

import pytest

from bot.git import transfer
from bot.runs.intents import Intents
from bot.runs.store import Store
from tests.end_to_end.act import NAME
from tests.end_to_end.files import THREE, many

COUNT = 100

SOURCE = "STAGING/chat/index.ts"
CHAT = 'import { gone } from "../gone";\nexport const chat = gone;\n'
LONGER = CHAT + "".join(f"// {number}\n" for number in range(1, 9))
BRANCH = "graftsman/staging/chat"


@pytest.fixture
async def act(stage):
    """A migration with two open pull requests, ``chat`` (a copy) and ``types`` (a move)."""
    act = await stage()
    await act.commits({SOURCE: LONGER})
    await act.begins()
    return act


def status(act, pull):
    """The pull request's status comment; it is the only one."""
    (one,) = act.said(pull.issue, "status")
    return one.body


async def comments(act, body, who="ben", folder="chat"):
    act.later(20)
    comment = await getattr(act, who).comment(NAME, act.pull(folder).number, body)
    act.later(20)
    await act.settle()
    return comment


def reactions(comment):
    return sorted(one.content for one in comment.reactions)


async def chain(act, branch=BRANCH):
    """The commits of a branch that ``main`` lacks, newest first."""
    store = act.repository.store
    return [
        await act.commit(oid) for oid in await store.log(act.repository.branch(branch), act.repository.branch("main"))
    ]


async def test_a_changed_source_is_copied_anew_and_the_other_branch_stays(act):
    types, number = act.branch("types"), act.pull("chat").number
    with act.counting() as counted:
        await act.does(act.commits({SOURCE: LONGER + "// more\n"}))
    assert await act.file("apps/chat/index.ts", BRANCH) == (LONGER + "// more\n").encode()
    (commit,) = await chain(act)
    assert commit.parents == (act.repository.branch("main"),)
    assert act.branch("types") == types
    assert len(counted.pushes) == 1
    pull = act.pull("chat")
    assert {one.name for one in act.checks(pull)} == {"graftsman/certificate", "graftsman/spec-guard"}
    assert pull.head_sha in pull.issue.body
    assert act.state("chat") == f"#{number} open"
    assert act.said(pull.issue, "status") == []  # nothing of people's was on it: there is nothing to say
    # Once more changes nothing, and a lost database neither.
    with act.counting() as counted:
        await act.delivered_again()
        await act.restart(forget=True)
    assert counted.pushes == []


async def test_a_new_importer_is_followed(act):
    await act.does(act.commits({"apps/new/main.ts": 'import { Session } from "../../STAGING/types/session";\n'}))
    assert await act.file("apps/new/main.ts", "graftsman/staging/types") == (
        b'import { Session } from "../../packages/types/session";\n'
    )


async def test_what_touches_nothing_pushes_nothing(act):
    with act.counting() as counted:
        await act.does(act.commits({"README.md": "# On\n", "STAGING/vision/more.ts": "export {};\n"}))
    assert counted.writes == []


async def test_a_persons_commit_is_put_back_with_its_author(act):
    theirs = await act.commits({"apps/chat/index.ts": LONGER.replace("// 8", "// eight")}, BRANCH, who="ben")
    await act.settle()
    old = await act.commit(theirs)
    await act.does(act.commits({SOURCE: LONGER.replace("// 1\n", "// one\n")}))
    new, ours = await chain(act)
    assert new.author == old.author
    assert new.committer.email == ours.author.email != new.author.email
    assert new.message.startswith(old.message.strip())
    assert f"Graftsman-Replayed-From: {theirs}" in new.message
    assert ours.parents == (act.repository.branch("main"),)
    wanted = LONGER.replace("// 1\n", "// one\n").replace("// 8", "// eight")
    assert await act.file("apps/chat/index.ts", BRANCH) == wanted.encode()
    pull = act.pull("chat")
    assert "Put back on top, with its author: 1 commit" in status(act, pull)
    # Once is enough.
    with act.counting() as counted:
        await act.delivered_again()
        await act.restart(forget=True)
    assert counted.pushes == []
    # And it is merged like any other.
    await act.merges("chat")
    assert await act.file("apps/chat/index.ts") == wanted.encode()


async def test_the_head_has_its_checks_whoever_pushed_it(act):
    await act.does(act.commits({"notes.txt": "mine\n"}, BRANCH, who="ben"))
    check = act.check(act.pull("chat"), "graftsman/certificate")
    assert (check.conclusion, act.check(act.pull("chat"), "graftsman/spec-guard").status) == ("success", "completed")
    assert "1 commit on top touched nothing" in check.title
    theirs = await act.commits({"apps/chat/index.ts": "mine\n"}, BRANCH, who="ben")
    await act.settle()
    check = act.check(act.pull("chat"), "graftsman/certificate")
    assert check.conclusion == "neutral"
    assert f"`apps/chat/index.ts`, last by `{theirs[:12]}`" in check.summary


async def test_a_commit_that_the_base_holds_by_now_is_dropped_and_said(act):
    await act.does(act.commits({"notes.txt": "mine\n"}, BRANCH, who="ben"))
    await act.does(act.commits({"notes.txt": "mine\n", SOURCE: LONGER + "// more\n"}))
    (ours,) = await chain(act)
    assert ours.parents == (act.repository.branch("main"),)
    assert "Dropped, since nothing is left of it" in status(act, act.pull("chat"))


async def test_a_merge_that_only_brings_the_base_in_is_left_out(act):
    await act.does(act.commits({"notes.txt": "mine\n"}, BRANCH, who="ben"))
    await act.does(act.commits({"other.txt": "on\n"}))
    head, main = act.branch("chat"), act.repository.branch("main")
    store = act.repository.store
    _, tree = await store.run("merge-tree", "--write-tree", head, main)
    who = ("-c", "user.name=Ben", "-c", "user.email=ben@localhost")
    _, out = await store.run(*who, "commit-tree", tree.decode().strip(), "-p", head, "-p", main, "-m", "Update branch")
    await act.does(act.ben.set_branch(NAME, BRANCH, out.decode().strip()))
    await act.does(act.commits({SOURCE: LONGER + "// more\n"}))
    _, ours = await chain(act)
    assert ours.parents == (act.repository.branch("main"),)
    assert await act.file("notes.txt", BRANCH) == b"mine\n"
    assert "1 merge of the base branch" in status(act, act.pull("chat"))


MINE = LONGER.replace("// 5\n", "// mine\n")
THEIRS = LONGER.replace("// 5\n", "// theirs\n").replace("// 1\n", "// one\n")


@pytest.fixture
async def collided(act):
    """A person's commit collides with a later change of the source."""
    act.theirs = await act.commits({"apps/chat/index.ts": MINE, "notes.txt": "mine\n"}, BRANCH, who="ben")
    await act.settle()
    await act.does(act.commits({SOURCE: THEIRS}))
    return act


async def test_what_collides_is_left_as_it_was_and_shown_with_both_sides(collided):
    act, pull = collided, collided.pull("chat")
    assert act.branch("chat") == act.theirs
    said = status(act, pull)
    assert "collides with that in 1 file" in said and "`apps/chat/index.ts`: changed by both, from line 7." in said
    assert re.search(
        r"Graftsman's version.*```\n// theirs\n```.*The commit's version.*```\n// mine\n```", said, re.DOTALL
    )
    for command in ("/replay theirs", "/replay ours", "/replay", "/cancel"):
        assert f"- `{command}`" in said
    assert "waits for a choice there" in act.state("chat")
    assert act.check(pull, "graftsman/certificate").conclusion == "neutral"
    # It is said once, however often one looks.
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []


@pytest.mark.parametrize(
    ("command", "text"), [("/replay ours", THEIRS), ("/replay theirs", MINE.replace("// 1\n", "// one\n"))]
)
async def test_a_choice_solves_it(collided, command, text):
    act = collided
    comment = await comments(act, command)
    assert "rocket" in reactions(comment)
    assert await act.file("apps/chat/index.ts", BRANCH) == text.encode()
    assert await act.file("notes.txt", BRANCH) == b"mine\n"
    new, ours = await chain(act)
    assert ours.parents == (act.repository.branch("main"),) and f"Replayed-From: {act.theirs}" in new.message
    said = status(act, act.pull("chat"))
    assert "made anew on the base branch, as" in said and "stands, as ordered: `apps/chat/index.ts`" in said
    assert "choice" not in said
    assert act.state("chat").startswith(f"#{act.pull('chat').number} open: its branch holds commits by people")


async def test_without_a_choice_it_is_tried_again_and_refused_where_it_collides_still(collided):
    act = collided
    comment = await comments(act, "/replay")
    assert "confused" in reactions(comment) and act.branch("chat") == act.theirs
    assert "`replay-waits`" in status(act, act.pull("chat"))
    # The person mends it: that alone is a reason to try again.
    await act.does(act.commits({"apps/chat/index.ts": LONGER}, BRANCH, who="ben"))
    assert await act.file("apps/chat/index.ts", BRANCH) == THEIRS.encode()
    assert await act.file("notes.txt", BRANCH) == b"mine\n"
    assert len(await chain(act)) == 3
    assert "choice" not in status(act, act.pull("chat")) and "2 commits" in status(act, act.pull("chat"))


async def test_an_up_to_date_branch_needs_nothing_and_an_unknown_word_is_refused(act):
    head = act.branch("chat")
    comment = await comments(act, "/replay")
    assert "rocket" in reactions(comment)
    assert "nothing to do" in status(act, act.pull("chat"))
    await comments(act, "/replay mine")
    assert "`replay-unknown-way`" in status(act, act.pull("chat"))
    assert act.branch("chat") == head


async def test_an_order_is_bound_to_the_head_that_its_author_saw(collided):
    act = collided
    act.later(20)
    await act.stop()
    comment = await act.ben.comment(NAME, act.pull("chat").number, "/replay ours")
    act.later(20)
    head = await act.commits({"more.txt": "unseen\n"}, BRANCH, who="ada")
    await act.start()
    await act.settle()
    assert "confused" in reactions(comment) and act.branch("chat") == head
    assert "`head-moved`" in status(act, act.pull("chat"))
    await comments(act, f"/replay ours @{head[:12]}")
    assert await act.file("more.txt", BRANCH) == b"unseen\n"
    assert await act.file("apps/chat/index.ts", BRANCH) == THEIRS.encode()


async def test_a_push_just_before_the_order_asks_again(collided):
    act = collided
    act.later(20)
    await act.commits({"more.txt": "just now\n"}, BRANCH, who="ada")
    act.later(5)
    await act.does(act.ben.comment(NAME, act.pull("chat").number, "/replay ours"))
    assert "`head-moved`" in status(act, act.pull("chat"))


async def test_a_label_holds_a_branch(act):
    head = act.branch("chat")
    await act.does(act.ben.label(NAME, act.pull("chat").number, "graftsman/hold"))
    await act.does(act.commits({SOURCE: LONGER + "// more\n"}))
    assert act.branch("chat") == head
    assert "on hold" in act.state("chat")
    await comments(act, "/replay")
    assert "`replay-held`" in status(act, act.pull("chat"))
    await act.does(act.ben.unlabel(NAME, act.pull("chat").number, "graftsman/hold"))
    assert await act.file("apps/chat/index.ts", BRANCH) == (LONGER + "// more\n").encode()


async def test_a_changed_entry_is_computed_anew_under_peoples_commits(act):
    await act.does(act.commits({"notes.txt": "mine\n"}, BRANCH, who="ben"))
    rule = '    imports:\n      - {files: "**/*.ts", from: "../gone", to: "@shared/gone"}\n'
    ruled = "  - id: chat\n    source: STAGING/chat\n    destination: apps/chat\n" + rule
    await act.rewrites_manifest(THREE.replace("  - {id: chat, source: STAGING/chat, destination: apps/chat}\n", ruled))
    assert b"@shared/gone" in await act.file("apps/chat/index.ts", BRANCH)
    assert await act.file("notes.txt", BRANCH) == b"mine\n"
    assert len(await chain(act)) == 2


@pytest.mark.timeout(300)
async def test_a_hundred_are_replayed_with_one_fetch_and_one_push(stage):
    """After one change of all sources. Each costs GitHub its text and its two checks, and git nothing of its own."""
    act = await stage(many(COUNT, each=1))
    await act.begins()
    await act.settle()
    transfers = []
    plain = transfer.fetch

    def fetch(git, repository, url, credential, **options):
        before = set(repository.glob("objects/pack/*.pack"))
        plain(git, repository, url, credential, **options)
        transfers.append(set(repository.glob("objects/pack/*.pack")) != before)

    transfer.fetch = fetch
    try:
        with act.counting() as counted:
            await act.does(act.commits({f"parts/part-{number:02}/file-0.txt": "new\n" for number in range(COUNT)}))
    finally:
        transfer.fetch = plain
    main = act.repository.branch("main")
    for pull in act.pulls:
        assert (await act.commit(pull.head_sha)).parents == (main,)
    assert sum(transfers) <= 1  # every look asks GitHub for its refs; objects came once
    assert len(counted.pushes) == 1
    # What GitHub turned down (a token that ran out meanwhile, a limit) was asked again.
    counted.exchanges[:] = [one for one in counted.exchanges if one.status < 400]
    kinds = counted.kinds()
    assert kinds["PATCH /repos/acme/platform/pulls/N"] == COUNT
    assert kinds["POST /repos/acme/platform/check-runs"] == 2 * COUNT
    assert len(counted.writes) <= 3 * COUNT + 1 + COUNT // 5
    heads = {one.head_sha for one in act.pulls}
    assert sum(one.head_sha in heads for one in act.repository.checks.values()) == 2 * COUNT
    assert not {str(one.number) for one in act.pulls} & {part for path in counted.reads for part in path.split("/")}


async def test_a_push_between_fetch_and_push_is_not_overwritten(act):
    """The lease is on the head that was fetched."""
    plain, pushed = transfer.push, []

    def push(git, repository, url, updates, credential, **options):
        if not pushed and any(one.name.endswith("/chat") for one in updates):
            pushed.append(True)
            act.forced.set()
            act.went_on.wait(30)
        return plain(git, repository, url, updates, credential, **options)

    act.forced, act.went_on = threading.Event(), threading.Event()
    transfer.push = push
    try:
        await act.commits({SOURCE: LONGER + "// more\n"})
        await asyncio.to_thread(act.forced.wait, 30)
        theirs = await act.commits({"mine.txt": "mine\n"}, BRANCH, who="ben")
        act.went_on.set()
        await act.settle()
    finally:
        transfer.push = plain
    assert pushed
    new, _ = await chain(act)
    assert f"Replayed-From: {theirs}" in new.message
    assert await act.file("mine.txt", BRANCH) == b"mine\n"
    assert await act.file("apps/chat/index.ts", BRANCH) == (LONGER + "// more\n").encode()


async def test_a_check_that_a_kill_left_in_progress_ends_when_its_head_is_superseded(act):
    check = act.check(act.pull("chat"), "graftsman/certificate")
    key = f"{NAME}#{act.issue.number}/chat/graftsman/certificate/{check.head_sha}"
    await act.running.stop()
    store = await Store.open(act.home / "data" / "graftsman.sqlite")
    await Intents(store).forget(key)
    await Intents(store).start(key)
    await store.close()
    check.status, check.conclusion = "in_progress", None
    await act.commits({SOURCE: LONGER + "// more\n"})
    await act.start()
    await act.settle()
    assert act.pull("chat").head_sha != check.head_sha
    assert (check.status, check.conclusion) == ("completed", "cancelled")


async def test_who_forges_the_bots_name_loses_nothing(act):
    """The ledger does not tell of that commit: it is not ours, whatever it says of itself."""
    ours = await act.commit(act.branch("chat"))
    store = act.repository.store
    _, tree = await store.run("rev-parse", f"{act.repository.branch('main')}^{{tree}}")
    name, email = ours.author.name, ours.author.email
    who = ("-c", f"user.name={name}", "-c", f"user.email={email}")
    _, out = await store.run(*who, "commit-tree", tree.decode().strip(), "-p", ours.parents[0], "-m", ours.message)
    forged = out.decode().strip()
    await act.does(act.ben.set_branch(NAME, BRANCH, forged))
    assert act.checks(act.pull("chat"), "graftsman/certificate") == []
    await act.does(act.commits({SOURCE: LONGER + "// more\n"}))
    assert act.branch("chat") == forged
