import asyncio
import contextlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import structlog

from bot.errors import UsageError, WorldError
from bot.runs.dispatcher import Dispatcher
from bot.runs.inbox import Delivery, Inbox
from bot.runs.queue import Limits, Queue, Retry, Target
from bot.runs.store import Store

FAST = Limits(parallel=3, lease=5.0, poll=0.05, again=0.02, job=20.0)
QUICK = Retry(first=0.02, most=0.1, faults=3)


def target(key, repository="o/r", kind="issue"):
    return Target(kind, str(key), repository, 7)


class Jobs:
    """A job that records its runs and does what each test wants of it."""

    def __init__(self):
        self.runs = []
        self.at_once = Counter()
        self.most = Counter()
        self.faults = {}
        self.gate = None

    async def __call__(self, one, run):
        self.runs.append((one, run))
        self.at_once[one.repository] += 1
        self.at_once["all"] += 1
        for name in (one.repository, "all"):
            self.most[name] = max(self.most[name], self.at_once[name])
        try:
            await asyncio.sleep(0.005)
            if self.gate is not None:
                await self.gate.wait()
            if self.faults.get(one.key):
                raise self.faults[one.key].pop(0)
        finally:
            self.at_once[one.repository] -= 1
            self.at_once["all"] -= 1

    @property
    def keys(self):
        return [one.key for one, _ in self.runs]


@pytest.fixture
async def jobs():
    return Jobs()


@pytest.fixture
async def make(store, jobs):
    """Makes queues; those still running at the end are stopped."""
    made = []

    def make(**options):
        made.append(Queue(store, {"issue": jobs, "pull": jobs}, **{"limits": FAST, "retry": QUICK, **options}))
        return made[-1]

    yield make
    for queue in made:
        await queue.stop(1)


async def until(condition, seconds=10):
    async with asyncio.timeout(seconds):
        while not (found := condition()):
            await asyncio.sleep(0.01)
    return found


async def test_a_request_is_served_once_and_dbos_has_it_on_record(make, jobs):
    queue = make()
    await queue.start()
    assert queue.running
    await queue.request([target(1)])
    await queue.idle(10)
    [(one, run)] = jobs.runs
    assert one == target(1)
    assert run.startswith("issue:1:1.1@")
    assert await queue.outcome(run) == {"status": "SUCCESS", "result": {"outcome": "done"}}
    assert await queue.outcome("none") is None
    await queue.request([target(1)])
    await queue.idle(10)
    assert jobs.keys == ["1", "1"]


async def test_what_was_wanted_before_the_start_is_served(make, jobs):
    queue = make()
    await queue.request([target(1), target(1), target(2, kind="pull")])
    await queue.request([target(1)])
    await queue.start()
    await queue.idle(10)
    assert sorted(jobs.keys) == ["1", "2"]


async def test_a_request_during_a_run_causes_another_run(make, jobs):
    queue = make()
    jobs.gate = asyncio.Event()
    await queue.start()
    await queue.request([target(1)])
    await until(lambda: jobs.runs)
    for _ in range(5):
        await queue.request([target(1)])
    jobs.gate.set()
    await queue.idle(10)
    assert jobs.keys == ["1", "1"]


async def test_a_burst_about_one_object_is_few_runs(make, jobs):
    queue = make(limits=Limits(poll=0.05, again=0.3))
    await queue.start()
    for _ in range(30):
        await queue.request([target(1)])
        await asyncio.sleep(0.01)
    await queue.idle(10)
    assert len(jobs.runs) <= 4


async def test_one_job_at_a_time_in_a_repository_and_several_repositories_at_once(make, jobs):
    queue = make()
    await queue.start()
    await queue.request([target(number, f"o/r{number % 5}") for number in range(40)])
    await queue.idle(20)
    assert Counter(jobs.keys) == Counter(str(number) for number in range(40))
    assert {jobs.most[f"o/r{number}"] for number in range(5)} == {1}
    assert 2 <= jobs.most["all"] <= FAST.parallel


