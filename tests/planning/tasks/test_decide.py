"""What is decided of each task, case by case: ``cast`` has the language."""

from datetime import timedelta, timezone

import pytest

from tests.planning.tasks.cast import NOW, following, plan, told, what

STATES = [
    ("1", "1 ready!"),
    ("1 done", "1 done"),
    ("1 dropped", "1 deprecated"),
    ("1 dropped >2; 2 hold", "1 subsumed; 2 ready hold"),
    ("1 >2 done; 2 hold", "1 subsumed; 2 ready hold"),
    ("1 draft", "1 in-progress"),
    ("1 open", "1 in-review"),
    ("1 done open", "1 done"),
    ("1 draft hold", "1 in-progress hold"),
    ("1 merged", "1 ready merged-and-reopened"),
    ("1 merged retry", "1 ready merged-and-reopened"),
    ("1 merged ordered", "1 ready! merged-and-reopened"),
    ("1 merged ordered hold", "1 ready hold merged-and-reopened"),
    ("1 merged <2; 2 hold", "1 blocked waits-for:2 merged-and-reopened; 2 ready hold"),
    ("1 closed", "1 ready pull-closed"),
    ("1 closed <2; 2 hold", "1 blocked waits-for:2 pull-closed; 2 ready hold"),
    ("1 closed ordered", "1 ready!"),
    ("1 closed retry", "1 ready!"),
    ("1 closed retry hold", "1 ready hold"),
    ("1 fault", "1 blocked faults:bad-form"),
    ("1 fault ordered", "1 blocked faults:bad-form"),
    ("1 fault draft", "1 in-progress faults:bad-form"),
    ("1 hold", "1 ready hold"),
    ("1 hold ordered", "1 ready hold"),
    ("1 out; 2 <1", "2 blocked waits-for:1"),
    ("1 out done; 2 <1", "2 ready!"),
    ("", ""),
]

WAITING = [
    ("1 hold; 2 <1", "1 ready hold; 2 blocked waits-for:1"),
    ("1 done; 2 <1", "1 done; 2 ready!"),
    ("1 draft; 2 <1", "1 in-progress; 2 blocked waits-for:1"),
    ("1 open; 2 <1", "1 in-review; 2 blocked waits-for:1"),
    ("1 done; 2 draft; 3 hold; 4 <3,2,1,3", "1 done; 2 in-progress; 3 ready hold; 4 blocked waits-for:2,3"),
    ("1 hold; 2 <1 ordered", "1 ready hold; 2 blocked waits-for:1"),
    ("1 hold; 2 <1 draft", "1 ready hold; 2 in-progress waits-for:1"),
    ("1 <8", "1 blocked unknown-dependency:8"),
    ("1 <8 ordered", "1 blocked unknown-dependency:8"),
    ("1 <1", "1 blocked self-dependency:1"),
    ("1 <1 ordered", "1 blocked self-dependency:1"),
    ("1 ^1", "1 blocked self-dependency:1"),
    ("1 dropped; 2 <1", "1 deprecated; 2 blocked dropped-dependency:1"),
    ("1 dropped; 2 <1 ordered", "1 deprecated; 2 ready!"),
    ("1 dropped; 2 <1,3 ordered; 3 draft", "1 deprecated; 2 blocked waits-for:3; 3 in-progress"),
    ("1 >9; 2 <1; 9 draft", "1 subsumed; 2 blocked waits-for:9 subsumed-dependency:1,9; 9 in-progress"),
    ("1 >9; 2 <1; 9 done", "1 subsumed; 2 ready!; 9 done"),
    ("1 >9; 2 <1; 9 dropped", "1 subsumed; 2 blocked dropped-dependency:1; 9 deprecated"),
    ("1 >9; 2 <1", "1 subsumed; 2 blocked dropped-dependency:1"),
    (
        "1 >9; 9 >8; 8 draft; 2 <1",
        "1 subsumed; 2 blocked waits-for:8 subsumed-dependency:1,8; 8 in-progress; 9 subsumed",
    ),
    ("1 >9; 9 >1; 2 <1", "1 subsumed; 2 blocked dropped-dependency:1; 9 subsumed"),
    ("1 >9; 9 <1", "1 subsumed; 9 ready!"),
    ("1 <2; 2 <1", "1 blocked waits-for:2 cycle:1,2; 2 blocked waits-for:1 cycle:1,2"),
    ("1 <2 ordered; 2 <1", "1 blocked waits-for:2 cycle:1,2; 2 blocked waits-for:1 cycle:1,2"),
    ("1 <2; 2 <1 done", "1 ready!; 2 done"),
    (
        "1 <2; 2 <3; 3 <1,2; 4 <3",
        (
            "1 blocked waits-for:2 cycle:1,2,3; 2 blocked waits-for:3 cycle:1,2,3; "
            "3 blocked waits-for:1,2 cycle:1,2,3; 4 blocked waits-for:3"
        ),
    ),
]

