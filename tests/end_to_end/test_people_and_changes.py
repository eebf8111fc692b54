"""People work on the branches and change the manifest: theirs is never lost, and only what changed is touched."""

from tests.end_to_end.act import NAME
from tests.end_to_end.files import MANIFEST, THREE, files, many

RULE = '    imports:\n      - {files: "**/*.ts", from: "../gone", to: "@shared/gone"}\n'
CHAT = "  - id: chat\n    source: STAGING/chat\n    destination: apps/chat\n"
CHAT_RULED = THREE.replace("  - {id: chat, source: STAGING/chat, destination: apps/chat}\n", CHAT + RULE)
VISION = "  - {id: vision, source: STAGING/vision, destination: apps/vision}\n"


def heads(act):
    return {one.number: one.head_sha for one in act.pulls}


async def test_a_branch_with_a_persons_commit_and_a_pull_request_is_left_alone_and_said_so(stage):
    act = await stage()
    await act.begins()
    theirs = await act.commits({"apps/chat/index.ts": "mine\n"}, "graftsman/staging/chat", who="ben")
    await act.settle()
    assert "its branch holds commits by people, which are never overwritten" in act.state("chat")
    # Not even a manifest that changes, nor a lost database, moves it.
    await act.rewrites_manifest(CHAT_RULED)
    await act.restart(forget=True)
    assert act.branch("chat") == act.pull("chat").head_sha == theirs
    assert act.state("chat").startswith(f"#{act.pull('chat').number} open")
    # It is merged like any other.
    await act.merges("chat")
    assert act.state("chat") == f"#{act.pull('chat').number} merged"
    assert await act.file("apps/chat/index.ts") == b"mine\n"


async def test_an_amended_commit_of_ours_is_a_persons(stage):
    act = await stage()
    await act.begins()
    ours = await act.commit(act.branch("chat"))
    amended = await act.ben.push_files(
        NAME, "graftsman/staging/chat", {"apps/chat/more.ts": b"1\n"}, ours.message, parent=ours.parents[0]
    )
    await act.settle()
    await act.rewrites_manifest(CHAT_RULED)
    assert act.branch("chat") == amended
    assert "commits by people" in act.state("chat")


async def test_a_branch_of_a_person_before_there_is_a_pull_request_holds_the_folder(stage):
    act = await stage()
    theirs = await act.commits({"notes.txt": "mine\n"}, "graftsman/staging/chat", who="ben")
    await act.begins()
    assert act.pulls_of("chat") == []
    assert act.state("chat").startswith("left alone: its branch holds commits by people")
    assert act.branch("chat") == theirs
    assert act.open_folders() == ["types"]
    # Taken away, the folder goes on.
    await act.does(act.ben.delete_branch(NAME, "graftsman/staging/chat"))
    assert act.open_folders() == ["chat", "types"]


async def test_a_changed_entry_is_recomputed_and_everything_else_is_not_touched(stage):
    act = await stage()
    await act.begins()
    before, number = heads(act), act.pull("chat").number
    old_body = act.pull("chat").issue.body
    with act.counting() as counted:
        await act.rewrites_manifest(CHAT_RULED)
    pull = act.pull("chat")
    commit = await act.commit(pull.head_sha)
    assert commit.parents == (act.repository.branch("main"),)
    assert await act.file("apps/chat/index.ts", pull.head_sha) == (
        b'import { gone } from "@shared/gone";\nexport const chat = gone;\n'
    )
    assert pull.issue.body != old_body
    assert pull.head_sha in pull.issue.body
    assert {one.name for one in act.checks(pull)} == {"graftsman/certificate", "graftsman/spec-guard"}
    assert {at: oid for at, oid in heads(act).items() if at != number} == {
        at: oid for at, oid in before.items() if at != number
    }
    assert act.state("chat") == f"#{number} open"
    # One push, one edited pull request, two checks; the plan says "being brought up", then what came of it.
    assert len(counted.pushes) == 1
    kinds = counted.kinds()
    assert kinds["PATCH /repos/acme/platform/pulls/N"] == 1
    assert kinds["POST /repos/acme/platform/check-runs"] == 2
    assert sum(kinds.values()) - kinds["PATCH /repos/acme/platform/issues/comments/N"] == 4
    assert "Rewrites" in act.plan
    assert act.row("chat").split("|")[5].strip() == "1"


async def test_a_new_destination_gives_the_pull_request_a_new_title(stage):
    act = await stage()
    await act.begins()
    await act.rewrites_manifest(THREE.replace("apps/chat", "apps/talk"))
    assert act.pull("chat").issue.title == "staging: copy STAGING/chat to apps/talk"
    assert await act.file("apps/chat/index.ts", act.branch("chat")) is None
    assert await act.file("apps/talk/README.md", act.branch("chat")) == b"# Chat\n"
    assert "`apps/talk`" in act.row("chat")


