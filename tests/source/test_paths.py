import posixpath
import shutil
import subprocess
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import Place, Refusal
from bot.source import paths
from bot.source.paths import check_path, twin_key

HFS_IGNORED = [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]  # git's utf8.c


@pytest.mark.parametrize(
    "path",
    ["a", "a/b.ts", ".github/x", ".gitignore", ".gitmodules", "git", "a.git", ".gitx/y", "apps/[slug]/page.tsx", "a b/c d",
     "ünïcode/文件.md", "x" * 255, "..a", "a..", "-rf", "con", "ab:c", ".git-hooks/pre-commit", "git~", "👩‍💻.md", "~", "a~1"],
)  # fmt: skip
def test_taken(path):
    assert check_path(path) is path


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "empty"),
        ("/etc/passwd", "absolute"),
        ("//server/share", "absolute"),
        ("C:/x", "drive"),
        ("c:x", "drive"),
        ("a\\b", "backslash"),
        ("..\\x", "backslash"),
        (".", "'.'"),
        ("a/./b", "'.'"),
        ("..", "'..'"),
        ("a/../b", "'..'"),
        ("a//b", "empty"),
        ("a/", "empty"),
        ("...", "dots"),
        ("a/. ./b", "dots"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("a\x7f", "control"),
        ("a\x85", "control"),
        ("a\u2028b", "control"),
        ("a\u202eb", "direction"),
        ("a\u2066b", "direction"),
        ("a\ud800", "Unicode"),
        ("a\udcff", "Unicode"),
        ("é" * 128, "255"),
        ("a/" * 500 + "b", "1000"),
        (".git", ".git"),
        (".git/config", ".git"),
        ("a/.git/hooks/x", ".git"),
        (".GIT", ".git"),
        (".gIt", ".git"),
        (".git.", ".git"),
        (".git ", ".git"),
        (".git . .", ".git"),
        (".git::$INDEX_ALLOCATION", ".git"),
        (".git:stream", ".git"),
        (".git . ::$DATA", ".git"),
        ("git~1", ".git"),
        ("GIT~1/config", ".git"),
        ("GIT~1.", ".git"),
        ("git~1::$INDEX_ALLOCATION", ".git"),
        (".g\u200cit", ".git"),
        ("\ufeff.git", ".git"),
        (".git\u200d/x", ".git"),
        (".g\u00adit", ".git"),
        ("．ｇｉｔ", ".git"),
        ("a/.gi\u2062t. /b", ".git"),
    ],
)
def test_refused(path, reason, refused):
    place = Place("m.yml", 3, 4, "folders[0].source")
    refusal = refused(check_path, path, place)
    assert refusal.code == "unsafe-path"
    assert refusal.place == place
    assert reason in refusal.values["reason"]
    refusal.values["path"].encode("utf-8")


def test_surrogates_of_bytes_are_let_through_on_demand_only(refused):
    assert check_path("a\udcff/b", surrogates=True) == "a\udcff/b"
    assert "Unicode" in refused(check_path, "a\ud800", surrogates=True).values["reason"]
    assert "255" in refused(check_path, "\udcff" * 256, surrogates=True).values["reason"]


def disguises():
    """Names that some file system takes for ``.git``, in every way git knows and their combinations."""

    @st.composite
    def build(draw):
        base = draw(st.sampled_from([".git", "git~1"]))
        name = ""
        for char in base:
            name += "".join(draw(st.lists(st.sampled_from(list(map(chr, HFS_IGNORED))), max_size=2)))
            name += draw(st.sampled_from([char, char.upper()]))
        name += draw(st.sampled_from(["", ".", " ", "...", " . ", ":", "::$INDEX_ALLOCATION", " ::$DATA", ".:x"]))
        return name

    return build()


@given(disguises(), st.lists(st.sampled_from(["a", "b.c", ".github"]), max_size=3), st.integers(0, 3))
def test_no_disguise_of_git_gets_through(name, others, at):
    parts = [*others[:at], name, *others[at:]]
    with pytest.raises(Refusal):
        check_path("/".join(parts))


