"""Laws of the engine, on generated repositories and manifests."""

import posixpath

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.contracts.tree import EXECUTABLE, FILE
from bot.migration.imports import find_absolute, find_relative, find_script
from bot.migration.inverse import inverse
from bot.migration.plan import plan
from bot.migration.view import Base
from bot.source.grammars import language_of, specifiers

from .conftest import make_tree, manifest_of

FOLDERS = ["demos/a", "demos/b", "libs/c"]
NAMES = [
    "index.ts",
    "x.ts",
    "sub/y.tsx",
    "sub/deep/z.js",
    "m.py",
    "sub/__init__.py",
    "sub/n.py",
    "data.bin",
    "notes.md",
]
PATHS = [f"{folder}/{name}" for folder in FOLDERS for name in NAMES] + [
    "app.ts",
    "tools/t.js",
    "run.py",
    "demos/one.ts",
]


@st.composite
def lines(draw, path):
    """Lines of a file: imports of other paths, relative and not, and text in several encodings."""
    target = draw(st.sampled_from(PATHS))
    relative = posixpath.relpath(posixpath.splitext(target)[0], posixpath.dirname(path) or ".")
    relative = relative if relative.startswith("..") else "./" + relative
    dotted = posixpath.splitext(target)[0].replace("/", ".").removesuffix(".__init__")
    script = [
        f"import '{relative}';",
        f'export * from "{relative}";',
        f"// '{relative}'",
        "import 'utils';",
        "const a = 'utils';",
    ]
    python = [f"from {dotted} import x", f"import {dotted} as y", f"# {dotted}", "import utils as u", "from . import x"]
    text = draw(st.sampled_from(python if path.endswith(".py") else script)).encode()
    return draw(
        st.sampled_from(
            [
                text,
                text,
                b"// caf\xe9 " if not path.endswith(".py") else b"# caf\xe9",
                b"",
                "// ✓".encode() if not path.endswith(".py") else b"#",
            ]
        )
    )


@st.composite
def repositories(draw):
    files = {}
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=3, max_size=14, unique=True)):
        ending = draw(st.sampled_from([b"\n", b"\r\n"]))
        start = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) if not path.endswith(".py") else b""
        data = start + ending.join(draw(st.lists(lines(path), max_size=4))) + draw(st.sampled_from([b"", ending]))
        files[path] = (
            draw(st.sampled_from([FILE, FILE, EXECUTABLE])),
            data + (b"\0" if path.endswith(".bin") else b""),
        )
    for folder in FOLDERS:
        files.setdefault(f"{folder}/index.ts", b"export {};\n")
    return files


RULES = [
    {"from": "utils", "to": "shared.utils", "files": "**/*.py"},
    {"from": "utils", "to": "@shared/utils", "files": "**/*.{ts,tsx,js}"},
    {"regex": "export", "to": "EXPORT"},
]


@st.composite
def manifests(draw):
    folders = []
    for number, source in enumerate(draw(st.lists(st.sampled_from(FOLDERS), min_size=1, max_size=3, unique=True))):
        folder = {
            "id": f"f{number}",
            "source": source,
            "destination": draw(st.sampled_from(["apps/", "pkg/deep/", "z"])) + f"new{number}",
            "mode": draw(st.sampled_from(["copy", "move"])),
        }
        folder["imports"] = draw(st.sampled_from([[], RULES[:2], RULES]))
        folder["exclude"] = draw(st.sampled_from([[], [], ["**/*.md"], ["sub/**"], ["x.ts"]]))
        if draw(st.booleans()):
            folder["relative_imports"] = draw(st.sampled_from(["keep", "recompute"]))
        folders.append(folder)
    return folders


SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SLOW
@given(repositories(), manifests(), st.randoms(use_true_random=False))
def test_the_order_of_folders_does_not_matter(files, folders, random):
    base = make_tree(files)
    one = plan(base, manifest_of(folders))
    shuffled = [*folders]
    random.shuffle(shuffled)
    two = plan(base, manifest_of(shuffled))
    assert one.together() == two.together()
    assert one.folders == two.folders
    for head in one.folders:
        assert one.folder(head.id).edits == two.folder(head.id).edits
        assert one.folder(head.id).certificate == two.folder(head.id).certificate


@SLOW
@given(repositories(), manifests())
def test_a_second_run_is_a_no_op(files, folders):
    base = make_tree(files)
    after = base.apply(plan(base, manifest_of(folders)).together())
    again = plan(after, manifest_of(folders))
    assert again.together() == ()
    for head in again.folders:
        planned = again.folder(head.id)
        assert planned.edits == ()
        assert planned.certificate.status == "nothing-to-do"


@SLOW
@given(repositories(), manifests())
def test_the_inverse_takes_everything_back(files, folders):
    base = make_tree(files)
    planned = plan(base, manifest_of(folders))
    for head in planned.folders:
        after = base.apply(planned.folder(head.id).edits)
        assert after.apply(inverse(base, after, after)).oid == base.oid