async def test_many_objects_of_one_repository_do_not_hide_another(make, jobs):
    queue = make()
    await queue.request([target(number, "o/busy") for number in range(400)])
    await queue.request([target("other", "o/calm")])
    await queue.start()
    await until(lambda: "other" in jobs.keys)
    assert len(jobs.runs) < 20
    await queue.stop(1)


async def test_the_worlds_fault_is_tried_again_with_backoff(make, jobs):
    ended = []
    queue = make(observe=ended.append)
    jobs.faults["1"] = [WorldError(f"down {number}") for number in range(6)]
    await queue.start()
    await queue.request([target(1)])
    await queue.idle(10)
    assert [one.outcome for one in ended] == ["retry"] * 6 + ["done"]
    assert len({run for _, run in jobs.runs}) == 7
    status = await queue.status()
    assert (status.retrying, status.parked, status.troubles) == (0, 0, ())


async def test_waiting_is_visible_and_does_not_hold_the_repository(make, jobs):
    queue = make(retry=Retry(first=30, most=300))
    error = WorldError("rate limited")
    error.retry_after = 120.0
    jobs.faults["1"] = [error]
    await queue.start()
    await queue.request([target(1), target(2)])
    await until(lambda: set(jobs.keys) == {"1", "2"})
    await asyncio.sleep(0.1)
    status = await queue.status()
    assert (status.wanted, status.retrying, status.running) == (1, 1, 0)
    [trouble] = status.troubles
    assert (trouble.key, trouble.attempts, trouble.parked, trouble.last_error) == (
        "1",
        1,
        False,
        "WorldError: rate limited",
    )
    assert 115 < trouble.next_attempt_at - datetime.now(UTC).timestamp() < 305
    await queue.request([target(1)])  # keeps its time: an outage is not hammered
    await asyncio.sleep(0.2)
    assert jobs.keys.count("1") == 1
    with pytest.raises(TimeoutError):
        await queue.idle(0.1)


async def test_our_own_fault_is_parked_and_a_new_request_revives_it(make, jobs):
    ended = []
    queue = make(observe=ended.append)
    jobs.faults["1"] = [KeyError("x"), WorldError("y"), KeyError("x"), KeyError("x")]
    await queue.start()
    await queue.request([target(1)])
    await queue.idle(10)
    assert [one.outcome for one in ended] == ["retry", "retry", "retry", "parked"]
    status = await queue.status()
    assert (status.wanted, status.parked, status.troubles[0].last_error) == (0, 1, "KeyError: 'x'")
    await queue.request([target(1)], revive=False)
    await asyncio.sleep(0.2)
    assert len(jobs.runs) == 4
    await queue.request([target(1)])
    await queue.idle(10)
    assert (await queue.status()).parked == 0
    assert len(jobs.runs) == 5


async def test_a_new_start_revives_what_was_parked(make, jobs):
    queue = make()
    jobs.faults["1"] = [KeyError("x")] * 3
    await queue.start()
    await queue.request([target(1)])
    await queue.idle(10)
    await queue.stop()
    queue = make()
    await queue.start()
    await queue.idle(10)
    assert len(jobs.runs) == 4
    assert (await queue.status()).parked == 0


async def test_a_job_that_takes_too_long_is_cancelled(make, jobs):
    ended = []
    queue = make(limits=Limits(poll=0.05, again=0.02, job=0.1), observe=ended.append, retry=Retry(first=60))
    jobs.gate = asyncio.Event()
    await queue.start()
    await queue.request([target(1)])
    await until(lambda: ended)
    assert ended[0].outcome == "retry"
    [trouble] = (await queue.status()).troubles
    assert trouble.last_error == "WorldError: the job took longer than 0.1 s"
    assert jobs.at_once["all"] == 0


async def test_a_job_that_cancels_itself_is_a_fault(make, jobs):
    ended = []
    queue = make(observe=ended.append)
    jobs.faults["1"] = [asyncio.CancelledError()]
    await queue.start()
    await queue.request([target(1)])
    await queue.idle(10)
    assert [one.outcome for one in ended] == ["retry", "done"]


