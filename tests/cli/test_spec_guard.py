"""``graftsman spec-guard`` as a person or a workflow runs it, on real repositories: exit codes, JSON, words, branches."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from bot.contracts.spec import SpecReport
from bot.source.documents import load
from tests.cli.test_local import ROOT, graftsman
from tests.git.conftest import Real
from tests.planning.specs.samples import INDEX, OTHER, SPEC, spec
from tests.workflows.conftest import SYMLINK

TODAY = ("--today", "2026-11-21")
SETTINGS = ".github/graftsman.yml"


def utf8(files):
    return {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}


@pytest.fixture
def repo(tmp_path):
    """``make(base, head)`` gives a bare repository with ``main`` and ``feature``, and runs the command on it."""
    real = Real(tmp_path / "r.git").init()

    def make(base, head, later=None):
        one = real.commit(utf8(base))
        real("update-ref", "refs/heads/feature", real.commit(utf8(head), one))
        real("update-ref", "refs/heads/main", one if later is None else real.commit(utf8(later), one))
        return Guard(real, tmp_path)

    return make


class Guard:
    def __init__(self, real, folder):
        self.git, self.folder = real, folder

    def __call__(self, *options, code=0, base="main", head="feature"):
        told = ("--base", base) if base else ()
        done = graftsman(
            "spec-guard", "--repo", self.git.path, *told, "--head", head, *TODAY, *options, cwd=self.folder
        )
        assert done[0] == code, done
        return (json.loads(done[1]) if done[1] else None), done[2]

    def snapshot(self):
        return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in self.git.path.rglob("*") if p.is_file()}


GOOD = {SPEC: spec(), "src/a.ts": "1"}


def test_what_is_covered_and_fresh_passes_with_a_word_on_approvals(repo):
    out, words = repo(GOOD, GOOD | {"src/a.ts": "2"})()
    assert out is None
    assert "1 changed path covered by 1 spec" in words
    assert "Approvals are not checked here" in words


def test_what_is_not_is_refused_with_json_on_standard_output(repo):
    guard = repo(
        {SETTINGS: "spec: {guarded: [src/**]}\n", "src/a.ts": "1"}, {SETTINGS: "version: 1\n", "src/a.ts": "2"}
    )
    out, words = guard(code=3)
    (fault,) = out["refused"]
    assert (fault["code"], fault["place"]) == ("uncovered", {"file": "src/a.ts", "line": 1})
    assert out["approvals"] == "not-checked" and out["conclusion"] == "failure"
    assert "src/a.ts:1: failure: uncovered:" in words and "Next: name it under covers" in words
    assert guard("--json", code=3)[0] == out


def test_the_json_fits_its_schema(repo):
    schema = jsonschema_rs.validator_for(json.loads((ROOT / "docs/schemas/spec-report.json").read_text()))
    guard = repo(GOOD | {OTHER: spec("two", last_review=None)}, {SPEC: spec(last_review="2026-01-01"), "src/a.ts": "2"})
    for options, code in ((("--json",), 3), (("--json", "--dry-run"), 0)):
        out, _ = guard(*options, code=code)
        schema.validate(out)
        SpecReport.model_validate_json(json.dumps(out))
        assert {each["rule"] for each in out["findings"]} == {"stale-review", "spec-removed", "index-stale"}


def test_a_dry_run_shows_everything_and_ends_with_0(repo):
    guard = repo(GOOD, {SPEC: spec(last_review="2026-01-01"), "src/a.ts": "2"})
    before = guard.snapshot()
    out, words = guard("--dry-run")
    assert out is None and "failure: stale-review" in words
    assert f"What could be mended: --record-review {SPEC}, --update-index" in words
    out, words = guard("--dry-run", "--record-review", "one", "--update-index", "--json")
    assert (out["paths"], out["branch"], out["dry_run"]) == ([INDEX, SPEC], None, True)
    assert "Dry run, nothing written." in words
    assert guard.snapshot() == before


def test_settings_and_specs_are_those_of_the_base_not_of_the_head(repo):
    base = {SETTINGS: "spec: {max_age_days: 5}\n", SPEC: spec(last_review="2026-11-01"), "src/a.ts": "1"}
    guard = repo(base, base | {SETTINGS: "spec: {max_age_days: 300}\n", "src/a.ts": "2"})
    assert [each["code"] for each in guard(code=3)[0]["refused"]] == ["stale-review"]


def test_only_what_the_head_itself_changed_is_judged(repo):
    settings = {SETTINGS: "spec: {guarded: [lib/**]}\n"}
    guard = repo(settings | {"lib/x": "1"}, settings | {"lib/x": "1", "y": "1"}, later=settings | {"lib/x": "2"})
    out, _ = guard("--json")
    assert out["findings"] == []
    assert out["base"] == guard.git("merge-base", "main", "feature")


def test_fixes_are_one_commit_on_a_branch(repo):
    guard = repo(GOOD, {SPEC: spec(last_review="2026-01-01"), "src/a.ts": "2"})
    head = guard.git("rev-parse", "feature")
    out, _ = guard("--record-review", SPEC, "--update-index", "--json")
    assert (out["state"], out["paths"]) == ("created", [INDEX, SPEC])
    assert guard.git("rev-parse", out["branch"]) == out["commit"]
    assert guard.git("rev-parse", f"{out['commit']}^") == head == guard.git("rev-parse", "feature")
    assert guard.git("diff", "--name-only", head, out["commit"]).split() == [INDEX, SPEC]
    diff = guard.git("diff", "-U0", head, out["commit"], "--", SPEC).splitlines()
    assert [line for line in diff if line[:1] in "+-" and line[:3] not in {"+++", "---"}] == [
        "-last_review: 2026-01-01", "+last_review: 2026-11-21",
    ]  # fmt: skip
    assert "Graftsman-Source: graftsman/spec-guard" in guard.git("log", "-1", "--format=%B", out["commit"])
    # what was mended passes, and there is nothing left to mend
    assert guard(head=out["branch"])[1].startswith("1 changed path covered")
    assert guard("--check-index", "--json", head=out["branch"])[0] == {"index": INDEX, "stale": False}
    again, words = guard("--update-index", "--record-review", "one", "--json", head=out["branch"])
    assert (again["paths"], again["branch"]) == ([], None) and "Nothing to mend." in words
    # and the same again is the same commit
    assert guard("--record-review", SPEC, "--update-index", "--json")[0]["state"] == "up-to-date"


def test_a_branch_of_ones_own(repo):
    guard = repo(GOOD, GOOD)
    out, _ = guard("--update-index", "--branch", "topic/index", "--json", base=None)
    assert guard.git("rev-parse", "topic/index") == out["commit"]
    guard.git("update-ref", "refs/heads/topic/index", guard.git.commit({"x": b"y"}))
    assert guard("--update-index", "--branch", "topic/index", code=3)[0]["refused"][0]["code"] == "branch-has-commits"


def test_the_index_alone(repo):
    guard = repo(GOOD, GOOD)
    out, words = guard("--check-index", code=3, base=None)
    assert out["refused"][0]["code"] == "index-stale" and "--update-index" in words
    assert guard("--check-index", "--dry-run", "--json")[0] == {"index": INDEX, "stale": True}


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--today", "tomorrow"), "YYYY-MM-DD"),
        (("--branch", "x"), "--record-review"),
        (("--check-index", "--update-index"), "--check-index"),
        (("--no-such",), "No such option"),
    ],
)
def test_wrong_usage(repo, options, word):
    out, words = repo(GOOD, GOOD)(*options, code=2)
    assert out is None and word in words


def test_without_a_base_the_remotes_default_branch_is_taken_or_one_is_asked_for(repo):
    guard = repo(GOOD, GOOD | {"src/a.ts": "2"})
    assert "--base main" in guard(code=2, base=None)[1]
    guard.git("update-ref", "refs/remotes/origin/main", "main")
    guard.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert "1 changed path" in guard(base=None)[1]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--base", "no-such"), "unknown-revision"),
        (("--record-review", "no-such"), "unknown-spec"),
        (("--record-review", "tasks/specs/bad.md"), "front-matter-missing"),
    ],
)
def test_refusals(repo, options, code):
    guard = repo(GOOD | {"tasks/specs/bad.md": "x"}, GOOD | {"tasks/specs/bad.md": "x"})
    before = guard.snapshot()
    assert guard(*options, code=3)[0]["refused"][0]["code"] == code
    assert guard.snapshot() == before


def test_bad_settings_are_refused_with_their_place(repo):
    guard = repo({SETTINGS: "spec: {guarded: ['a\\b']}\n"}, {"x": "1"})
    (fault,) = guard(code=3)[0]["refused"]
    assert (fault["code"], fault["place"]["key"]) == ("bad-glob", "spec.guarded[0]")
    guard = repo({SETTINGS: "spec: {folders: x}\n"}, {"x": "1"})
    assert guard(code=3)[0]["refused"][0]["code"] == "unknown-key"


def test_not_a_repository(tmp_path):
    code, out, _ = graftsman("spec-guard", "--base", "main", cwd=tmp_path)
    assert (code, json.loads(out)["refused"][0]["code"]) == (3, "not-a-repository")


HOSTILE = {
    "a symlink": {SPEC: (SYMLINK, b"../../../etc/passwd")},
    "a symlink as folder": {"tasks/specs": (SYMLINK, b"/etc")},
    "a bomb": {SPEC: b"---\na: &a [x]\n" + b"".join(b"b%d: [*a, *a]\n" % n for n in range(99)) + b"---\n"},
    "no text": {SPEC: b"---\nid: \xff\xfe\0\n---\n"},
    "a huge file": {SPEC: b"---\nid: one\n---\n" + b"x" * (1 << 20)},
    "a name that is no UTF-8": {b"tasks/specs/caf\xe9.md": b"x"},
    "a name with a line end": {b"tasks/specs/a\nb.md": b"x"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_specs_are_findings(repo, name):
    guard = repo(GOOD, {"src/a.ts": "1"} | HOSTILE[name])
    removed = name == "a symlink as folder"  # whether that is approved is not known here
    out, words = guard("--json", code=0 if removed else 3)
    assert {each["rule"] for each in out["findings"]} >= ({"spec-removed"} if removed else {"index-stale"})
    assert all(each["rule"] != "bad-front-matter" or each["line"] >= 1 for each in out["findings"])
    assert "root:" not in words and len(words) < 10_000


def test_crlf_and_a_byte_order_mark_survive(repo):
    text = b"\xef\xbb\xbf" + spec(last_review="2026-01-01").replace("\n", "\r\n").encode()
    guard = repo({SPEC: text}, {SPEC: text})
    out, _ = guard("--record-review", "one", "--json")
    assert guard.git.raw("cat-file", "blob", f"{out['commit']}:{SPEC}") == text.replace(b"2026-01-01", b"2026-11-21")


# --- the workflow file


def workflow():
    return load((ROOT / "templates/repository/spec-guard.yml").read_bytes(), "yaml", "spec-guard.yml").value


def test_the_workflow_runs_what_there_is(repo, tmp_path):
    job = workflow()["jobs"]["spec-guard"]
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert all("${{" not in run for run in runs)  # what GitHub fills in would be run by the shell
    guard = repo(GOOD, {SPEC: spec(last_review="2026-01-01"), "src/a.ts": "2"})
    subprocess.run(["git", "clone", "-q", guard.git.path, tmp_path / "w"], check=True, capture_output=True)
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path),
        "BASE": guard.git("rev-parse", "main"), "HEAD": guard.git("rev-parse", "feature"),
    }  # fmt: skip
    command = runs[-1].replace("graftsman", f"{shlex.quote(sys.executable)} -m bot", 1)
    done = subprocess.run(
        ["bash", "-ec", command], cwd=tmp_path / "w", env=environment, capture_output=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["refused"]


def test_the_workflow_has_the_whole_history_and_no_rights():
    made = workflow()
    assert made["permissions"] == {"contents": "read"}
    checkout = made["jobs"]["spec-guard"]["steps"][0]["with"]
    assert (checkout["fetch-depth"], checkout["persist-credentials"]) == (0, False)
    assert set(made["on"]) == {"pull_request", "merge_group"}
    assert Path(ROOT / "docs/specs.md").read_text("utf-8").count("templates/repository/spec-guard.yml") >= 1