EPICS = [
    ("1; 9 hold; 1 ^9 hold", "1 ready hold; 9 ready hold children:1"),
    ("1 ^9 hold; 9", "1 ready hold; 9 ready children:1"),
    ("1 ^9 hold; 9 ordered", "1 ready hold; 9 ready children:1"),
    ("1 ^9 draft; 9", "1 in-progress; 9 in-progress children:1"),
    ("1 ^9 open; 9", "1 in-review; 9 in-progress children:1"),
    ("1 ^9 done; 2 ^9 hold; 9", "1 done; 2 ready hold; 9 in-progress children:2"),
    ("1 ^9 dropped; 2 ^9 hold; 9", "1 deprecated; 2 ready hold; 9 ready children:2"),
    ("1 ^9 done; 9", "1 done; 9 in-progress$"),
    ("1 ^9 done; 2 ^9 dropped; 9", "1 done; 2 deprecated; 9 in-progress$"),
    ("1 ^9 done; 9 hold", "1 done; 9 in-progress hold"),
    ("1 ^9 done; 9 fault", "1 done; 9 in-progress faults:bad-form"),
    ("1 ^9 done; 9 draft", "1 done; 9 in-progress"),
    ("1 ^9 done; 9 merged", "1 done; 9 in-progress merged-and-reopened"),
    ("1 ^9 done; 9 closed", "1 done; 9 in-progress pull-closed"),
    ("1 ^9 done; 9 <2; 2 draft", "1 done; 2 in-progress; 9 in-progress waits-for:2"),
    ("1 ^9 dropped; 9", "1 deprecated; 9 ready no-child-left:1"),
    ("1 ^9 dropped; 9 ordered", "1 deprecated; 9 ready no-child-left:1"),
    ("1 ^9 dropped; 9 <2; 2 draft", "1 deprecated; 2 in-progress; 9 blocked waits-for:2 no-child-left:1"),
    ("1 ^9 done; 2 ^9 >9; 9", "1 done; 2 subsumed; 9 ready!"),
    ("1 ^9 done; 2 >9; 9", "1 done; 2 subsumed; 9 ready!"),
    ("1 ^9 >9; 9", "1 subsumed; 9 ready!"),
    ("1 ^9 >9; 9 draft", "1 subsumed; 9 in-progress"),
    ("1 ^9 >8; 8 hold; 9", "1 subsumed; 8 ready hold; 9 ready no-child-left:1"),
    ("1 ^9 >9; 2 ^9 hold; 9", "1 subsumed; 2 ready hold; 9 ready children:2"),
    ("1 ^8 draft; 8 ^9; 9", "1 in-progress; 8 in-progress children:1; 9 in-progress children:8"),
    ("1 ^8 done; 8 ^9; 9", "1 done; 8 in-progress$; 9 in-progress children:8"),
    ("1 ^9 draft; 9 done", "1 in-progress; 9 done"),
    ("1 ^9 draft; 9 draft", "1 in-progress; 9 in-progress children:1"),
    # what an epic waits for, its children wait for
    ("1 draft; 2 ^9; 9 <1", "1 in-progress; 2 blocked epic-waits:1; 9 blocked waits-for:1 children:2"),
    ("1 done; 2 ^9; 9 <1", "1 done; 2 ready!; 9 ready children:2"),
    ("2 ^9; 9 <7", "2 blocked epic-waits:7; 9 blocked unknown-dependency:7 children:2"),
    ("1 dropped; 2 ^9; 9 <1", "1 deprecated; 2 blocked epic-waits:1; 9 blocked dropped-dependency:1 children:2"),
    ("1 dropped; 2 ^9 ordered; 9 <1", "1 deprecated; 2 ready!; 9 blocked dropped-dependency:1 children:2"),
    ("1 dropped; 2 ^9; 9 <1 ordered", "1 deprecated; 2 ready!; 9 ready children:2"),
    (
        "1 draft; 2 ^8; 8 ^9; 9 <1",
        "1 in-progress; 2 blocked epic-waits:1; 8 blocked epic-waits:1 children:2; 9 blocked waits-for:1 children:8",
    ),
    ("1 draft; 2 ^8; 8 ^9 done; 9 <1", "1 in-progress; 2 blocked epic-waits:1; 8 done; 9 in-progress waits-for:1"),
    ("1 draft; 2 ^9; 9 <1 done", "1 in-progress; 2 ready!; 9 done"),
    ("1 draft; 2 ^9 draft; 9 <1", "1 in-progress; 2 in-progress epic-waits:1; 9 in-progress waits-for:1 children:2"),
    # an epic that is blocked by its own child says nothing new
    ("1 ^9 hold; 2 ^9 hold; 9 <1", "1 ready hold; 2 ready hold; 9 blocked waits-for:1 children:1,2"),
    # circles over epics
    ("1 ^9 <9; 9", "1 blocked waits-for:9 cycle:1,9; 9 blocked cycle:1,9 children:1"),
    (
        "1 ^9; 2 <1; 9 <2",
        (
            "1 blocked epic-waits:2 cycle:1,9,2; 2 blocked waits-for:1 cycle:1,9,2; "
            "9 blocked waits-for:2 cycle:1,9,2 children:1"
        ),
    ),
    ("1 ^2; 2 ^1", "1 blocked cycle:1,2 children:2; 2 blocked cycle:1,2 children:1"),
    ("1 ^2 hold; 2 out", "1 ready hold"),
    ("1 ^7", "1 ready!"),
]


