"""Rules of a branch, auto-merge, the merge queue: as GitHub does it, over its API."""

import pytest

from tests.playground.conftest import EVENTS, PERMISSIONS, SECRET

REPO, PULLS = "acme/shop", "/repos/acme/shop/pulls"
ENABLE = """mutation ($id: ID!, $head: GitObjectID) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $head, mergeMethod: SQUASH}) {
    pullRequest { id autoMergeRequest { mergeMethod enabledAt enabledBy { __typename login } } } } }"""
DISABLE = """mutation ($id: ID!) { disablePullRequestAutoMerge(input: {pullRequestId: $id}) { clientMutationId } }"""
ENQUEUE = """mutation ($id: ID!, $head: GitObjectID) {
  enqueuePullRequest(input: {pullRequestId: $id, expectedHeadOid: $head, clientMutationId: "7"}) {
    clientMutationId mergeQueueEntry { id position state enqueuer { login } headCommit { oid } pullRequest { id } } } }"""
DEQUEUE = "mutation ($id: ID!) { dequeuePullRequest(input: {id: $id}) { mergeQueueEntry { id } } }"
READY = "mutation ($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
DRAFT = "mutation ($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
SEEN = """query ($id: ID!) { node(id: $id) { __typename ... on PullRequest {
  state isDraft merged isInMergeQueue mergeQueueEntry { state position headCommit { oid } baseCommit { oid } }
  autoMergeRequest { mergeMethod } } } }"""


@pytest.fixture
async def app(playground, hooks):
    events = [*EVENTS, "merge_group"]
    return await playground.create_app(PERMISSIONS, events, hooks.url, SECRET, ping=False)


class Ground:
    def __init__(self, playground, client, hooks):
        self.playground, self.client, self.hooks = playground, client, hooks
        self.eve, self.ada = playground.as_user("eve"), playground.as_user("acme")

    async def pull(self, name="work", **more):
        await self.eve.push_files(REPO, name, {name: b"1\n"})
        made = await self.eve.open_pull(REPO, name, f"Add {name}", **more)
        return await self.client.get(f"{PULLS}/{made.number}")

    async def ask(self, query, pull, client=None, **more):
        body = {"query": query, "variables": {"id": pull["node_id"], **more}}
        return await (client or self.client).ask("POST", self.playground.graphql_url, body, 200)

    async def refused(self, query, pull, **more):
        answer = await self.ask(query, pull, **more)
        assert list(answer["data"].values()) == [None]
        (error,) = answer["errors"]
        return error["type"], error["message"]

    async def check(self, sha, conclusion="success", name="ci", client=None):
        body = {"name": name, "head_sha": sha, "output": {"title": "t", "summary": "s"}}
        body |= {"conclusion": conclusion} if conclusion else {"status": "in_progress"}
        made = await (client or self.client).post(f"/repos/{REPO}/check-runs", body)
        await self.playground.settled()
        return made

    async def seen(self, pull):
        return await self.client.get(f"{PULLS}/{pull['number']}")

    async def node(self, pull):
        return (await self.ask(SEEN, pull))["data"]["node"]

    def actions(self, event):
        return [payload["action"] for payload in self.hooks.of(event)]

    async def groups(self):
        await self.playground.settled()
        return [one["merge_group"] for one in self.hooks.of("merge_group") if one["action"] == "checks_requested"]


@pytest.fixture
async def ground(playground, client, hooks):
    return Ground(playground, client, hooks)


async def test_rules_hold_back_a_merge_until_they_are_met(ground):
    ground.playground.protect(REPO, checks=["ci"], approvals=1)
    pull = await ground.pull()
    assert pull["mergeable_state"] == "blocked"

    async def words():
        return (await ground.client.put(f"{PULLS}/1/merge", {}, 405))["message"].splitlines()

    assert await words() == [
        'Required status check "ci" is expected.',
        "At least 1 approving review is required by reviewers with write access.",
    ]
    await ground.check(pull["head"]["sha"], None)
    assert (await words())[0] == 'Required status check "ci" is in progress.'
    await ground.check(pull["head"]["sha"], "failure")
    assert (await words())[0] == 'Required status check "ci" is failing.'
    await ground.check(pull["head"]["sha"])
    await ground.playground.as_user("tom").review(REPO, 1, "APPROVE")
    assert await words() == ["At least 1 approving review is required by reviewers with write access."]
    await ground.ada.review(REPO, 1, "APPROVE")
    assert (await ground.seen(pull))["mergeable_state"] == "clean"
    await ground.client.put(f"{PULLS}/1/merge", {})


