"""What a refusal suggests: the path that was meant, and that the new lines are there already. Nothing of it is applied."""

import pytest

from bot.errors import Refusal
from bot.patching.bridges import convert
from bot.patching.ground import Ground
from bot.patching.near_paths import NearPaths
from tests.patching.bridges.conftest import refusal, refused
from tests.patching.conftest import tree

FILES = {"src/greet.ts": "a", "src/deep/other.ts": "b", "test/deep/other.ts": "b", "lib/deep/Makefile": "c"}


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("src/Greet.ts", "src/greet.ts"),
        ("SRC/greet.TS", "src/greet.ts"),
        ("src/gret.ts", "src/greet.ts"),
        ("greet.ts", "src/greet.ts"),
        ("lib/Makefile", "lib/deep/Makefile"),
        ("test/other.ts", "test/deep/other.ts"),
        ("source/deep/other.ts", "src/deep/other.ts"),
        ("src", ""),
        ("src/deep", ""),
        ("nothing/like/it.py", ""),
        ("src/greet.ts/x", ""),
    ],
)
def test_a_path_that_was_meant_is_named(path, near):
    assert NearPaths(Ground(tree(FILES))).find(path) == near


@pytest.mark.parametrize(
    "payload",
    [
        "--- a/gret.ts\n+++ b/gret.ts\n@@\n-a\n+b\n",
        "diff --git a/gret.ts b/x.ts\ncopy from gret.ts\ncopy to x.ts\n",
        "gret.ts\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n",
        "*** Begin Patch\n*** Update File: gret.ts\n@@\n-a\n+b\n*** End Patch\n",
    ],
)
def test_every_format_names_it(payload):
    ground = Ground(tree({"greet.ts": "a\n"}))
    with pytest.raises(Refusal) as raised:
        convert(payload.encode(), "auto", ground.read, near=NearPaths(ground).find)
    assert raised.value.code == "patch-file-missing" and raised.value.values["nearest"] == "greet.ts"


@pytest.mark.parametrize(
    "payload",
    [
        b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-one day\n+two days\n rest\n",
        b"x\n<<<<<<< SEARCH\none day\nrest\n=======\ntwo days\nrest\n>>>>>>> REPLACE\n",
        b"*** Begin Patch\n*** Update File: x\n@@\n-one day\n+two days\n rest\n*** End Patch\n",
    ],
)
def test_what_was_applied_before_is_called_so(payload):
    told = refusal({"x": b"first\ntwo days\nrest\n"}, payload)
    assert told.values["nearest"] == "the new lines are there already, from line 2 on"
    assert "already" not in refusal({"x": b"first\nthree days\nrest\n"}, payload).values["nearest"]


def test_a_brace_is_no_sign_of_it():
    told = refusal({"x": b"if {\n}\n"}, b"--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-else\n+}\n")
    assert "already" not in told.values["nearest"]


def test_what_is_wrong_in_one_way_twice_is_told_once():
    assert refused({}, b"--- /etc/x\n+++ /etc/x\n@@\n-a\n+b\n") == [("unsafe-path", 1)]
