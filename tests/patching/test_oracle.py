"""The engine against a second, naive one (``oracle``): the same bytes, or a refusal by both with the same codes."""

import base64

from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.text import BOM
from tests.fuzz import fuzzed
from tests.patching import oracle
from tests.patching.conftest import batch, tree

WORDS = [b"alpha", b"beta", b"", b"", b"  alpha two", b"\tgamma", "é".encode(), b"\xff\xfe", b"x\ry", b"\x0c", b" \t"]
WORDS += ["\u2028".encode(), b"}", b"    }"]
ENDS = st.sampled_from([b"\n", b"\n", b"\r\n"])
TEXTS = [
    "n",
    "n\n",
    "n\nm\n",
    "\n",
    "n\r\nm",
    "n\r\nm\r\n",
    "  i\n\n\t j\n",
    "a\rb\n",
    "\u2028\n",
    "é",
    " \n x",
    "\r\n",
    "\ufeffn\n",
    "n\r\r\n",
]


@st.composite
def files(draw):
    """Bytes of a text file: LF, CRLF or mixed, perhaps a byte order mark, perhaps no end at the end."""
    ends = st.just(draw(ENDS)) if draw(st.booleans()) else ENDS
    pairs = draw(st.lists(st.tuples(st.sampled_from(WORDS), ends), max_size=9))
    data = b"".join(line + end for line, end in pairs)
    if draw(st.integers(0, 2)) == 0:
        data += draw(st.sampled_from(WORDS))
    return (BOM if draw(st.integers(0, 3)) == 0 else b"") + data


POINTS = st.one_of(
    st.builds(lambda line: {"line": line}, st.integers(1, 10)),
    st.builds(lambda text: {"marker": text}, st.sampled_from(["alpha", "beta", "gamma", "two", "}", "é", "x\ty"])),
    st.builds(lambda text: {"regex": text}, st.sampled_from(["^alpha", "a$", "^$", "^\\s+}", "b.t", "[^a]$", "x\\ry"])),
)
PLACES = st.one_of(
    POINTS,
    st.builds(lambda first, more: {"lines": [first, max(first + more, 1)]}, st.integers(1, 8), st.integers(-1, 3)),
    st.builds(lambda start, end: {"start": start, "end": end}, POINTS, POINTS),
)


@st.composite
def operations(draw, data, path="f"):
    """An operation on the text of a file, with any coordinate and any way of giving its text."""
    kind = draw(st.sampled_from(["replace-block", "insert-before", "insert-after", "append", "prepend"]))
    text = draw(st.sampled_from(TEXTS))
    made = {"op": kind, "path": path}
    if kind not in {"append", "prepend"}:
        made["at"] = draw(PLACES)
    if kind == "replace-block":
        text = draw(st.sampled_from([text, text, ""]))
        lines = oracle.cut(data)
        if "lines" in made["at"] and draw(st.booleans()):
            first, last = made["at"]["lines"]
            found = b"".join(line + end for line, end in lines[first - 1 : last]).removeprefix(BOM)
            if draw(st.booleans()):
                found = found.replace(b"\r\n", b"\n")
            made["expect"] = found.decode("utf-8", "replace")
    way = draw(st.sampled_from(["fit", "fit", "fit", "exact", "base64", "indent"]))
    if way == "exact":
        made["exact"] = True
    elif way == "base64":
        made["encoding"] = "base64"
        text = base64.b64encode(text.encode() + draw(st.sampled_from([b"", b"\xff", b"\xff\n"])) or b"z").decode()
        if "expect" in made:
            made["expect"] = base64.b64encode(made["expect"].encode()).decode()
    elif way == "indent" and "at" in made:
        made["indent"] = "preserve"
    return made | {"text": text}


@st.composite
def cases(draw):
    data = draw(files())
    return data, draw(st.lists(operations(data), min_size=1, max_size=4))


def engine(data, wanted):
    """What the engine makes of a file: its bytes, or the codes of its refusals."""
    before = tree({"f": data})
    try:
        edits = apply(before, batch(*wanted)).edits
    except Refusal as refusal:
        return {each.code for each in refusal.all}
    return before.apply(edits).files()["f"][1]


def naive(data, wanted):
    try:
        return oracle.texts(data, wanted)
    except oracle.No as no:
        return no.codes


@fuzzed(400)
@given(cases())
@example((BOM + b"a", [{"op": "append", "path": "f", "text": "b"}]))
@example((BOM, [{"op": "append", "path": "f", "text": "b"}]))
@example((b"", [{"op": "append", "path": "f", "text": "b"}, {"op": "append", "path": "f", "text": "c"}]))
@example(
    (
        b"a",
        [
            {"op": "replace-block", "path": "f", "at": {"line": 1}, "text": ""},
            {"op": "append", "path": "f", "text": "b"},
        ],
    )
)
def test_the_engine_and_the_oracle_make_the_same_of_every_file(case):
    data, wanted = case
    assert engine(data, wanted) == naive(data, wanted)


PATHS = ["a", "b", "A", "d/a", "d/b", "D/b", "d/e/f", "d", "d/e"]


@st.composite
def tree_operations(draw):
    kind = draw(st.sampled_from(["create", "delete", "move", "move", "move", "chmod", "append", "insert-before"]))
    more = {
        "create": {"content": draw(st.sampled_from(["", "c\n"])), "mode": draw(st.sampled_from(["100644", "100755"]))},
        "delete": {},
        "move": {"to": draw(st.sampled_from(PATHS))},
        "chmod": {"mode": draw(st.sampled_from(["100644", "100755"]))},
        "append": {"text": "more\n"},
        "insert-before": {"text": "first\n", "at": {"line": 1}},
    }[kind]
    return {"op": kind, "path": draw(st.sampled_from(PATHS)), **more}


@fuzzed(400)
@given(
    st.sets(st.sampled_from(["a", "b", "d/a", "d/b", "d/e/f"]), min_size=1),
    st.lists(tree_operations(), min_size=1, max_size=5),
)
def test_the_engine_and_the_oracle_make_the_same_of_every_tree(there, wanted):
    files = {path: (0o100644, f"{path}\n".encode()) for path in there}
    before = tree(files)
    try:
        after = oracle.trees(files, wanted)
    except oracle.No as no:
        after = no.codes
    try:
        found = before.apply(apply(before, batch(*wanted)).edits).files()
    except Refusal as refusal:
        found = {each.code for each in refusal.all}
    if isinstance(found, set) and isinstance(after, set):
        assert found & after, (found, after)  # which faults are told first is the engine's own business
    else:
        assert found == after
