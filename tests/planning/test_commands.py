"""Which lines of a comment are commands, what they were given, and how each is known again."""

import pytest

from bot.planning.commands import Block, nearest, parse

OID = "ab" * 20


def names(body):
    return [one.name for one in parse(body).commands]


COMMANDS = [
    # where a command stands
    ("/apply", ["apply"]),
    ("/apply\n", ["apply"]),
    ("text\n/apply", ["apply"]),
    ("text\n\n/apply\n\ntext", ["apply"]),
    ("/apply\n/rollback", ["apply", "rollback"]),
    ("/rollback a\r\n/apply\r\n", ["rollback", "apply"]),
    ("text\r/apply\rtext", ["apply"]),
    ("# Heading\n/apply", ["apply"]),
    ("/apply\n---", ["apply"]),
    ("---\n/apply", ["apply"]),
    ("- item\n/apply", ["apply"]),
    ("> quote\n/apply", ["apply"]),
    ("> quote\n\n/apply", ["apply"]),
    ("> ```\n> code\n/apply", ["apply"]),
    ("- ```\n  code\n/apply", ["apply"]),
    ("- ```\n  code\n  ```\n/apply", ["apply"]),
    ("1. ```\n   ~~~\n   ```\n/apply", ["apply"]),
    ("```\ncode\n```\n/apply", ["apply"]),
    ("    code\n/apply", ["apply"]),
    ("a ``` b\n/apply", ["apply"]),
    ("a `b\n\nc` d\n/apply", ["apply"]),
    ("\\`a\n/apply\nb`", ["apply"]),
    ("``` a`b\n/apply", ["apply"]),
    ("/apply ```", ["apply"]),
    ("/apply `a\nb`", ["apply"]),
    ("<b>bold</b>\n/apply", ["apply"]),
    ("<b>\n\n/apply", ["apply"]),
    ("<details>\n<summary>a</summary>\n\n/apply\n\n</details>", ["apply"]),
    ("<details>\n\n<code>a</code>\n\n</details>\n\n/apply", ["apply"]),
    ("<!-- a -->\n/apply", ["apply"]),
    ("<!-->\n/apply", ["apply"]),
    ("a <!-- b\n\n/apply", ["apply"]),
    ("a < b\n/apply\nc > d", ["apply"]),
    ("&lt;!--\n/apply", ["apply"]),
    # how it is written
    ("/Apply\n/ROLLBACK", ["apply", "rollback"]),
    ("/apply\tx", ["apply"]),
    ("/apply  ", ["apply"]),
    ("/dry-run", ["dry-run"]),
    # what is none
    ("", []),
    ("/", []),
    ("apply", []),
    (" /apply", []),
    ("   /apply", []),
    ("\t/apply", []),
    ("    /apply", []),
    ("please /apply", []),
    ("- /apply", []),
    ("1. /apply", []),
    ("- a\n  /apply", []),
    ("> /apply", []),
    (">/apply", []),
    ("> > /apply", []),
    ("`/apply`", []),
    ("**/apply**", []),
    ("# /apply", []),
    ("\\/apply", []),
    ("&#47;apply", []),
    ("//apply", []),
    ("/usr/bin", []),
    ("/apply/", []),
    ("/apply.", []),
    ("/apply,", []),
    ("/apply:x", []),
    ("/apply@x", []),
    ("/apply2", []),
    ("/-apply", []),
    ("/apply_all", []),
    # hidden and look-alike characters
    ("\ufeff/apply", []),
    ("\u200b/apply", []),
    ("/\u200bapply", []),
    ("/ap\u200bply", []),
    ("/ap\u00adply", []),
    ("/apply\u200b", []),
    ("/apply\u00a0x", []),
    ("/apply\u2028x", []),
    ("/apply\x0bx", []),
    ("x\u2028/apply", []),
    ("x\x0b/apply", []),
    ("x\x0c/apply", []),
    ("x\x85/apply", []),
    ("\u202e/apply", []),
    ("/аpply", []),
    ("/ａpply", []),
    ("／apply", []),
    ("\x00/apply", []),
    ("/app\x00ly", []),
    ("/roll\u0130ack", []),
    # code
    ("```\n/apply\n```", []),
    ("~~~\n/apply\n~~~", []),
    ("```\n/apply", []),
    ("```\n/apply\n``\n/apply\n~~~\n/apply", []),
    ("`````\n```\n/apply\n`````", []),
    ("   ```\n/apply\n   ```", []),
    ("```\n/apply\n    ```\n/apply", []),
    ("```\n/apply\n``` x\n/apply", []),
    ("~~~ a`b\n/apply\n~~~", []),
    ("text\n```\n/apply\n```", []),
    ("``` `\n```\n/apply", []),
    ("a `b\n/apply\nc` d", []),
    ("``a`\n/apply\n``", []),
    ("`` a`\n/apply\n`b", []),
    ("- a\n\n```\n/apply\n```", []),
    # HTML
    ("<!--\n/apply\n-->", []),
    ("<!--\n\n/apply\n\n-->", []),
    ("<!-- a\n/apply", []),
    ("  <!--\n/apply\n-->", []),
    ("text <!--\n/apply\n--> text", []),
    ("<!-- a --><!--\n/apply\n-->", []),
    ("<div>\n<!--\n\n/apply\n\n-->\n</div>", []),
    ("<div>\n/apply\n</div>", []),
    ("<details>\n/apply\n</details>", []),
    ("<details><summary>a</summary>\n\n```\n/apply\n```\n\n</details>", []),
    ("<details>\n\n<pre>\n\n/apply\n\n</pre>\n\n</details>", []),
    ("<pre>\n\n/apply", []),
    ("<PRE>\n\n/apply", []),
    ("<code>\n\n/apply\n\n</code>", []),
    ("text <code>\n/apply\n</code>", []),
    ("<blockquote>\n\n/apply\n\n</blockquote>", []),
    ("<script>\n\n/apply", []),
    ("<?\n\n/apply\n?>", []),
    ("<![CDATA[\n\n/apply\n]]>", []),
    ("<!X\n\n/apply\n>", []),
    ("<a>\n/apply", []),
    ('text <a title="\n/apply x\n">', []),
]