async def test_a_folder_added_is_one_more_and_one_taken_away_stays_until_it_is_decided(stage):
    act = await stage()
    await act.begins()
    before = heads(act)
    await act.rewrites_manifest(THREE + VISION)
    assert act.open_folders() == ["chat", "types", "vision"]
    assert {at: oid for at, oid in heads(act).items() if at in before} == before
    with act.counting() as counted:
        await act.rewrites_manifest(THREE)
    assert set(counted.kinds()) <= {"PATCH /repos/acme/platform/issues/comments/N"}
    assert act.open_folders() == ["chat", "types", "vision"]
    assert act.state("vision") == f"#{act.pull('vision').number} open"
    await act.merges("vision")
    assert act.state("vision") == f"#{act.pull('vision').number} merged"
    await act.merges("chat", "types")
    await act.merges("terminal")
    assert act.issue.state == "closed"


async def test_the_base_moves_on_and_branches_stay_as_they_were_proven(stage):
    act = await stage()
    await act.begins()
    before = heads(act)
    with act.counting() as counted:
        await act.does(act.commits({"README.md": "# On\n"}), act.commits({"STAGING/utils/index.ts": "export {};\n"}))
    assert heads(act) == before
    assert counted.writes == []


async def test_a_migration_keeps_its_name(stage):
    act = await stage()
    await act.begins()
    before = heads(act)
    await act.rewrites_manifest(THREE.replace("name: staging", "name: other"))
    assert "Code: `migration-renamed`" in act.plan
    assert heads(act) == before
    await act.rewrites_manifest(THREE)
    assert "0 of 3 folders merged" in act.plan


async def test_an_open_folder_stays_when_its_source_is_gone_from_the_base(stage):
    act = await stage()
    await act.begins()
    before = heads(act)
    await act.does(act.commits({"STAGING/chat/index.ts": None, "STAGING/chat/README.md": None}))
    assert heads(act) == before
    await act.does(act.commits({"STAGING/chat/index.ts": "export {};\n"}))
    assert "0 of 3 folders merged" in act.plan
    # There is a source again, and it is another one: the branch is made anew.
    assert await act.file("apps/chat/index.ts", act.branch("chat")) == b"export {};\n"
    assert act.pull("types").head_sha == before[act.pull("types").number]


async def test_a_push_to_a_rule_bound_branch_is_refused_for_that_folder_alone(stage):
    act = await stage()
    act.playground.faults.reject_refs("refs/heads/graftsman/staging/chat")
    await act.begins()
    assert act.open_folders() == ["types"]
    assert act.state("chat") == "**refused**"
    assert "Code: `push-refused`" in act.plan
    act.playground.faults.clear()
    await act.merges("types")
    assert act.open_folders() == ["chat", "terminal"]


async def test_two_migrations_in_one_repository_do_not_meet(stage):
    other = many(2)
    more = {path: data for path, data in other.items() if path.startswith("parts/")}
    act = await stage(files(**more, **{"migrations/many.yml": other[MANIFEST]}))
    first = await act.begins()
    second = await act.begins("### Manifest\n\nmigrations/many.yml\n", labeller="ben")
    assert len(act.said(first)) == len(act.said(second)) == 1
    assert sorted(one.head_ref for one in act.pulls) == [
        "graftsman/many/part-00",
        "graftsman/many/part-01",
        "graftsman/staging/chat",
        "graftsman/staging/types",
    ]


async def test_two_issues_for_one_migration_do_not_fight_over_its_branches(stage):
    act = await stage()
    first = await act.begins()
    before = {path: oid for path, oid in act.repository.store.refs.items() if "staging" in path}
    act.later()
    with act.counting() as counted:
        second = await act.begins(labeller="ben")
    assert [len(act.said(one)) for one in (first, second)] == [1, 1]
    assert "Code: `migration-taken`" in act.plan
    assert f"#{act.pull('chat').number} is open" in act.plan
    assert counted.kinds() == {"POST /repos/acme/platform/issues/N/comments": 1}
    assert {path: oid for path, oid in act.repository.store.refs.items() if "staging" in path} == before
    act.issue = first
    await act.merges("types", "chat")
    await act.merges("terminal")
    assert first.state == "closed"
    assert [len(act.said(act.pull(folder).issue, "delivery")) for folder in ("types", "chat", "terminal")] == [1, 1, 1]


async def test_a_later_issue_takes_a_finished_migration_further_though_its_branches_were_left(stage):
    act = await stage()
    first = await act.begins()
    await act.merges("types")
    await act.merges("terminal")
    await act.does(act.ben.close(NAME, act.pull("chat").number), act.ben.close(NAME, first.number))
    act.later()
    await act.rewrites_manifest(THREE + VISION)
    await act.begins()
    # What is there needs nothing; what was closed is opened anew, and what is new as well.
    assert act.open_folders() == ["chat", "vision"]
    assert [one.issue.state for one in act.pulls_of("chat")] == ["closed", "open"]
    assert act.state("types") == "nothing to do"
    assert act.state("terminal") == "nothing to do"
    await act.merges("vision")
    await act.does(act.ben.merge(NAME, act.pulls_of("chat")[-1].number))
    assert act.issue.state == "closed"