async def test_a_review_of_somebody_who_lost_the_right_does_not_count(ground):
    ground.playground.protect(REPO, approvals=1)
    pull = await ground.pull()
    ground.playground.create_user("zoe")
    ground.playground.set_permission(REPO, "zoe", "write")
    await ground.playground.as_user("zoe").review(REPO, 1, "APPROVE")
    assert (await ground.seen(pull))["mergeable_state"] == "clean"
    ground.playground.set_permission(REPO, "zoe", "read")
    assert (await ground.seen(pull))["mergeable_state"] == "blocked"


async def test_requested_changes_block(ground):
    ground.playground.protect(REPO, approvals=1)
    await ground.pull()
    await ground.ada.review(REPO, 1, "APPROVE")
    ground.playground.set_permission(REPO, "tom", "write")
    await ground.playground.as_user("tom").review(REPO, 1, "REQUEST_CHANGES", "no")
    answer = await ground.client.put(f"{PULLS}/1/merge", {}, 405)
    assert answer["message"] == "Changes were requested by a reviewer with write access."


async def test_a_check_of_the_same_name_by_another_app_does_not_count(ground, app, session, playground):
    from tests.playground.conftest import Client, app_token

    playground.protect(REPO, checks=[("ci", app)])
    pull = await ground.pull()
    other = await playground.create_app({"checks": "write"}, [], name="other")
    made = playground.install(other, "acme")
    path = f"/app/installations/{made.id}/access_tokens"
    token = (await Client(playground, session, app_token(other)).post(path))["token"]
    await ground.check(pull["head"]["sha"], client=ground.client.with_token(token))
    assert (await ground.seen(pull))["mergeable_state"] == "blocked"
    await ground.check(pull["head"]["sha"])
    assert (await ground.seen(pull))["mergeable_state"] == "clean"


async def test_an_admin_may_pass_over_the_rules_and_nobody_else(ground):
    from bot.playground import Problem

    ground.playground.protect(REPO, approvals=1)
    await ground.pull()
    with pytest.raises(Problem, match="approving review"):
        await ground.ada.merge(REPO, 1)
    with pytest.raises(Problem, match="admin"):
        await ground.eve.merge(REPO, 1, bypass=True)
    await ground.ada.merge(REPO, 1, bypass=True)


# -- auto-merge --


async def test_auto_merge_merges_when_the_last_rule_is_met(ground):
    ground.playground.protect(REPO, checks=["ci"], approvals=1, auto_merge=True)
    pull = await ground.pull()
    sha = pull["head"]["sha"]
    answer = await ground.ask(ENABLE, pull, head=sha)
    order = answer["data"]["enablePullRequestAutoMerge"]["pullRequest"]["autoMergeRequest"]
    assert (order["mergeMethod"], order["enabledBy"]) == ("SQUASH", {"__typename": "Bot", "login": "graftsman"})
    assert (await ground.seen(pull))["auto_merge"]["merge_method"] == "squash"
    await ground.check(sha)
    assert not (await ground.seen(pull))["merged"]
    await ground.ada.review(REPO, 1, "APPROVE")
    await ground.playground.settled()
    merged = await ground.seen(pull)
    assert merged["merged"]
    assert (await ground.client.get(f"/repos/{REPO}/commits/main"))["commit"]["message"].startswith("Add work (#1)")
    assert ground.actions("pull_request") == ["opened", "auto_merge_enabled", "closed"]


async def test_what_auto_merge_refuses(ground):
    pull = await ground.pull()
    kind = "UNPROCESSABLE"
    assert await ground.refused(ENABLE, pull) == (kind, "Pull request Auto merge is not allowed for this repository")
    ground.playground.protect(REPO, auto_merge=True)
    assert await ground.refused(ENABLE, pull) == (kind, "Pull request Pull request is in clean status")
    await ground.check(pull["head"]["sha"], "failure", name="other")
    assert await ground.refused(ENABLE, pull) == (kind, "Pull request Pull request is in unstable status")
    ground.playground.protect(REPO, checks=["ci"])
    moved = "Head branch was modified. Review and try the merge again."
    assert await ground.refused(ENABLE, pull, head="0" * 40) == (kind, moved)
    assert await ground.refused(DISABLE, pull) == (kind, "Can't disable auto-merge for this pull request.")
    await ground.ask(ENABLE, pull)
    assert (await ground.node(pull))["autoMergeRequest"] == {"mergeMethod": "SQUASH"}
    await ground.ask(DISABLE, pull)
    assert (await ground.node(pull))["autoMergeRequest"] is None
    await ground.check(pull["head"]["sha"])
    assert not (await ground.seen(pull))["merged"]
    assert ground.actions("pull_request")[1:] == ["auto_merge_enabled", "auto_merge_disabled"]
    missing = await ground.ask(ENABLE, {"node_id": "PR_none"})
    assert missing["errors"][0]["type"] == "NOT_FOUND"