async def test_stopping_waits_for_jobs_under_way(make, jobs):
    ended = []
    queue = make(observe=ended.append)
    jobs.gate = asyncio.Event()
    await queue.start()
    await queue.request([target(1), target(2)])
    await until(lambda: jobs.runs)
    stopping = asyncio.create_task(queue.stop(10))
    await asyncio.sleep(0.2)
    jobs.gate.set()
    await stopping
    assert [one.outcome for one in ended] == ["done"]
    assert not queue.running
    assert (await queue.status()).wanted == 1


async def test_what_a_stop_cancels_stays_wanted_and_frees_its_repository(make, jobs):
    ended = []
    queue = make(observe=ended.append)
    jobs.gate = asyncio.Event()
    await queue.start()
    await queue.request([target(1)])
    await until(lambda: jobs.runs)
    await queue.stop(0.1)
    assert [one.outcome for one in ended] == ["stopped"]
    status = await queue.status()
    assert (status.wanted, status.running, status.retrying) == (1, 0, 0)
    jobs.gate.set()
    queue = make()
    await queue.start()
    await queue.idle(10)
    assert len(jobs.runs) == 2


async def test_the_loop_keeps_a_thread_pool_after_a_stop(make):
    queue = make()
    await queue.start()
    await queue.request([target(1)])
    await queue.idle(10)
    await queue.stop()
    assert await asyncio.to_thread(lambda: 7) == 7


async def test_an_outlived_store_starts_over_beside_dbos_records(make, jobs, store):
    """Our table is a cache (law 9): lost and made anew, its counts start over, and nothing may stall on old records."""
    queue = make()
    await queue.start()
    await queue.request([target(1)])
    await queue.idle(10)
    await store.write(lambda c: c.execute(sa.text("DELETE FROM graftsman_objects")))
    await asyncio.sleep(1.1)
    await queue.request([target(1)])
    await queue.idle(5)
    assert len(jobs.runs) == 2


async def test_a_lost_lease_ends_the_run_and_its_result_does_not_count(make, jobs, store):
    ended = []
    queue = make(limits=Limits(poll=0.05, again=0.02, lease=0.4), observe=ended.append)
    jobs.gate = asyncio.Event()
    await queue.start()
    await queue.request([target(1)])
    await until(lambda: jobs.runs)
    steal = sa.text("UPDATE graftsman_leases SET owner = 'other', until = until + 0.5")
    await store.write(lambda c: c.execute(steal))
    await until(lambda: ended)
    assert ended[0].outcome == "lost"
    jobs.gate.set()
    await queue.idle(10)
    assert [one.outcome for one in ended] == ["lost", "done"]


async def test_a_result_after_the_lease_was_taken_does_not_count(make, jobs, store):
    ended = []
    queue = make(observe=ended.append)
    jobs.gate = asyncio.Event()
    await queue.start()
    await queue.request([target(1)])
    await until(lambda: jobs.runs)
    await store.write(lambda c: c.execute(sa.text("UPDATE graftsman_leases SET run = 'another'")))
    jobs.gate.set()
    await until(lambda: ended)
    assert ended[0].outcome == "lost"
    assert (await queue.status()).wanted == 1


async def test_an_object_that_kills_its_process_waits_so_that_others_get_their_turn(make, jobs, store):
    queue = make(retry=Retry(first=60))
    await queue.request([target(1)])
    dead = sa.text("INSERT INTO graftsman_leases VALUES ('o/r', 'dead', 'run', 0, 'issue', '1')")
    for _ in range(3):
        await store.write(lambda c: c.execute(dead))
        await store.write(queue._leases.reap)
    await queue.start()
    await queue.request([target(2)])
    await until(lambda: jobs.runs)
    await asyncio.sleep(0.2)
    assert jobs.keys == ["2"]


async def test_one_queue_in_a_process(make, where, jobs):
    queue = make()
    await queue.start()
    store = await Store.open(where)
    with pytest.raises(UsageError, match="DBOS is one"):
        await Queue(store, {"issue": jobs}, executor_id="second").start()
    with pytest.raises(UsageError, match="executor id"):
        await Queue(store, {"issue": jobs}).start()
    await store.close()