@pytest.mark.parametrize(("text", "expected"), STATES + WAITING)
def test_states_and_waiting(text, expected):
    assert what(text) == expected


@pytest.mark.parametrize(("text", "expected"), EPICS)
def test_epics(text, expected):
    assert what(text) == expected


ONE = {"max_open": 1}
LANES = {"lanes": {"a": {"priority": 5, "max_open": 1}, "b": {"priority": 9}, "c": {}}, "max_open": 0}
STARTING = [
    # settings, tasks, decisions
    ({"autopilot": False}, "1; 2 ordered", "1 ready autopilot-off; 2 ready!"),
    ({"autopilot": False}, "1 closed retry", "1 ready!"),
    ({"autopilot": False}, "1 closed", "1 ready pull-closed"),
    # how many at once
    (ONE, "1; 2", "1 ready!; 2 ready limit-open:1"),
    (ONE, "1 draft; 2", "1 in-progress; 2 ready limit-open:1"),
    (ONE, "1 open; 2 ordered", "1 in-review; 2 ready!"),
    (ONE, "1; 2 ordered", "1 ready limit-open:1; 2 ready!"),
    (ONE, "1 done open; 2", "1 done; 2 ready!"),
    (ONE, "1 out draft; 2", "2 ready!"),
    (ONE, "1 closed; 2", "1 ready pull-closed; 2 ready!"),
    (ONE, "1 closed retry; 2 high", "1 ready limit-open:1; 2 ready!"),
    ({"max_open": 0}, "1; 2; 3 draft", "1 ready!; 2 ready!; 3 in-progress"),
    # lanes
    (LANES, "1 lane:a; 2 lane:a; 3 lane:b", "1 ready!; 2 ready limit-lane:a:1; 3 ready!"),
    (LANES, "1 lane:a draft; 2 lane:a; 3 lane:x", "1 in-progress; 2 ready limit-lane:a:1; 3 ready!"),
    ({**LANES, "default_lane": "a"}, "1 draft; 2", "1 in-progress; 2 ready limit-lane:a:1"),
    ({**LANES, "max_open": 1}, "1 lane:a; 2 lane:b; 3 lane:a", "1 ready limit-open:1; 2 ready!; 3 ready limit-open:1"),
    # every limit is told, also one that only the last start has reached
    (
        {**LANES, "max_open": 2},
        "1 lane:a critical draft; 2 lane:a; 3 lane:c",
        "1 in-progress; 2 ready limit-open:2 limit-lane:a:1; 3 ready!",
    ),
    # some paths
    (
        {"paths": [{"paths": ["db/**"]}]},
        "1 p:db/a.sql; 2 p:db/b.sql; 3 p:web/**; 4",
        "1 ready!; 2 ready limit-path:1:db/**; 3 ready!; 4 ready!",
    ),
    (
        {"paths": [{"paths": ["db/**"], "max_open": 2}]},
        "1 draft t:db/a.sql; 2 p:db/b.sql; 3 p:*/c.sql",
        "1 in-progress; 2 ready!; 3 ready limit-path:2:db/**",
    ),
    # a pilot
    ({}, "1 pilot; 2; 3 ordered", "1 ready!; 2 ready pilot:1; 3 ready!"),
    ({}, "1 pilot open; 2; 3 pilot hold", "1 in-review; 2 ready pilot:1,3; 3 ready hold"),
    ({}, "1 pilot done; 2", "1 done; 2 ready!"),
    ({}, "1 pilot dropped; 2", "1 deprecated; 2 ready!"),
    # paths that others work on
    ({}, "1 draft p:a/**; 2 p:a/b", "1 in-progress; 2 ready paths-taken:1:a/b"),
    ({}, "1 open t:a/b p:c/**; 2 p:a/*; 3 p:c/d", "1 in-review; 2 ready paths-taken:1:a/b; 3 ready paths-taken:1:c/d"),
    ({}, "1 draft p:a/**; 2 p:a/b ordered", "1 in-progress; 2 ready!"),
    ({}, "1 draft p:a/**; 2 p:b/**", "1 in-progress; 2 ready!"),
    ({}, "1 draft p:a/**; 2", "1 in-progress; 2 ready!"),
    ({}, "1 done open p:a/**; 2 p:a/b", "1 done; 2 ready!"),
    ({}, "1 p:a/**; 2 p:a/b", "1 ready!; 2 ready paths-taken:1:a/b"),
    ({}, "1 p:a/**; 2 p:a/b high", "1 ready paths-taken:2:a/**; 2 ready!"),
    (LANES, "1 p:a/** critical lane:c; 2 p:a/b lane:b", "1 ready paths-taken:2:a/**; 2 ready!"),
    ({}, "1 p:a/**; 2 p:a/b; 3 <2", "1 ready paths-taken:2:a/**; 2 ready!; 3 blocked waits-for:2"),
    ({}, "1 p:a/**; 2 p:a/b age:1", "1 ready paths-taken:2:a/**; 2 ready!"),
    ({}, "1 p:a/** age:1; 2 p:a/b age:2", "1 ready paths-taken:2:a/**; 2 ready!"),
    ({}, "1 p:a/**; 2 p:a/b critical hold", "1 ready!; 2 ready hold"),
    ({}, "1 p:a/**; 2 p:a/b ordered", "1 ready paths-taken:2:a/**; 2 ready!"),
    ({}, "1 p:a/** ordered; 2 p:a/b ordered", "1 ready!; 2 ready!"),
    (ONE, "1 p:a/**; 2 p:a/b", "1 ready!; 2 ready limit-open:1 paths-taken:1:a/b"),
    (
        {},
        "1 p:a/**; 2 draft t:a/b <1; 3 draft t:a/b",
        "1 ready!; 2 in-progress waits-for:1; 3 in-progress goes-second:2:a/b",
    ),
    # one that waits for this very task does not take its paths: nobody would ever go on
    ({}, "1 draft p:a/** <2; 2 p:a/b", "1 in-progress waits-for:2; 2 ready!"),
    ({}, "1 draft p:a/** <3; 2 p:a/b; 3 <2", "1 in-progress waits-for:3; 2 ready!; 3 blocked waits-for:2"),
]