async def test_rights_and_wrong_queries(ground, as_app):
    ground.playground.protect(REPO, checks=["ci"], auto_merge=True)
    pull = await ground.pull()
    for wanted in ({"contents": "write", "pull_requests": "read"}, {"contents": "read", "pull_requests": "write"}):
        path = f"/app/installations/{ground.client.installation.id}/access_tokens"
        token = (await as_app.post(path, {"permissions": wanted}))["token"]
        answer = await ground.ask(ENABLE, pull, client=ground.client.with_token(token))
        assert answer["errors"][0]["type"] == "FORBIDDEN"
        assert answer["errors"][0]["message"] == "Resource not accessible by integration"
    answer = await ground.ask(ENABLE, pull, client=ground.client.with_token("ghu_tom"))
    assert answer["errors"][0]["type"] == "FORBIDDEN"
    wrong = ENABLE.replace("enabledAt", "nothing")
    answer = await ground.ask(wrong, pull)
    assert "data" not in answer
    assert (await ground.node(pull))["autoMergeRequest"] is None


async def test_drafts(ground):
    pull = await ground.pull(draft=True)
    assert (await ground.ask(READY, pull))["data"]["markPullRequestReadyForReview"]["pullRequest"] == {"isDraft": False}
    assert (await ground.refused(READY, pull))[0] == "UNPROCESSABLE"
    await ground.ask(DRAFT, pull)
    assert (await ground.node(pull))["isDraft"] is True
    await ground.playground.settled()
    assert ground.actions("pull_request") == ["opened", "ready_for_review", "converted_to_draft"]


# -- the merge queue --


async def test_the_queue_tests_the_merge_and_lands_it(ground):
    ground.playground.protect(REPO, checks=["ci"], merge_queue=True)
    pull = await ground.pull()
    base = ground.playground.repository(REPO).branch("main")
    assert await ground.refused(ENQUEUE, pull) == (
        "UNPROCESSABLE",
        'Pull request Required status check "ci" is expected.',
    )
    await ground.check(pull["head"]["sha"])
    answer = await ground.client.put(f"{PULLS}/1/merge", {}, 405)
    assert answer["message"] == "Changes must be made through the merge queue"
    entry = (await ground.ask(ENQUEUE, pull, head=pull["head"]["sha"]))["data"]["enqueuePullRequest"]
    assert (entry["clientMutationId"], entry["mergeQueueEntry"]["position"]) == ("7", 1)
    (group,) = await ground.groups()
    assert group["head_ref"] == f"refs/heads/gh-readonly-queue/main/pr-1-{base}"
    assert (group["base_ref"], group["base_sha"]) == ("refs/heads/main", base)
    assert group["head_commit"]["id"] == group["head_sha"] != pull["head"]["sha"]
    seen = await ground.node(pull)
    assert (seen["isInMergeQueue"], seen["mergeQueueEntry"]["state"]) == (True, "AWAITING_CHECKS")
    assert seen["mergeQueueEntry"]["headCommit"]["oid"] == group["head_sha"]
    await ground.check(group["head_sha"])
    repo = ground.playground.repository(REPO)
    assert repo.branch("main") == group["head_sha"]
    assert not [name for name in repo.store.refs if "gh-readonly" in name]
    done = await ground.seen(pull)
    assert (done["merged"], done["merged_by"]["login"]) == (True, "github-merge-queue[bot]")
    assert [one["reason"] for one in ground.hooks.of("merge_group") if one["action"] == "destroyed"] == ["merged"]
    assert ground.actions("pull_request") == ["opened", "enqueued", "closed", "dequeued"]
    assert [one["reason"] for one in ground.hooks.of("pull_request") if "reason" in one] == ["MERGE"]
    activity = await ground.client.get(f"/repos/{REPO}/activity?ref=refs/heads/main")
    assert activity[0]["activity_type"] == "merge_queue_merge"


