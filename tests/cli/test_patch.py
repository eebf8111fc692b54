"""``graftsman patch`` as a person or a program runs it, on a real repository."""

import io
import json
import subprocess
import sys

import pytest

from bot.cli.app import make_cli

FILES = {"x.py": "def f(a):\n    return 1\n", "w.md": "# T\r\nline\r\n", "big.txt": "a\nb\nc\nd\ne\nf\ng\nh\n"}
DIFF = "--- x.py\n+++ x.py\n@@ -1,2 +1,2 @@\n def f(a):\n-    return 1\n+    return a + 1\n"


def git(repo, *arguments, text=True):
    done = subprocess.run(["git", "-C", repo, *arguments], capture_output=True, check=True)
    return done.stdout.decode().strip() if text else done.stdout


@pytest.fixture
def repo(tmp_path):
    path = tmp_path / "r"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    for name, text in FILES.items():
        (path / name).write_bytes(text.encode())
    commit(path)
    return path


def commit(repo):
    git(repo, "add", "-A")
    git(repo, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "x")
    return git(repo, "rev-parse", "HEAD")


@pytest.fixture
def graftsman(monkeypatch, capfdbinary):
    """Runs the command in this process: gives what it printed for programs."""

    def run(*arguments, stdin=b"", code=0):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            make_cli(None)([str(each) for each in arguments], prog_name="graftsman")
        sys.stdout.flush()
        out, words = capfdbinary.readouterr()
        assert (ended.value.code or 0) == code, words.decode()
        assert b"Traceback" not in words
        return out

    return run


def batch(*operations, **members):
    return json.dumps({"version": 1, **members, "operations": operations}).encode()


def test_a_diff_becomes_one_commit_on_a_branch_of_its_own_and_the_work_tree_stays(graftsman, repo):
    status = git(repo, "status", "--porcelain")
    done = json.loads(graftsman("patch", "apply", "-", "--repo", repo, "--json", stdin=DIFF.encode()))
    assert done["state"] == "created" and done["branch"] == f"graftsman/patch/{done['id'][:12]}"
    assert git(repo, "rev-parse", done["branch"]) == done["commit"]
    assert git(repo, "rev-parse", f"{done['branch']}^{{tree}}") == done["tree"]
    assert "return a + 1" in git(repo, "show", f"{done['branch']}:x.py")
    assert f"Graftsman-Source: batch sha256:{done['id']}" in git(repo, "log", "-1", "--format=%B", done["branch"])
    assert git(repo, "status", "--porcelain") == status and (repo / "x.py").read_text() == FILES["x.py"]
    again = json.loads(graftsman("patch", "apply", "-", "--repo", repo, "--json", stdin=DIFF.encode()))
    assert (again["commit"], again["state"]) == (done["commit"], "up-to-date")


def test_a_dry_run_and_a_check_write_nothing(graftsman, repo):
    objects = git(repo, "count-objects", "-v")
    for words in (["apply", "--dry-run"], ["check"]):
        done = json.loads(graftsman("patch", *words, "-", "--repo", repo, "--json", stdin=DIFF.encode()))
        assert done["paths"] == ["x.py"] and done["tree"] != done["base_tree"]
    assert git(repo, "count-objects", "-v") == objects
    assert git(repo, "branch", "--list", "graftsman/*") == ""


def test_a_refusal_has_a_code_a_place_a_next_step_and_exit_code_3(graftsman, repo):
    wrong = DIFF.replace("return 1", "return 2")
    (refused,) = json.loads(graftsman("patch", "apply", "-", "--repo", repo, stdin=wrong.encode(), code=3))["refused"]
    assert refused["code"] == "hunk-not-found"
    assert refused["place"] == {"file": "standard input", "line": 3}
    assert "line 2" in refused["message"] and "Next:" in refused["message"]
    assert git(repo, "branch", "--list", "graftsman/*") == ""


def test_convert_gives_a_native_batch_that_does_the_same(graftsman, repo):
    made = graftsman("patch", "convert", "-", "--repo", repo, stdin=DIFF.encode())
    assert json.loads(made)["operations"][0]["op"] == "replace-block"
    one = json.loads(graftsman("patch", "check", "-", "--repo", repo, "--json", stdin=made))
    two = json.loads(graftsman("patch", "check", "-", "--repo", repo, "--json", stdin=DIFF.encode()))
    assert one["tree"] == two["tree"] and one["id"] == two["id"]


def test_explain_prints_a_diff_that_git_takes(graftsman, repo):
    diff = graftsman("patch", "explain", "-", "--repo", repo, stdin=DIFF.encode())
    git(repo, "checkout", "-q", "-b", "mine")
    subprocess.run(["git", "-C", repo, "apply", "--index", "-"], input=diff, check=True)
    done = json.loads(graftsman("patch", "check", "-", "--repo", repo, "--json", stdin=DIFF.encode()))
    assert git(repo, "write-tree") == done["tree"]