@pytest.mark.parametrize(("members", "text", "expected"), STARTING)
def test_what_starts(members, text, expected):
    assert what(text, **members) == expected


SECOND = [
    ({}, "1 draft t:a begun:1; 2 draft t:a begun:2", "1 in-progress goes-second:2:a; 2 in-progress"),
    ({}, "1 draft t:a begun:2; 2 open t:a begun:1", "1 in-progress; 2 in-review goes-second:1:a"),
    ({}, "1 draft t:a begun:1; 2 draft t:a begun:1", "1 in-progress; 2 in-progress goes-second:1:a"),
    ({}, "1 draft t:a; 2 draft t:a begun:1", "1 in-progress goes-second:2:a; 2 in-progress"),
    ({}, "1 draft t:a; 2 draft t:b", "1 in-progress; 2 in-progress"),
    ({}, "1 draft; 2 draft", "1 in-progress; 2 in-progress"),
    ({}, "1 draft t:a p:b; 2 draft t:c p:b", "1 in-progress; 2 in-progress"),
    ({}, "1 draft p:b/**; 2 draft t:b/c p:d", "1 in-progress; 2 in-progress goes-second:1:b/c"),
    ({}, "1 draft p:b/**; 2 draft p:b/*", "1 in-progress; 2 in-progress goes-second:1:b/*"),
    (LANES, "1 draft t:a begun:2 lane:a; 2 draft t:a begun:1 lane:b", "1 in-progress goes-second:2:a; 2 in-progress"),
    ({}, "1 draft t:a; 2 draft t:a done; 3 t:a", "1 in-progress; 2 done; 3 ready!"),
    (
        {},
        "1 draft t:a; 2 draft t:a t:b; 3 draft t:b",
        "1 in-progress; 2 in-progress goes-second:1:a; 3 in-progress goes-second:2:b",
    ),
    # what a task waits for goes before it whatever its lane
    (LANES, "1 draft t:a lane:c; 2 draft t:a lane:b <1", "1 in-progress; 2 in-progress waits-for:1 goes-second:1:a"),
    (
        LANES,
        "1 draft t:a lane:c; 2 draft t:a lane:b <3; 3 <1",
        "1 in-progress; 2 in-progress waits-for:3 goes-second:1:a; 3 blocked waits-for:1",
    ),
    (
        LANES,
        "1 draft t:a <2; 2 draft t:a <1",
        "1 in-progress waits-for:2 cycle:1,2; 2 in-progress waits-for:1 cycle:1,2 goes-second:1:a",
    ),
]


