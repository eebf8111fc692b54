"""A second, naive engine, written from DESIGN.md alone: lists of lines, one rule after the other, slow and plain.

It shares no code with ``bot.patching``. ``texts`` applies operations to one file, ``trees`` to a whole repository;
both raise ``No`` with the codes of all that they refuse.
"""

import base64
import re

MARK = b"\xef\xbb\xbf"


class No(Exception):
    """What the batch is refused for."""

    def __init__(self, *codes):
        super().__init__(*codes)
        self.codes = set(codes)


# --- one file


def cut(data):
    """The lines of a text as pairs: what stands in it, and how it ends."""
    found = []
    while data:
        line, end, data = data.partition(b"\n")
        if end and line.endswith(b"\r"):
            found.append((line[:-1], b"\r\n"))
        else:
            found.append((line, end))
    return found


def texts(data, operations):
    """The bytes of a file after operations on its text."""
    lines = cut(data)
    places, faults = [], []
    for index, operation in enumerate(operations):
        try:
            places.append((*place(lines, operation), index))
        except No as no:
            faults += no.codes
    places.sort(key=lambda each: (each[0], each[1] is not None, each[2]))
    kept, overlap = apart(data, places, operations)
    for first, last, index in kept:
        try:
            pinned(data, lines, first, last, operations[index])
        except No as no:
            faults += no.codes
    if faults or overlap:
        raise No(*faults, *(["operations-overlap"] if overlap else []))
    return build(data, lines, kept, operations)


def place(lines, operation):
    """(lines before it, last line that it replaces or None)."""
    kind = operation["op"]
    if kind == "append":
        return len(lines), None
    if kind == "prepend":
        return 0, None
    first, last = coordinates(lines, operation["at"])
    if kind == "insert-before":
        return first - 1, None
    if kind == "insert-after":
        return last, None
    return first - 1, last


def coordinates(lines, at):
    if "lines" in at:
        first, last = at["lines"]
        if first > len(lines):
            raise No("line-out-of-range")
        if first > last:
            raise No("range-backwards")
        if last > len(lines):
            raise No("line-out-of-range")
        return first, last
    if "start" in at:
        first, last = point(lines, at["start"]), point(lines, at["end"])
        if first > last:
            raise No("range-backwards")
        return first, last
    return point(lines, at), point(lines, at)


def point(lines, at):
    if "line" in at:
        if at["line"] > len(lines):
            raise No("line-out-of-range")
        return at["line"]
    kind = "marker" if "marker" in at else "regex"
    found = []
    for number, (line, end) in enumerate(lines, 1):
        if kind == "marker":
            hit = at["marker"].encode() in line
        else:
            bare = line.removeprefix(MARK) if number == 1 else line
            # A byte order mark alone is no line of text.
            hit = bool(bare or end) and re.search(at["regex"].encode(), bare) is not None
        if hit:
            found.append(number)
    if len(found) != 1:
        raise No(f"{kind}-{'ambiguous' if found else 'missing'}")
    return found[0]


def is_exact(operation):
    return operation.get("exact", False) or operation.get("encoding") == "base64"


def apart(data, places, operations):
    """The places that no earlier one covers, and whether there were others."""
    covered, kept, overlap = set(), [], False
    behind_mark = False  # something stands behind the byte order mark already: nothing exact may come before it now
    for gap, last, index in places:
        before_mark = gap == 0 and is_exact(operations[index]) and data.startswith(MARK)
        lines = set(range(gap + 1, last + 1)) if last is not None else set()
        inside = last is None and gap in covered and gap + 1 in covered
        same_block = inside and any(one < gap < two for one, two, _ in kept if two is not None)
        if lines & covered or same_block or (before_mark and behind_mark):
            overlap = True
            continue
        covered |= lines
        behind_mark = behind_mark or (gap == 0 and not before_mark and data.startswith(MARK))
        kept.append((gap, last, index))
    return kept, overlap


def pinned(data, lines, first, last, operation):
    if operation.get("expect") is None or last is None:
        return
    found = b"".join(line + end for line, end in lines[first:last])
    want = raw(operation, "expect")
    if is_exact(operation):
        same = found == want
    else:
        found = found.removeprefix(MARK) if first == 0 else found
        same = found.replace(b"\r\n", b"\n") == want.replace(b"\r\n", b"\n")
    if not same:
        raise No("expect-differs")


def raw(operation, member="text"):
    value = operation[member]
    return base64.b64decode(value) if operation.get("encoding") == "base64" else value.encode()


def build(data, lines, places, operations):
    out = b""
    at = 0  # lines written or replaced so far
    mark_due = data.startswith(MARK)
    for gap, last, index in places:
        operation = operations[index]
        while at < gap:
            out += b"".join(lines[at])
            at, mark_due = at + 1, False
        if mark_due and not (gap == 0 and is_exact(operation)):
            out, mark_due = out + MARK, False
            lines[0] = (lines[0][0].removeprefix(MARK), lines[0][1])
        if last is None:
            out += insertion(out, data, lines, gap, operation)
        else:
            out += replacement(data, lines, gap, last, operation)
            at, mark_due = last, False
    while at < len(lines):
        out += b"".join(lines[at])
        at += 1
    return out