async def test_unknown_kinds_are_refused(make):
    queue = make()
    with pytest.raises(UsageError, match="no job"):
        await queue.request([target(1, kind="other")])


async def test_objects_of_a_kind_that_is_gone_wait_quietly(store, jobs, make):
    await Queue(store, {"later": jobs}).request([target(1, kind="later")])
    queue = make()
    await queue.start()
    await queue.request([target(2)])
    await until(lambda: jobs.runs)
    await asyncio.sleep(0.2)
    assert jobs.keys == ["2"]


async def test_schedules_run_at_start_and_again_and_survive_faults(make, jobs):
    calls = []

    async def targets():
        calls.append(1)
        if len(calls) == 2:
            raise WorldError("down")
        if len(calls) == 3:
            raise KeyError("oops")
        return [target(1)]

    queue = make()
    queue.every("sweep", 0.1, targets)
    await queue.start()
    with pytest.raises(UsageError):
        queue.every("late", 1, targets)
    await until(lambda: len(jobs.runs) >= 3)
    assert len(calls) >= 5
    await queue.stop()
    calls.clear()
    again = make()
    again.every("sweep", 1000, targets)
    await again.start()
    await until(lambda: calls)


async def test_replicas_share_a_schedule(store, make):
    leases = [make(executor_id=name)._leases for name in ("a", "b")]
    turns = [await store.write(lambda c, one=one: one.turn(c, "sweep", 100, now_too=False)) for one in leases * 3]
    assert turns == [True, False, False, False, False, False]
    assert await store.write(lambda c: leases[1].turn(c, "sweep", 100, now_too=True))


async def test_logs_carry_run_and_delivery(make, store):
    seen = []

    async def job(one, run):
        seen.append((run, structlog.contextvars.get_contextvars()))

    queue = Queue(store, {"issue": job}, limits=FAST)
    await queue.start()
    await queue.request([target(1)], cause="delivery-1")
    await queue.idle(10)
    await queue.stop()
    [(run, bound)] = seen
    assert bound == {"run": run, "kind": "issue", "key": "1", "repository": "o/r", "delivery": "delivery-1"}


async def test_old_records_are_pruned(make, jobs, store):
    queue = make(keep=timedelta(seconds=0))
    await queue.start()
    await queue.request([target(number) for number in range(3)])
    await queue.idle(10)
    inbox = Inbox(store)
    await inbox.put(Delivery("1", "push", None, 1, "o/r", b"{}", datetime.now(UTC) - timedelta(seconds=5)))
    await inbox.done(["1"])
    await asyncio.sleep(1.1)  # DBOS's clock has whole seconds on Python 3.11
    assert await queue.prune() == (1, 3)
    assert await queue.outcome(jobs.runs[0][1]) is None


def delivery(number, about, event="push"):
    return Delivery(str(number), event, None, 7, "o/r", str(about).encode(), datetime.now(UTC))


def decide(one):
    if one.event == "broken":
        raise KeyError("no such member")
    if one.event == "odd":
        return [target(1, kind="unheard-of")]
    return [target(part) for part in one.payload.decode().split()]


async def test_deliveries_are_coalesced(make, jobs, store):
    queue, inbox = make(), Inbox(store)
    dispatcher = Dispatcher(inbox, queue, decide, batch=40)
    for number in range(100):
        await inbox.put(delivery(number, number % 3))
    assert [await dispatcher.once() for _ in range(4)] == [40, 40, 20, 0]
    await queue.start()
    await queue.idle(10)
    assert sorted(jobs.keys) == ["0", "1", "2"]


async def test_a_delivery_is_dispatched_once_whoever_does_it(make, store):
    queue, inbox = make(), Inbox(store)
    await inbox.put(delivery(1, 5))
    for _ in range(3):
        await queue.dispatch({"1": [target(5)], "unknown": [target(6)]})
    rows = await store.read(lambda c: c.execute(sa.text("SELECT key, wanted, cause FROM graftsman_objects")).all())
    assert [tuple(row) for row in rows] == [("5", 1, "1")]