@pytest.mark.parametrize(("members", "text", "expected"), SECOND)
def test_who_goes_second(members, text, expected):
    assert what(text, **members) == expected


MORNING = {"days": ["wed", "thu"], "from": "08:00", "to": "12:30"}
NIGHT = {"days": ["tue"], "from": "22:00", "to": "12:31"}
WINDOWS = [
    # windows, decision on a Wednesday at 12:30
    ([], "ready!"),
    ([{}], "ready!"),
    ([MORNING], "ready window:2026-03-05T08:00:00+00:00"),
    ([{**MORNING, "to": "12:31"}], "ready!"),
    ([{"from": "12:30", "to": "12:31"}], "ready!"),
    ([{"from": "12:31", "to": "13:00"}], "ready window:2026-03-04T12:31:00+00:00"),
    ([NIGHT], "ready!"),
    ([{**NIGHT, "to": "12:30"}], "ready window:2026-03-10T22:00:00+00:00"),
    ([{**NIGHT, "to": "12:30"}, MORNING], "ready window:2026-03-05T08:00:00+00:00"),
    ([{"days": ["wed"], "from": "01:00", "to": "02:00"}], "ready window:2026-03-11T01:00:00+00:00"),
    ([{"from": "09:00", "to": "09:00"}], "ready window"),
    ([{"from": "24:00", "to": "06:00"}], "ready window:2026-03-05T00:00:00+00:00"),
]


@pytest.mark.parametrize(("windows", "expected"), WINDOWS)
def test_windows(windows, expected):
    assert told("1; 2 ordered", windows=windows) == {1: expected, 2: "ready!"}


