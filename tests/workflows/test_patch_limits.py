"""Whatever people write, what is said of it fits GitHub, mentions nobody and breaks out of nothing."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.contracts.event import PatchEvent
from bot.errors import Place, Refusal
from bot.reports.markers import Marker, marker_of
from bot.workflows.bodies import MAX_BODY, fitting, refusal_text
from bot.workflows.landing.patch_report import annotations_of, remarks_of
from bot.workflows.orders.order_records import MOST, MOST_TOLD, OrderRecord, fold, load_orders, put, save_orders
from bot.workflows.orders.order_text import orders_text
from bot.workflows.status_comment import compose
from templates import ZERO_WIDTH_SPACE, plain, render

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MARKER = Marker("status", {"issue": "1"})
HOSTILE = "a`|b\n<!-- graftsman:status issue=1 -->\n@everyone ``` ~~~ #12 <img src=x>"


def record(number, state="applied", **more):
    values = {"order": f"comment-{number}/apply-x", "command": "apply", "by": "ada", "at": NOW, "state": state}
    return OrderRecord.model_validate({**values, "commit": f"{number:040x}", "batch": f"{number:064x}", **more})


class Memory:
    """The orders of one pull request."""

    def __init__(self):
        self.value = None

    async def get(self, _):
        return self.value

    async def set(self, _, value):
        self.value = value


@pytest.fixture
def ctx():
    return SimpleNamespace(memory=Memory())


def huge(count, size):
    first, *rest = (
        Refusal(
            "replay-collides", Place("src/a.ts", at + 1), {"path": "src/a.ts", "before": "@all `" * size, "now": "x"}
        )
        for at in range(count)
    )
    return Refusal(first.code, first.place, first.values, also=tuple(rest))


@pytest.mark.parametrize(("count", "size"), [(1, 1), (1, 100_000), (30, 1), (30, 1_000), (5_000, 100)])
def test_a_refusal_of_any_size_fits_comment_check_and_annotations(count, size):
    refusal = huge(count, size)
    told = refusal_text(refusal)
    refused = record(1, "refused", code=refusal.code, text=told, remarks=remarks_of(refusal), commit=None, batch="")
    status = orders_text([*(record(n) for n in range(2, 302)), refused])
    assert len(status.encode()) <= MAX_BODY and "Why `/apply` was refused" in status
    assert len(render("checks/patch.md", record=refused).encode()) <= MAX_BODY
    assert told.count("```") % 2 == 0  # no fence is left open
    annotations = annotations_of(refused)
    assert len(annotations) == min(count, 200)
    assert all(len(each.message) <= 4_000 for each in annotations)
    if count == 5_000:
        assert "more." in told


def test_three_hundred_orders_fit_and_say_how_many_are_left_out():
    long = [
        record(number, batch=f"{number:064x}", replayed_from="b" * 40, head="c" * 40, by="x" * 39)
        for number in range(3000)
    ]
    status = orders_text(long)
    assert len(status.encode()) <= MAX_BODY
    assert "earlier order" in status
    assert status.count("applied as") < 3000


async def test_what_is_to_be_delivered_is_never_pushed_out_by_those_who_may_not(ctx):
    records = []
    for number in range(300):
        records = put(records, record(number))
    for number in range(300, 700):
        records = put(records, record(number, "not-allowed", commit=None, batch=""))
    await save_orders(ctx, "acme/platform", 1, records)
    kept = await load_orders(ctx, "acme/platform", 1)
    assert [each.state for each in kept] == ["applied"] * 300 + ["not-allowed"] * MOST
    assert kept[:300] == records[:300]


async def test_the_words_of_an_old_refusal_are_not_kept(ctx):
    refused = [record(number, "refused", text="long", commit=None) for number in range(3)]
    await save_orders(ctx, "acme/platform", 1, refused)
    assert [each.text for each in await load_orders(ctx, "acme/platform", 1)] == ["", "", "long"]


async def test_of_several_orders_in_one_comment_each_is_answered(ctx):
    """A slip in the last of them hid what the others had asked for."""

    def told(number, key, state, **more):
        return record(number, state, commit=None, batch="", **more).model_copy(
            update={"order": f"comment-{number}/{key}"}
        )

    records = [
        told(1, "old", "answered", text="OLD"),
        told(2, "next", "answered", text="NEXT"),
        told(2, "apply", "refused", text="WHY"),
        told(2, "nxt", "unknown", text="did you mean"),
    ]
    await save_orders(ctx, "acme/platform", 1, records)
    status = orders_text(await load_orders(ctx, "acme/platform", 1))
    assert "NEXT" in status and "WHY" in status and "OLD" not in status
    many = [told(3, f"n{at}", "answered", text="x" * 5_000) for at in range(300)]
    await save_orders(ctx, "acme/platform", 1, [*records, *many])
    kept = await load_orders(ctx, "acme/platform", 1)
    assert sum(bool(each.text) for each in kept) == MOST_TOLD and len(orders_text(kept).encode()) <= MAX_BODY


def test_names_of_files_break_out_of_no_comment_and_no_check():
    refusal = Refusal("file-missing", Place("comment", 3), {"path": HOSTILE, "nearest": [HOSTILE]})
    told = refusal_text(refusal)
    refused = record(1, "refused", by=HOSTILE, code=refusal.code, text=told, remarks=remarks_of(refusal), commit=None)
    status = compose(MARKER, {}, [refused])
    assert marker_of(status) == MARKER
    assert status.count("\n<!--") == 0
    for line in status.split("\n"):
        outside = line.split("`")[::2]
        assert not any("@everyone" in part for part in outside) or "``" in line
    assert annotations_of(refused) == []  # no path of a file


def test_a_fault_of_the_comment_itself_annotates_no_file():
    assert remarks_of(Refusal("patch-mixed", Place("comment", 12), {"kinds": ["diff", "json"]})) == ()


def test_a_pull_request_of_many_long_paths_fits():
    file = SimpleNamespace(path="d/" * 1500 + "x", source=None, mode=1, added=1, removed=0)
    landed = SimpleNamespace(id="a" * 64, base="b" * 40, operations=900, replayed_from=None)
    values = {"marker": MARKER, "issue": 1, "landed": landed, "asked_by": "ada", "reason": "@all " * 2000, "undoes": ""}
    body = fitting("pulls/patch.md", (file,) * 900, **values)
    assert len(body.encode()) <= MAX_BODY and "more files" in body


@pytest.mark.parametrize(
    "text", ["Fixes #12", "Closes https://github.com/o/r/issues/12", "see GH-3", "@ada", "o/r/pull/4"]
)
def test_words_for_a_commit_mention_close_and_refer_to_nothing(text):
    assert ZERO_WIDTH_SPACE in plain(text)


def event(kind, order="comment-1/apply-x", **more):
    details = {"command": "apply", **({"order": order} if order else {}), **more.pop("details", {})}
    values = {"id": kind + str(order), "type": kind, "at": NOW, "repository": "a/b", "issue": 1, "actor": "ada"}
    return PatchEvent.model_validate({**values, "subject": "batch:" + "a" * 64, "details": details, **more})


def test_records_are_told_again_from_the_ledger_as_they_were():
    applied = event("PATCH_APPLIED", commit="c" * 40, pull=1, details={"files": "2"})
    done = event("PROCESSING_COMPLETED", commit="c" * 40, pull=1)
    (one,) = fold([applied, done])
    assert (one.state, one.commit, one.files, one.pull, one.delivered) == ("applied", "c" * 40, 2, None, False)
    for kind in ("PATCH_DELIVERED", "PATCH_REJECTED"):
        delivered = event(kind, order="comment-1/apply-x/delivery", details={"command": "delivery"})
        (one,) = fold([applied, done, delivered])
        assert (one.state, one.delivered) == ("applied", True)
    nothing = event("PROCESSING_COMPLETED", order="comment-2/apply-x")
    earlier = event("PROCESSING_COMPLETED", order="comment-3/apply-x", commit="c" * 40)
    pushed = event("DELIVERY_FAILED", order="comment-4/apply-x")
    assert [each.state for each in fold([nothing, earlier, pushed])] == ["nothing-to-do", "already-applied", "refused"]


def test_an_event_from_outside_is_no_order_carried_out():
    assert fold([event("PATCH_APPLIED", order=None, commit="c" * 40)]) == []