async def test_a_delivery_that_nobody_understands_is_parked_and_blocks_nothing(make, jobs, store):
    queue, inbox = make(), Inbox(store)
    dispatcher = Dispatcher(inbox, queue, decide)
    await queue.start()
    await dispatcher.start()
    await inbox.put(delivery("bad", 1, "broken"))
    await inbox.put(delivery("odd", 1, "odd"))
    await inbox.put(delivery("none", ""))
    await inbox.put(delivery("good", "1 2"))
    await queue.idle(10)
    assert sorted(jobs.keys) == ["1", "2"]
    assert await inbox.parked() == [
        ("odd", "UsageError: no job for kind 'unheard-of'"),
        ("bad", "KeyError: 'no such member'"),
    ]
    assert dispatcher.running
    await dispatcher.stop()
    await dispatcher.stop()
    assert not dispatcher.running


async def test_a_store_that_goes_away_for_a_while(make, jobs, where):
    store = await Store.open(where)
    queue = Queue(store, {"issue": jobs}, limits=FAST, retry=QUICK)
    inbox = Inbox(store)
    dispatcher = Dispatcher(inbox, queue, decide)
    jobs.gate = asyncio.Event()
    await queue.start()
    await dispatcher.start()
    await inbox.put(delivery(1, 1))
    await until(lambda: jobs.runs)
    run, away = store._run, True

    def flaky(engine, work):
        if away:
            raise sa.exc.OperationalError("", {}, Exception("gone"))
        return run(engine, work)

    def failing(engine, work):
        from bot.runs.store import StoreUnavailable

        with contextlib.suppress(sa.exc.OperationalError):
            return flaky(engine, work)
        raise StoreUnavailable("gone")

    store._run = failing
    jobs.gate.set()
    await asyncio.sleep(0.5)
    away = False
    await inbox.put(delivery(2, 2))
    await queue.idle(10)
    assert jobs.keys == ["1", "2"]
    assert queue.running
    await dispatcher.stop()
    await queue.stop()
    await store.close()


async def test_a_kind_apart_waits_neither_for_its_repositorys_turn_nor_for_a_place(make, store, jobs):
    beside = Jobs()
    queue = Queue(store, {"issue": jobs, "eyes": beside}, limits=FAST, retry=QUICK, apart={"eyes"})
    jobs.gate = asyncio.Event()
    await queue.start()
    try:
        await queue.request([target(n, f"o/{n}") for n in range(3)])  # as many as have a place
        await until(lambda: len(jobs.runs) == 3)
        await queue.request([target(1, "o/1", "eyes"), target(2, "o/1", "eyes"), target(9, "o/9", "eyes")])
        await until(lambda: len(beside.runs) == 3)
        assert beside.most["o/1"] == 1, "one at a time in its own lane"
        assert {name for name, _ in (await queue.status()).runs} >= {"o/0", "o/1", "o/2"}
        assert all("//" not in name for name, _ in (await queue.status()).runs)
        assert len(jobs.runs) == 3
        jobs.gate.set()
        await queue.idle(10)
        assert (await queue.status()).running == 0
    finally:
        await queue.stop(1)


async def test_a_kind_that_is_not_apart_waits_for_its_turn(store, jobs):
    beside = Jobs()
    queue = Queue(store, {"issue": jobs, "eyes": beside}, limits=FAST, retry=QUICK)
    jobs.gate = asyncio.Event()
    await queue.start()
    try:
        await queue.request([target(1)])
        await until(lambda: jobs.runs)
        await queue.request([target(1, kind="eyes")])
        await asyncio.sleep(0.3)
        assert not beside.runs
        jobs.gate.set()
        await queue.idle(10)
        assert beside.runs
    finally:
        await queue.stop(1)


async def test_what_died_in_a_lane_apart_is_taken_up_again(make, store, jobs):
    beside = Jobs()
    queue = Queue(store, {"eyes": beside}, limits=FAST, retry=QUICK, apart={"eyes"})
    await queue.request([target(1, kind="eyes")])
    await store.write(lambda c: queue._leases.claim(c, {"eyes"}, 1))  # an earlier life took it, and was killed
    await queue.start()
    try:
        await queue.idle(10)
        assert beside.keys == ["1"]
    finally:
        await queue.stop(1)