@SLOW
@given(repositories(), manifests())
def test_the_certificate_is_the_whole_truth(files, folders):
    base = make_tree(files)
    planned = plan(base, manifest_of(folders))
    before = base.files()
    for head in planned.folders:
        proof = planned.folder(head.id).certificate
        after = base.apply(planned.folder(head.id).edits).files()
        below = {path for path in before if path.startswith(head.source + "/")}
        assert below == {f.source for f in (*proof.moved, *proof.changed, *proof.left_out)}
        assert len(below) == len(proof.moved) + len(proof.changed) + len(proof.left_out)
        expected = dict(before)
        if head.mode == "move":
            for file in (*proof.moved, *proof.changed):
                del expected[file.source]
        for file in proof.moved:
            expected[file.destination] = before[file.source]
        for file in (*proof.changed, *proof.importers):
            mode, data = before[file.source]
            assert f"{mode:06o}" == file.mode
            assert file.rewrites
            expected[file.destination] = (mode, rederived(data, file.rewrites))
        assert after == expected


@SLOW
@given(
    repositories(),
    st.permutations(FOLDERS),
    st.integers(1, 3),
    st.sampled_from([[], ["x.ts"], ["sub/**"], ["**/*.py"]]),
)
def test_what_an_import_found_it_finds_after_the_moves(files, sources, count, exclude):
    """Moved together, every import (in scripts and Python) finds the very file that it found before, where that now is."""
    base = make_tree(files)
    chosen = sources[:count]
    folders = [
        {"id": f"f{n}", "source": s, "destination": f"pkg/new{n}/inner", "mode": "move", "exclude": exclude}
        for n, s in enumerate(chosen)
    ]
    planned = plan(base, manifest_of(folders))
    after = base.apply(planned.together())
    places = {path: path for path in base.files()}
    for head in planned.folders:
        proof = planned.folder(head.id).certificate
        places |= {f.source: f.destination for f in (*proof.moved, *proof.changed)}
    one, two = Base(base), Base(after)
    for path, (_, data) in base.files().items():
        language = language_of(path)
        if language is None or b"\0" in data:
            continue
        old = specifiers(language, data)
        new = specifiers(language, after.files()[places[path]][1])
        assert len(old) == len(new)
        for before, now in zip(old, new, strict=True):
            hit, there = found(one, language, path, before.text), found(two, language, places[path], now.text)
            if hit is None or hit.folder:
                continue
            if language == "python" and there is None and before.text.startswith("."):
                continue  # only the repository's root is common: left, and said
            assert there is not None, (path, before.text, now.text)
            assert there.file == places[hit.file], (path, before.text, now.text)


@SLOW
@given(
    repositories(),
    st.permutations(["f0", "f1", "f2"]),
    st.lists(st.sampled_from(["copy", "move"]), min_size=3, max_size=3),
    st.booleans(),
)
def test_one_by_one_in_any_order_is_the_same_as_together(files, order, modes, rules):
    """Pull requests are merged one after the other: each is planned on what the ones before left."""
    base = make_tree(files)
    folders = [
        {
            "id": f"f{n}",
            "source": s,
            "destination": f"pkg/new{n}/inner",
            "mode": mode,
            "relative_imports": "recompute",
            "imports": RULES[:2] if rules else [],
        }
        for n, (s, mode) in enumerate(zip(FOLDERS, modes, strict=True))
    ]
    manifest = manifest_of(folders)
    tree = base
    for name in order:
        tree = tree.apply(plan(tree, manifest).folder(name).edits)
    together = base.apply(plan(base, manifest).together())
    assert tree.files() == together.files()


def found(view, language, path, text):
    if language == "python":
        return find_relative(view, path, text)[1] if text.startswith(".") else find_absolute(view, path, text)
    return find_script(view, posixpath.dirname(path), text)[1] if text.startswith(".") else None


def rederived(data, rewrites):
    """The file as the certificate tells it: each rewrite in its line, the first stage from left to right."""
    rows = data.split(b"\n")
    cursors = {}
    for rewrite in rewrites:
        row, before, after = rewrite.line - 1, rewrite.before.encode(), rewrite.after.encode()
        start = cursors.get(row, 0) if rewrite.rule != "imports[2]" else 0
        # A specifier stands behind a quote or a blank, never inside a word: that tells it from other text like it.
        at = rows[row].find(before, start)
        while rewrite.rule != "imports[2]" and rows[row][at - 1 : at] not in {b"'", b'"', b" "}:
            at = rows[row].find(before, at + 1)
        assert at >= 0
        rows[row] = rows[row][:at] + after + rows[row][at + len(before) :]
        cursors[row] = at + len(after)
    return b"\n".join(rows)
