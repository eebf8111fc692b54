"""Real processes, killed for good (SIGKILL) at numbered points and at any instant: nothing is lost, nothing overlaps."""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.runs import victim

COUNT = 12
SEED = 20261120
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.runs.victim"])  # DBOS is imported once, not once for each death


def start(where, home, *options):
    process = FORKS.Process(target=victim.run, args=([str(where), str(home), *map(str, options)],), daemon=True)
    process.start()
    return process


def ended(process):
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def finish(process, home):
    assert ended(process) == 0, (home / "log").read_text()[-3000:]


def kill_at(where, home, point):
    code = ended(start(where, home, "--die", point))
    assert code in (-signal.SIGKILL, 0), (home / "log").read_text()[-3000:]
    return code


def until(condition, process):
    end = time.monotonic() + 30
    while not condition():
        assert process.is_alive()
        assert time.monotonic() < end
        time.sleep(0.005)


def check(home, count=COUNT):
    assert not (home / "violation").exists()
    assert len(list(home.glob("ack-*"))) == count
    for changes in home.glob("changes-*"):
        assert (home / changes.name.replace("changes", "seen")).read_text() == changes.read_text()


@pytest.fixture
def home(tmp_path):
    made = tmp_path / "world"
    made.mkdir()
    return made


def points_of_a_run(tmp_path):
    home = tmp_path / "calm"
    home.mkdir()
    finish(start(tmp_path / "calm.db", home), home)
    return int((home / "points").read_text())


def dies_and_recovers(tmp_path, point):
    home = tmp_path / f"world-{point}"
    home.mkdir()
    code = kill_at(tmp_path / f"{point}.db", home, point)
    finish(start(tmp_path / f"{point}.db", home), home)
    check(home)
    return code != 0


def test_killed_at_seeded_points_nothing_is_lost(tmp_path):
    last = points_of_a_run(tmp_path)
    assert last > 100
    points = random.Random(SEED).sample(range(1, last), 20)
    assert sum(dies_and_recovers(tmp_path, point) for point in points) >= 15


@pytest.mark.all_points
@pytest.mark.timeout(1800)
def test_killed_at_every_point_nothing_is_lost(tmp_path):
    for point in range(1, points_of_a_run(tmp_path) + 1):
        dies_and_recovers(tmp_path, point)


def test_killed_again_and_again_it_still_ends(where, home):
    dice = random.Random(SEED)
    for _ in range(8):
        process = start(where, home)
        time.sleep(dice.uniform(0, 0.4))
        process.kill()
        ended(process)
    finish(start(where, home), home)
    check(home)


def test_a_dead_replicas_work_is_taken_over(postgresql, home):
    assert ended(start(postgresql, home, "--name", "doomed", "--die", 60, "--lease", 1)) == -signal.SIGKILL
    finish(start(postgresql, home, "--name", "heir", "--lease", 1), home)
    check(home)


def test_two_processes_share_the_work(postgresql, home):
    both = [
        start(postgresql, home, "--name", name, "--first", 1000 * place, "--count", 60)
        for place, name in enumerate(("a", "b"))
    ]
    for process in both:
        finish(process, home)
    check(home, 120)
    workers = {line.split()[1] for line in (home / "runs").read_text().splitlines()}
    assert workers == {"a", "b"}


def test_a_process_that_stalls_loses_its_lease_and_comes_back_harmless(postgresql, home):
    stalled = start(postgresql, home, "--name", "stalled", "--lease", 2, "--count", 10, "--stall", 9)
    until((home / "stalls").exists, stalled)
    until(lambda: Path(f"/proc/{stalled.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T", stalled)
    try:
        finish(start(postgresql, home, "--name", "heir", "--lease", 2, "--first", 1000, "--count", 10), home)
    finally:
        os.kill(stalled.pid, signal.SIGCONT)
    finish(stalled, home)
    assert "outcome=lost" in (home / "log").read_text()
    (home / "violation").unlink(missing_ok=True)  # a stopped process cannot let go of its lock
    check(home, 20)