def insertion(out, data, lines, gap, operation):
    if is_exact(operation):
        return raw(operation)
    end = end_near(lines, gap or 1)
    new = fitted(lines, operation, data, first_line=gap == 0)
    text = b"".join(line + (end if ended else b"") for line, ended in new)
    at_end = not any(line + ended for line, ended in lines[gap:])  # a byte order mark alone is no line to stand before
    if not at_end and new and not new[-1][1]:
        text += end
    if at_end and out not in {b"", MARK} and not out.endswith(b"\n"):
        text = end_near(lines, len(lines)) + text
    return text


def replacement(data, lines, first, last, operation):
    if is_exact(operation):
        return raw(operation)
    ends = [end for _, end in lines[first:last]]
    near = end_near(lines, last)
    known = {end for end in ends if end}
    new = fitted(lines, operation, data, first_line=first == 0)
    out = b""
    for number, (line, ended) in enumerate(new):
        if len(known) == 1:
            end = next(iter(known))
        elif number < len(ends) and ends[number]:
            end = ends[number]
        else:
            end = near
        needed = ended or (number == len(new) - 1 and last < len(lines))
        out += line + (end if needed else b"")
    return out


def end_near(lines, number):
    for at in [*range(min(number, len(lines)), 0, -1), *range(number + 1, len(lines) + 1)]:
        if lines[at - 1][1]:
            return lines[at - 1][1]
    return b"\n"


def fitted(lines, operation, data, *, first_line):
    """The new lines, each with whether it is ended."""
    new = raw(operation)
    if first_line and data.startswith(MARK):
        new = new.removeprefix(MARK)  # it has one
    indent = b""
    if operation.get("indent") == "preserve":
        first, last = coordinates(lines, operation["at"])
        line = lines[(last if operation["op"] == "insert-after" else first) - 1][0].removeprefix(MARK)
        indent = line[: len(line) - len(line.lstrip(b" \t"))]
    return [(indent + line if line.strip() else line, bool(end)) for line, end in cut(new)]


# --- whole files


def trees(files, operations):
    """The files after operations: path to (mode, bytes)."""
    after, faults = {}, []
    gone, moved, made, edits, modes = {}, {}, {}, {}, {}
    for operation in operations:
        kind, path = operation["op"], operation["path"]
        if kind == "move" and path == operation["to"]:
            raise No("moves-onto-itself")
    for operation in operations:
        kind, path = operation["op"], operation["path"]
        if kind == "create":
            once(made, path, operation, faults)
        elif kind == "delete":
            once(gone, path, operation, faults)
        elif kind == "move":
            if path in moved or operation["to"] in moved.values():
                faults.append("operations-conflict")
            moved.setdefault(path, operation["to"])
    arrives = {to: source for source, to in moved.items()}
    if set(made) & (set(arrives) | set(gone)) or set(gone) & set(moved):
        faults.append("operations-conflict")
    for operation in operations:
        kind, path = operation["op"], operation["path"]
        if kind in {"create", "delete", "move"}:
            continue
        if path in made or (path not in arrives and (path in gone or path in moved)):
            faults.append("operations-conflict")
        elif kind == "chmod":
            once(modes, path, operation, faults)
        else:
            edits.setdefault(path, []).append(operation)
    if faults:
        raise No(*faults)
    for path in files:
        if path not in gone and path not in moved:
            after[path] = files[path]
    for path in {*gone, *moved, *(arrives.get(path, path) for path in {*edits, *modes})}:
        if path not in files:
            blocked = any(path.startswith(f"{other}/") for other in files)
            folder = any(other.startswith(f"{path}/") for other in files)
            faults.append("path-clash" if blocked else "not-a-file" if folder else "file-missing")
    for path, operation in made.items():
        land(
            after,
            files,
            path,
            ({"100644": 0o100644, "100755": 0o100755}[operation.get("mode", "100644")], operation["content"].encode()),
            faults,
        )
    for source, to in moved.items():
        land(after, files, to, files.get(source, (0o100644, b"")), faults)
    spelt = {}
    for path in after:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            prefix = "/".join(parts[:depth])
            if spelt.setdefault(prefix.lower(), prefix) != prefix:
                faults.append("path-twin")
            if depth < len(parts) and prefix in after:
                faults.append("path-clash")
    if faults:
        raise No(*faults)
    for path, operation in modes.items():
        after[path] = (int(operation["mode"], 8), after[path][1])
    for path, wanted in edits.items():
        after[path] = (after[path][0], texts(after[path][1], wanted))
    return after


def once(known, path, operation, faults):
    if path in known:
        faults.append("operations-conflict")
    known.setdefault(path, operation)


def land(after, files, path, value, faults):
    if path in after:
        faults.append("file-exists")
    after[path] = value