def test_what_git_itself_refuses_is_refused(tmp_path):
    ignored = ["", "\u200c", "\u206f", "\ufeff", "\u00ad"]
    tails = ["", ".", " ", ". .", ":", "::$INDEX_ALLOCATION", " :x", "x", "~"]
    names = [
        front + before + a + middle + tail
        for a in (".g", ".G", "git", "GIT", "a/.g")
        for middle in ("it", "IT", "i\u200dt", "~1", "~2", "")
        for before in ("", "x/")
        for front in ignored
        for tail in tails
    ]
    names = list(dict.fromkeys([*names, "a/../b", "../x", "/x", "a//b", "a/./b", "./x", ".git/x", "GIT~1/y", "a/.git"]))
    run = [shutil.which("git"), "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]
    subprocess.run([*run, "init", "-q", tmp_path], check=True)
    lines = b"".join(b"100644 " + b"1" * 40 + b"\t" + name.encode() + b"\0" for name in names)
    subprocess.run(
        [*run, "update-index", "-z", "--index-info"], cwd=tmp_path, input=lines, check=True, capture_output=True
    )
    listed = subprocess.run([*run, "ls-files", "-z"], cwd=tmp_path, check=True, capture_output=True).stdout
    taken = set(listed.decode().split("\0"))
    by_git = [name for name in names if name not in taken]
    assert len(by_git) > 100
    for name in by_git:
        with pytest.raises(Refusal):
            check_path(name)


@given(st.text(st.sampled_from(list(".gGiItT~1: \u200c\u200d\ufeffaé/\\\0")), max_size=12))
@example(".git\u200d")
def test_what_is_taken_is_never_git(path):
    try:
        check_path(path)
    except Refusal:
        return
    for part in path.split("/"):
        seen = "".join(c for c in part if ord(c) not in HFS_IGNORED).lower()
        assert seen.split(":")[0].rstrip(". ") not in {".git", "git~1"}
        assert part not in {"", ".", ".."}


@given(st.text())
def test_the_short_way_agrees_with_the_long_one(path):
    try:
        check_path(path)
    except Refusal:
        taken = False
    else:
        taken = True
    assert taken == (not paths._fault(path, surrogates=False))


@given(st.text(st.sampled_from(list("abA.-_@+/1"))))
def test_the_short_way_agrees_on_plain_text(path):
    if paths._PLAIN_PATH.fullmatch(path) and len(path) < 255:
        assert paths._fault(path, surrogates=False) == ""


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_twins_by_case_and_normal_form(path):
    key = twin_key(path)
    for form in ("NFC", "NFD"):
        assert twin_key(unicodedata.normalize(form, path)) == key
    assert twin_key(path.casefold()) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("README", "readme"),
        ("é", "e\u0301"),
        ("straße", "STRASSE"),
        ("ﬁle", "file"),
        ("a./b", "a/b"),
        ("a\u200db", "ab"),
    ],
)
def test_twins(one, other):
    assert twin_key(one) == twin_key(other)


def test_no_twins():
    names = ["a", "b", "a/b", "ab", "a.b", "a-b", "é", "e", ".a", "a b", "..."]
    assert len({twin_key(name) for name in names}) == len(names)
    twin_key("\udcff")


PARTS = st.lists(st.sampled_from(["a", "b", "c.d"]), max_size=4)


@given(PARTS, st.lists(st.sampled_from(["a", "b", ".", "..", ""]), max_size=6))
def test_resolve_agrees_with_posix(folder, relative):
    here, text = "/".join(folder), "/".join(relative)
    if text.startswith("/"):
        assert paths.resolve(here, text) is None
        return
    depth = len(folder)
    for part in relative:
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            assert paths.resolve(here, text) is None
            return
    expected = posixpath.normpath(posixpath.join("/", here, text)).lstrip("/")
    assert paths.resolve(here, text) == expected


@given(PARTS, PARTS)
def test_relative_to_leads_there_and_agrees_with_posix(folder, target):
    here, there = "/".join(folder), "/".join(target)
    text = paths.relative_to(here, there)
    assert text.startswith(("./", "../"))
    assert paths.resolve(here, text) == there
    assert posixpath.normpath(text) == posixpath.relpath("/" + there, "/" + here)


def test_parts():
    assert paths.join("", "a") == "a" == paths.join("a", "")
    assert paths.join("a/b", "c/d") == "a/b/c/d"
    assert (paths.parent("a/b/c"), paths.parent("a"), paths.name("a/b"), paths.name("a")) == ("a/b", "", "b", "a")
    assert (
        paths.is_inside("a/b", "a")
        and paths.is_inside("a", "a")
        and paths.is_inside("x", "")
        and paths.is_inside("", "")
    )
    assert not paths.is_inside("ab", "a") and not paths.is_inside("", "a")
    assert paths.relative_to("a/b", "a/b") == "./"
    assert paths.relative_to("a/b", "a") == "../"
