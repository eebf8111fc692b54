"""How many calls a migration costs GitHub."""

from collections import Counter

from tests.end_to_end.act import NAME
from tests.end_to_end.files import many

POSTS = {
    "POST /repos/acme/platform/pulls": 1,
    "POST /repos/acme/platform/issues/N/labels": 1,
    "POST /repos/acme/platform/check-runs": 2,
}
"""What a folder costs until it is decided."""
READS = 25
"""More than one reconcile after another needs, whatever the number of folders."""


async def test_a_folder_costs_four_writes_and_no_read_and_all_of_them_one_push(stage):
    act = await stage(many(10))
    with act.counting() as counted:
        await act.begins()
    kinds = counted.kinds()
    assert {kind: kinds.pop(kind) for kind in POSTS} == {kind: 10 * each for kind, each in POSTS.items()}
    assert kinds.pop("POST /acme/platform.git/git-receive-pack") == 1
    assert kinds.pop("POST /repos/acme/platform/issues/N/comments") == 1
    # The status comment tells of the way: a few edits, not one a folder.
    assert kinds.pop("PATCH /repos/acme/platform/issues/comments/N") <= 2
    assert kinds == {}
    # No read names a folder: neither its pull request, nor its branch, nor its commit.
    ours = {str(one.number) for one in act.pulls} | {one.head_sha for one in act.pulls}
    assert [path for path in counted.reads if ours & set(path.split("/"))] == []
    assert [one.query for one in counted.exchanges if "part-" in str(one.query)] == []
    assert len(counted.reads) <= READS, Counter(counted.reads)


async def test_the_reads_do_not_grow_with_the_folders(stage):
    act = await stage(many(30, each=1))
    with act.counting() as counted:
        await act.begins()
    assert len(act.pulls) == 30
    assert len(counted.reads) <= READS, Counter(counted.reads)
    assert len(counted.pushes) == 1
    assert len(counted.writes) <= 4 * 30 + 6

    # One more look costs a handful, most of it unchanged since the last.
    await act.does(act.ada.edit_issue(NAME, act.issue.number, title="Look"))
    with act.counting() as counted:
        await act.does(act.ada.edit_issue(NAME, act.issue.number, title="Look again"))
    assert counted.writes == []
    assert len(counted.reads) <= 8, Counter(counted.reads)
    assert sum(one.status == 304 for one in counted.exchanges) >= 3


async def test_a_decided_folder_costs_a_comment_and_a_check_more(stage):
    act = await stage(many(4, each=1))
    await act.begins()
    with act.counting() as counted:
        await act.does(act.ben.merge(NAME, act.pull("part-01", "many").number))
    kinds = counted.kinds()
    assert kinds.pop("POST /repos/acme/platform/issues/N/comments") == 1
    assert kinds.pop("POST /repos/acme/platform/check-runs") == 1
    assert kinds.pop("PATCH /repos/acme/platform/issues/comments/N") == 1
    assert kinds == {}
