"""Installed: one pull request, the labels, and silence until it is merged."""

from bot.reports.markers import marker_of
from templates import file
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import BODY, FORM, SETTINGS, files

OURS = {"migration", "graftsman", "graftsman/folder"}


async def test_installation_brings_one_pull_request_and_nothing_else_happens_before_it_is_merged(stage):
    act = await stage(files(settings=None))
    (onboarding,) = act.pulls
    assert (onboarding.head_ref, onboarding.base_ref, onboarding.issue.user.login) == (
        "graftsman/onboarding",
        "main",
        BOT,
    )
    assert marker_of(onboarding.issue.body).kind == "onboarding"
    assert {label.name for label in act.repository.labels.values()} >= OURS
    assert await act.file(SETTINGS, onboarding.head_sha) == file("repository/graftsman.yml")
    assert await act.file(FORM, onboarding.head_sha) == file("repository/migration.yml")
    head = await act.commit(onboarding.head_sha)
    assert head.parents == (act.repository.branch("main"),)

    # A labelled issue meets silence, and so do a second look and a second life.
    issue = await act.begins()
    await act.delivered_again()
    await act.restart()
    assert (issue.comments, len(act.pulls), issue.state) == ([], 1, "open")
    assert [name for name in act.repository.store.refs if "staging" in name] == []

    # Merged: the issue that waits is carried out at once.
    await act.does(act.ada.merge(NAME, onboarding.number))
    assert "0 of 3 folders merged" in act.plan
    assert act.open_folders() == ["chat", "types"]
    assert len([one for one in act.pulls if one.head_ref == "graftsman/onboarding"]) == 1


async def test_a_no_is_a_no(stage):
    act = await stage(files(settings=None))
    (onboarding,) = act.pulls
    await act.does(act.ada.close(NAME, onboarding.number), act.ada.delete_branch(NAME, "graftsman/onboarding"))
    await act.restart(forget=True)
    await act.delivered_again()
    await act.does(act.commits({"README.md": "# News\n"}))
    assert [one.issue.state for one in act.pulls] == ["closed"]
    assert act.repository.branch("graftsman/onboarding") is None

    # Until somebody commits the file by hand: that is a yes.
    await act.begins()
    assert act.issue.comments == []
    await act.does(act.commits({SETTINGS: "version: 1\n"}))
    assert act.open_folders() == ["chat", "types"]


async def test_where_the_file_is_there_already_nobody_is_asked(stage):
    act = await stage(files(**{FORM: "name: Ours\n"}))
    assert act.pulls == []
    assert {label.name for label in act.repository.labels.values()} >= OURS
    # A label that goes missing comes back.
    await act.does(act.ada.delete_label(NAME, "graftsman/folder"))
    assert {label.name for label in act.repository.labels.values()} >= OURS


async def test_an_issue_form_of_ones_own_stays(stage):
    act = await stage(files(settings=None, **{FORM: "name: Ours\n"}))
    (onboarding,) = act.pulls
    assert await act.file(FORM, onboarding.head_sha) == b"name: Ours\n"
    assert await act.file(SETTINGS, onboarding.head_sha) is not None


async def test_a_repository_added_later_is_asked_too_and_an_empty_one_when_it_has_a_commit(stage):
    act = await stage(files(settings=None), install=False)
    other = await act.playground.create_repository("acme", "empty")
    act.install()
    act.playground.add_to_installation(act.installation, "acme/empty")
    await act.settle()
    assert list(other.pulls) == []
    await act.does(act.ada.merge(NAME, act.pulls[0].number))
    act.playground.set_permission("acme/empty", "ada", "admin")
    await act.does(act.ada.push_files("acme/empty", "main", {"README.md": b"# Hello\n"}))
    assert [one.head_ref for one in other.pulls] == ["graftsman/onboarding"]


async def test_an_archived_repository_is_left_in_peace(stage):
    act = await stage(files(settings=None), install=False)
    act.playground.archive(NAME)
    with act.counting() as counted:
        act.install()
        await act.settle()
    assert (act.pulls, counted.writes) == ([], [])
    act.playground.archive(NAME, archived=False)
    await act.settle()
    assert [one.head_ref for one in act.pulls] == ["graftsman/onboarding"]


async def test_other_issues_are_none_of_our_business(stage):
    act = await stage()
    with act.counting() as counted:
        await act.does(act.rex.open_issue(NAME, "A bug", BODY), act.rex.comment(NAME, 1, "graftsman, please"))
        await act.does(act.ada.label(NAME, 1, "bug"), act.ada.close(NAME, 1))
    assert counted.writes == []
    assert act.pulls == []