async def test_a_failure_throws_out_and_what_is_behind_is_tried_anew(ground):
    ground.playground.protect(REPO, checks=["ci"], merge_queue=True)
    one, two = await ground.pull("one"), await ground.pull("two")
    for pull in (one, two):
        await ground.check(pull["head"]["sha"])
        await ground.ask(ENQUEUE, pull)
    first, second = await ground.groups()
    assert second["base_sha"] == first["head_sha"]
    await ground.check(second["head_sha"])
    assert (await ground.node(two))["isInMergeQueue"]
    await ground.check(first["head_sha"], "failure")
    assert (await ground.node(one)) | {"merged": False, "isInMergeQueue": False} == await ground.node(one)
    third = (await ground.groups())[-1]
    assert third["base_sha"] == first["base_sha"]
    await ground.check(third["head_sha"])
    assert (await ground.seen(two))["merged"]
    destroyed = [one["reason"] for one in ground.hooks.of("merge_group") if one["action"] == "destroyed"]
    assert destroyed == ["dequeued", "invalidated", "merged"]
    assert [one["reason"] for one in ground.hooks.of("pull_request") if "reason" in one] == ["CI_FAILURE", "MERGE"]


async def test_who_does_not_answer_in_time_is_thrown_out(ground):
    ground.playground.protect(REPO, checks=["ci"], merge_queue=True, queue_minutes=0.2)
    pull = await ground.pull()
    await ground.check(pull["head"]["sha"])
    await ground.ask(ENQUEUE, pull)
    await ground.groups()
    import asyncio

    await asyncio.sleep(0.4)
    await ground.playground.settled()
    assert not (await ground.node(pull))["isInMergeQueue"]
    assert [one["reason"] for one in ground.hooks.of("pull_request") if "reason" in one] == ["CI_TIMEOUT"]


async def test_a_draft_a_moved_head_and_a_branch_without_a_queue_are_refused(ground):
    draft = await ground.pull(draft=True)
    assert (await ground.refused(ENQUEUE, draft))[1].endswith("does not have a merge queue")
    ground.playground.protect(REPO, merge_queue=True)
    assert (await ground.refused(ENQUEUE, draft))[1].endswith("is a draft")
    assert (await ground.refused(ENQUEUE, draft, head="0" * 40))[1].startswith("Head branch was modified")
    assert (await ground.refused(DEQUEUE, draft))[0] == "UNPROCESSABLE"


async def test_a_queue_without_required_checks_merges_at_once_and_auto_merge_goes_into_it(ground):
    ground.playground.protect(REPO, approvals=1, merge_queue=True, auto_merge=True)
    pull = await ground.pull()
    await ground.ask(ENABLE, pull)
    assert (await ground.node(pull))["autoMergeRequest"]
    await ground.ada.review(REPO, 1, "APPROVE")
    await ground.playground.settled()
    assert (await ground.seen(pull))["merged"]
    assert ground.actions("pull_request") == ["opened", "auto_merge_enabled", "enqueued", "closed", "dequeued"]


async def test_a_dismissed_approval_and_a_person_take_it_out_of_the_queue(ground):
    ground.playground.protect(REPO, checks=["ci"], approvals=1, merge_queue=True)
    pull = await ground.pull()
    await ground.check(pull["head"]["sha"])
    review = await ground.ada.review(REPO, 1, "APPROVE")
    await ground.ask(ENQUEUE, pull)
    await ground.groups()
    await ground.ada.dismiss(REPO, 1, review.id)
    await ground.playground.settled()
    assert not (await ground.node(pull))["isInMergeQueue"]
    await ground.ada.review(REPO, 1, "APPROVE")
    await ground.ask(ENQUEUE, pull)
    await ground.ask(DEQUEUE, pull)
    await ground.playground.settled()
    reasons = [one["reason"] for one in ground.hooks.of("pull_request") if "reason" in one]
    assert reasons == ["BRANCH_PROTECTIONS", "MANUAL"]


async def test_a_moved_base_builds_the_group_anew(ground):
    ground.playground.protect(REPO, checks=["ci"], merge_queue=True)
    pull = await ground.pull()
    await ground.check(pull["head"]["sha"])
    await ground.ask(ENQUEUE, pull)
    (first,) = await ground.groups()
    new = await ground.ada.push_files(REPO, "main", {"other": b"1"})
    again = (await ground.groups())[-1]
    assert (again["base_sha"], again["head_sha"] != first["head_sha"]) == (new, True)
    await ground.check(first["head_sha"])
    assert not (await ground.seen(pull))["merged"]
    await ground.check(again["head_sha"])
    assert (await ground.seen(pull))["merged"]
