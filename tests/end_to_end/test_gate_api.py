"""What programs and issues are told of gates: the explanation over the API, ``/spec`` and ``/explain`` on an issue."""

from tests.end_to_end.act import NAME
from tests.end_to_end.attacks import gated, opens, reviews, status
from tests.end_to_end.files import SPEC, THREE, files, spec
from tests.end_to_end.gates import GUARDED, mini_spec, repository, says
from tests.end_to_end.gates import SPEC as SOURCE_SPEC
from tests.end_to_end.gates import opens as opens_work
from tests.end_to_end.test_patch_api import TOKENS, asks


async def explained(act, number, query="", *, name=NAME):
    return await asks(act, f"/api/repos/{name}/pulls/{number}/explain{query}", method="GET")


async def test_a_program_is_told_what_explain_says(stage, tmp_path):
    (tmp_path / "tokens.yml").write_text(TOKENS)
    act = await gated(stage, api_tokens_file=tmp_path / "tokens.yml")
    pull = await opens(act, "ben")
    code, answer = await explained(act, pull.number, "?approved_by=@cy")
    assert (code, answer["state"], answer["open"]) == (200, "pending", False)
    (wanted,) = answer["requirements"]
    assert (wanted["rule"], wanted["missing"], wanted["candidates"]["permission"]) == ("code", 1, "write")
    (supposed,) = answer["supposed"]
    assert (supposed["user"], supposed["open"]) == ("cy", True)
    code, answer = await explained(act, pull.number, "?approved_by=ben")
    assert (answer["supposed"][0]["open"], answer["supposed"][0]["why_not"]) == (False, ["author"])

    review = await reviews(act, "cy", pull)
    code, answer = await explained(act, pull.number)
    assert (answer["state"], answer["open"], answer["supposed"]) == ("approved", True, [])
    assert answer["requirements"][0]["given"][0]["review"] == review.id

    # What is wrong is told, and nothing of what the token does not reach.
    assert (await explained(act, 999))[1]["error"] == "pull-missing"
    assert (await explained(act, "x"))[1]["error"] == "bad-path"
    assert (await explained(act, pull.number, "?approved_by=a%20b"))[1]["error"] == "bad-filter"
    assert (await explained(act, pull.number, name="other/thing"))[0] == 403


async def test_spec_on_a_pull_request_says_what_the_guard_finds(stage):
    act = await stage(repository(GUARDED))
    pull = await opens_work(act, "ben", "work", {"src/a.py": "a = 2\n"})
    await says(act, "rex", pull, "/spec")
    assert "Answer to `/spec`" in status(act, pull) and "`uncovered`" in status(act, pull)
    await says(act, "ben", pull, "Thanks.")
    other = await opens_work(act, "ben", "other", {"docs/y.md": "y\n", SOURCE_SPEC: mini_spec()})
    await says(act, "rex", other, "/spec")
    assert "not-approved" in status(act, other)


async def test_on_the_issue_of_a_migration_they_tell_of_its_spec(stage):
    manifest = THREE.replace("name: staging", f"name: staging\nspec: {SPEC}")
    act = await stage(files(manifest, **{SPEC: spec()}))
    await act.begins()
    for command in ("/spec", "/explain"):
        act.later(20)
        await act.rex.comment(NAME, act.issue.number, command)
        act.later(20)
        await act.settle()
        assert f"Answer to `{command}`" in act.plan and f"names the spec `{SPEC}`" in act.plan
        assert "was pushed to the branch, without a pull request" in act.plan
    plain = await act.ben.open_issue(NAME, "No migration")
    act.later(20)
    await act.rex.comment(NAME, plain.number, "/spec")
    await act.settle()
    assert "no-migration" in status(act, plain)