def test_a_stale_batch_is_refused_until_it_is_to_be_replayed(graftsman, repo):
    base = git(repo, "rev-parse", "HEAD")
    old = batch({"op": "replace-block", "path": "big.txt", "at": {"line": 7}, "text": "G"}, base=base)
    (repo / "big.txt").write_text("0\n" + FILES["big.txt"])
    commit(repo)
    refused = json.loads(graftsman("patch", "check", "-", "--repo", repo, "--base", "HEAD", stdin=old, code=3))
    assert refused["refused"][0]["code"] == "base-differs"
    done = json.loads(graftsman("patch", "apply", "-", "--repo", repo, "--onto", "HEAD", "--json", stdin=old))
    assert done["replayed_from"] == base
    assert git(repo, "show", f"{done['branch']}:big.txt").split() == ["0", *"abcdef", "G", "h"]


def test_protected_paths_can_be_lifted_here(graftsman, repo):
    wanted = batch({"op": "create", "path": ".github/workflows/a.yml", "content": "on: push\n"})
    refused = json.loads(graftsman("patch", "check", "-", "--repo", repo, stdin=wanted, code=3))
    assert refused["refused"][0]["code"] == "protected-path"
    graftsman("patch", "check", "-", "--repo", repo, "--allow-protected", stdin=wanted)


def test_a_branch_that_is_elsewhere_or_checked_out_is_left_alone(graftsman, repo):
    for branch, code in (("main", "branch-checked-out"), ("other", "branch-has-commits")):
        if branch == "other":
            git(repo, "branch", "other")
            (repo / "n").write_text("n")
            commit(repo)
        words = ["patch", "apply", "-", "--repo", repo, "--branch", branch]
        refused = json.loads(graftsman(*words, stdin=DIFF.encode(), code=3))
        assert refused["refused"][0]["code"] == code


def test_a_batch_is_rolled_back_by_its_id_on_top_of_later_work(graftsman, repo):
    wanted = batch({"op": "replace-block", "path": "big.txt", "at": {"line": 3}, "text": "C"})
    git(repo, "checkout", "-q", "--detach")
    words = ["patch", "apply", "-", "--repo", repo, "--branch", "main", "--json"]
    done = json.loads(graftsman(*words, stdin=wanted))
    git(repo, "checkout", "-q", "main")
    (repo / "big.txt").write_text("a\nb\nC\nd\ne\nf\ng\nH\ni\n")
    commit(repo)
    back = json.loads(graftsman("rollback", done["id"][:10], "--repo", repo, "--json"))
    assert git(repo, "show", f"{back['branch']}:big.txt").split() == [*"abcdefgHi"]
    (repo / "big.txt").write_text("a\nb\nCC\nd\n")
    commit(repo)
    (refused,) = json.loads(graftsman("rollback", done["id"][:10], "--repo", repo, code=3))["refused"]
    assert refused["code"] == "replay-collides" and refused["place"]["line"] == 3
    assert "C\n" in refused["values"]["before"] and "CC\n" in refused["values"]["now"]


def test_the_line_mode_answers_every_line_in_order_and_goes_on(graftsman, repo):
    lines = [
        {
            "id": 1,
            "do": "commit",
            "branch": "b1",
            "batch": json.loads(batch({"op": "append", "path": "w.md", "text": "x"})),
        },
        {"id": "two", "do": "check", "payload": "nothing"},
        {"id": 3, "do": "convert", "payload": DIFF},
        {"id": 4, "do": "apply", "payload_base64": "LS0t", "batch": {}},
        {"id": 5, "do": "apply", "payload": DIFF, "repo": str(repo / "nowhere")},
    ]
    lines.append({"id": 6, "do": "comit"})
    stdin = b"\n".join(json.dumps(line).encode() for line in lines) + b"\nnonsense\n"
    out = [json.loads(line) for line in graftsman("patch", "stream", "--repo", repo, stdin=stdin).splitlines()]
    assert [line["id"] for line in out] == [1, "two", 3, 4, 5, 6, None]
    assert [line["ok"] for line in out] == [True, False, True, False, False, False, False]
    assert git(repo, "show", "b1:w.md", text=False) == b"# T\r\nline\r\nx"
    assert out[2]["result"]["batch"]["operations"][0]["path"] == "x.py"
    codes = [line["refused"][0]["code"] for line in out if not line["ok"]]
    assert codes == ["patch-not-recognised", "bad-request", "not-a-repository", "bad-value", "bad-json"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["apply", "missing.diff"], 3),
        (["apply", "-", "--base", "nowhere"], 3),
        (["apply", "-", "--format", "word"], 2),
        (["apply", "-", "--repo", "/nonexistent"], 3),
        (["apply"], 2),
    ],
)
def test_what_people_get_wrong_ends_with_words_and_a_code(graftsman, repo, words, code):
    more = [] if "--repo" in words else ["--repo", repo]
    graftsman("patch", *words, *more, stdin=DIFF.encode(), code=code)