@pytest.mark.parametrize(("body", "wanted"), COMMANDS)
def test_what_is_a_command(body, wanted):
    assert names(body) == wanted


@pytest.mark.parametrize(("body", "wanted"), [each for each in COMMANDS if "\r" not in each[0]])
def test_a_form_sends_the_same_with_its_own_line_ends(body, wanted):
    there, here = parse(body.replace("\n", "\r\n")), parse(body)
    assert there == here


@pytest.mark.parametrize(
    ("line", "arguments", "head"),
    [
        ("/apply", (), None),
        (f"/apply @{OID}", (), OID),
        (f"/apply @{OID.upper()} a", ("a",), OID),
        ("/apply a @abcdef0 b", ("a", "b"), "abcdef0"),
        ("/apply @abcdef0 @1234567", ("@1234567",), "abcdef0"),
        ("/apply @abcdef", ("@abcdef",), None),
        (f"/apply @{OID}a", (f"@{OID}a",), None),
        ("/apply @ABCDEF0\t\t x", ("x",), "abcdef0"),
        ("/apply abcdef0", ("abcdef0",), None),
        ("/rollback  Terminal \t b", ("Terminal", "b"), None),
        ("/rollback a <!-- b --> c <!-- d", ("a", "c", "<!--", "d"), None),
        ("/rollback a <!-- b\nc -->", ("a",), None),
        ("/rollback a\u200b b\u00a0c", ("a\u200b", "b\u00a0c"), None),
    ],
)
def test_what_a_command_was_given(line, arguments, head):
    (command,) = parse(line).commands
    assert (command.arguments, command.head) == (arguments, head)


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        ("/a\n```\nx\n```", [("", "x\n", 3, True)]),
        ("/a\n```diff  \nx\n\ny\n```  \n", [("diff", "x\n\ny\n", 3, True)]),
        ("/a\n~~~~ a`b ~~~\nx\n~~~\n~~~~~", [("a`b ~~~", "x\n~~~\n", 3, True)]),
        ("/a\n```\n```", [("", "", 3, True)]),
        ("/a\n```\nx", [("", "x", 3, False)]),
        ("/a\n```\nx\n", [("", "x\n", 3, False)]),
        ("/a\n  ```\n    x\n  y\n z\nw\n  ```", [("", "  x\ny\nz\nw\n", 3, True)]),
        ("/a\n  ```\n\tx\n   ```", [("", "  x\n", 3, True)]),
        ("/a\n```\n\tx\n```", [("", "\tx\n", 3, True)]),
        ("/a\n- b\n\n  ```\n  x\n\n    y\n  ```", [("", "x\n\n  y\n", 5, True)]),
        ("/a\n- ```\n  x\n/b", [("", "x\n", 3, False)]),
        ("/a\n\n    ```\n    x\n    ```", []),
        ("/a\n> ```\n> x\n> ```", []),
        ("/a\n- > ```\n  > x", []),
        ("/a\n<pre>\n\n```\nx\n```\n</pre>", []),
        ("/a\n```\nx\n```\n```b\ny\n```", [("", "x\n", 3, True), ("b", "y\n", 6, True)]),
        ("/a\r\n```\r\nx\r\n\r\n```\r\n", [("", "x\n\n", 3, True)]),
        ("/a\n```\nx\r\ny\n```\n", [("", "x\r\ny\n", 3, True)]),
        ("/a\n```\nx\u2028y\x0c\n```\n", [("", "x\u2028y\x0c\n", 3, True)]),
        ("no command\n```\nx\n```/", [("", "x\n```/", 3, False)]),
    ],
)
def test_the_fenced_blocks(body, blocks):
    assert parse(body).blocks == tuple(Block(*each) for each in blocks)