def test_windows_are_in_utc_wherever_the_clock_is():
    zoned = NOW.astimezone(tz=timezone(timedelta(hours=9)))
    assert told("1", now=zoned, windows=[MORNING]) == {1: "ready window:2026-03-05T08:00:00+00:00"}
    assert told("1", now=NOW.replace(tzinfo=None), windows=[MORNING]) == told("1", windows=[MORNING])


def test_how_many_start_within_an_hour():
    ago = [NOW - timedelta(minutes=minutes) for minutes in (10, 40, 61)]
    assert what("1; 2; 3 ordered", starts=ago, max_starts_per_hour=3) == (
        "1 ready!; 2 ready limit-hour:2026-03-04T12:50:00+00:00:3; 3 ready!"
    )
    assert told("1", starts=ago, max_starts_per_hour=2) == {1: "ready limit-hour:2026-03-04T12:50:00+00:00:2"}
    assert told("1", starts=ago, max_starts_per_hour=1) == {1: "ready limit-hour:2026-03-04T13:20:00+00:00:1"}
    assert told("1", starts=[NOW - timedelta(hours=1)], max_starts_per_hour=1) == {1: "ready!"}
    assert told("1; 2", max_starts_per_hour=1)[2] == "ready limit-hour:2026-03-04T13:30:00+00:00:1"
    assert told("1 ordered; 2", max_starts_per_hour=1) == {1: "ready!", 2: "ready!"}
    assert told("1; 2 ordered", starts=ago, max_starts_per_hour=1)[2] == "ready!"


def test_limits_are_told_in_order():
    members = {
        "autopilot": False,
        "windows": [MORNING],
        "max_open": 1,
        "lanes": {"a": {"max_open": 1}},
        "paths": [{"paths": ["x/**"]}, {"paths": ["y"]}],
        "max_starts_per_hour": 1,
    }
    text = "1 draft pilot lane:a t:x/y; 2 lane:a p:x/**"
    assert told(text, starts=[NOW], **members)[2].split() == [
        "ready",
        "autopilot-off",
        "window:2026-03-05T08:00:00+00:00",
        "pilot:1",
        "limit-open:1",
        "limit-lane:a:1",
        "limit-path:1:x/**",
        "limit-hour:2026-03-04T13:30:00+00:00:1",
        "paths-taken:1:x/**",
    ]


def test_what_to_take_next():
    text = "1 age:3 p:a/**; 2 <1; 3 <2; 4 <1 high; 5 high p:b; 6 hold; 7 fault; 8 draft; 9 closed; 10 p:a/b; 11"
    assert following(text, max_open=4) == {
        5: ["priority:high", "free-paths"],
        1: ["critical-path:3", "priority:medium", "age:3", "free-paths", "unblocks:2,4"],
        11: ["priority:medium"],
        10: ["priority:medium", "paths-taken:1:a/b"],
    }
    assert list(following(text, max_open=3)) == [5, 1, 11, 10]
    assert list(following(text, autopilot=False)) == [5, 1, 10, 11]


def test_what_a_limit_holds_comes_behind_what_could_start():
    lanes = {"a": {"max_open": 1, "priority": 9}}
    assert list(following("1 draft lane:a; 2 lane:a critical; 3 low", lanes=lanes)) == [3, 2]
    assert list(following("1 draft lane:a; 2 lane:a critical; 3 low", lanes=lanes, autopilot=False)) == [3, 2]


def test_the_longest_chain_alone_is_the_critical_path():
    text = "1; 2 <1; 3 <2; 4; 5 <4; 6 done; 7 <3 out; 8 <6"
    planned = plan(text)
    assert planned.critical == (1, 2, 3)
    assert following(text)[4] == ["behind:1", "priority:medium", "unblocks:5"]
    assert following(text)[1] == ["critical-path:2", "priority:medium", "unblocks:2"]
    assert plan(text, durations={4: 50.0, 5: 60.0, 1: 5.0, 2: 5.0, 3: 5.0}).critical == (4, 5)


def test_cycles_are_told():
    assert plan("1 <3; 3 <2,1; 2 <1; 4 <4; 5 <6; 6 <5; 7 <6").cycles == ((1, 3), (4,), (5, 6))
    assert plan("1; 2 <1").cycles == ()