def fence(text):
    return f"```\n{text}\n```\n"


@pytest.mark.parametrize(
    ("body", "given_to"),
    [
        ("/apply\n" + fence("a") + fence("b"), [["a\n", "b\n"]]),
        (fence("a") + "/apply\n", [["a\n"]]),
        (fence("a") + "/apply\n" + fence("b"), [["a\n", "b\n"]]),
        (fence("a") + "/apply\n" + fence("b") + "/apply\n", [["a\n"], ["b\n"]]),
        (fence("a") + "/apply\n" + fence("b") + "/apply\n" + fence("c"), [["a\n"], ["b\n", "c\n"]]),
        (fence("a") + fence("b") + "/apply\n" + fence("c") + "/dry-run\n", [["a\n", "b\n"], ["c\n"]]),
        (fence("a") + "/apply\n/apply\n", [["a\n"], []]),
        ("/apply\n" + fence("a") + "/apply\n" + fence("b"), [["a\n"], ["b\n"]]),
        ("/apply\n/rollback\n" + fence("a"), [["a\n"], []]),
        ("/rollback\n" + fence("a"), [[]]),
        ("/apply\n/apply\n" + fence("a"), [[], ["a\n"]]),
    ],
)
def test_whose_blocks_they_are(body, given_to):
    assert [[block.text for block in one.blocks] for one in parse(body).commands] == given_to


SAME = [
    ("/apply\n", "\n\ntext\n\n/APPLY  \ntext"),
    ("/rollback a b", "/rollback  a\tb\n/help"),
    ("/apply\n" + fence("a"), "```\r\na\r\n```\r\n\r\n/apply\r\n"),
    ("/apply\n```\na\r\nb\n```", "/apply\r\n```\r\na\r\nb\r\n```"),
    ("/rollback a\n" + fence("a"), "/rollback a\n" + fence("b")),
]
OTHER = [
    ("/apply", "/rollback"),
    ("/apply a", "/apply A"),
    ("/apply a b", "/apply ab"),
    ("/apply", f"/apply @{OID}"),
    (f"/apply @{OID}", f"/apply @{OID[:7]}"),
    ("/apply\n" + fence("a"), "/apply\n" + fence("b")),
    ("/apply\n" + fence("a"), "/apply\n```\na"),
    ("/apply\n```\na\n```", "/apply\n```json\na\n```"),
    ("/apply\n" + fence("a"), "/apply\n" + fence("a") * 2),
]


@pytest.mark.parametrize(("before", "after", "same"), [(*each, True) for each in SAME] + [(*e, False) for e in OTHER])
def test_an_edited_comment_asks_for_what_is_new(before, after, same):
    assert (parse(before).commands[0].key == parse(after).commands[0].key) is same


def test_a_repetition_is_a_command_of_its_own():
    keys = [one.key for one in parse("/help\n/apply\n/help\n/help").commands]
    assert len(set(keys)) == 4
    assert keys[0] == parse("/help").commands[0].key
    # What is put before or taken away does not make the others new.
    assert [one.key for one in parse("/rollback\n/help\n/help\n/apply").commands][1:] == [keys[0], keys[2], keys[1]]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("apply", "apply"), ("APLY", "apply"), ("applly", "apply"), ("rolback", "rollback"), ("roll-back", "rollback"),
        ("usr", None), ("app", None), ("tmp", None), ("home", None), ("etc", None), ("a" * 65_000, None), ("", None),
    ],
)  # fmt: skip
def test_a_word_that_is_nearly_one(word, meant):
    assert nearest(word, ["rollback", "help", "apply"]) == meant


def test_a_word_is_near_nothing_where_nothing_is_known():
    assert nearest("apply", []) is None
