"""What comes from people mentions nobody, refers to nothing and breaks out of nothing; and fits GitHub's limits."""

import re

import pytest
from markdown_it import MarkdownIt

from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import BODY, MANIFEST, SETTINGS, files

HTML = re.compile(r"</?(details|summary|sub)( open)?>|<!-- graftsman:[^<>]* -->")
MENTION = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9]")
REFERENCE = re.compile(r"(?<!\w)#\d|\bGH-\d", re.IGNORECASE)
EVIL = "@everyone @acme|team `x` <img src=x onerror=y> **b** [l](http:evil) fixes #1 ]] -->"
BIDI = "\u202egnp.exe"


def faults(body):
    """What GitHub's Markdown would make of a body that only code may say: mentions, links, HTML, odd tables."""
    found = []
    width = 0
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.type == "tr_open":
            width = 0
        elif token.type in {"th_open", "td_open"}:
            width += 1
        elif token.type == "html_block":
            rest = HTML.sub("", token.content)
            found += [f"html {rest!r}"] if "<" in rest or MENTION.search(rest) else []
        for child in token.children or ():
            if child.type in {"link_open", "image"}:
                found.append(f"{child.type} {child.attrs}")
            elif child.type == "html_inline" and not HTML.fullmatch(child.content):
                found.append(f"html {child.content!r}")
            elif child.type == "text" and MENTION.search(child.content):
                found.append(f"mention {child.content!r}")
    return found


def all_that_is_said(act):
    """Every body that the bot posted, by where."""
    for one in act.repository.issues.values():
        if one.user.login == BOT:
            yield f"body of #{one.number}", one.body
        yield from ((f"comment on #{one.number}", c.body) for c in one.comments if c.user.login == BOT)
    for one in act.repository.checks.values():
        yield from ((f"{one.name} {part}", text) for part, text in (("summary", one.summary), ("text", one.text)))


def assert_inert(act):
    said = list(all_that_is_said(act))
    assert said
    for where, body in said:
        assert faults(body or "") == [], where
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069]", body or ""), where


def test_the_judge_itself_sees_what_it_should():
    assert faults("hello @ada") and faults("a <b>x</b>") and faults("[a](http://b)") and faults("![a](b)")
    assert faults("`@ada` and `<b>`\n\n<details><summary>x</summary>\n\n</details>\n") == []


async def test_hostile_names_of_folders_files_and_rules_stay_text(stage):
    manifest = f"""\
version: 1
name: staging
folders:
  - id: a--b.c
    source: '{EVIL}/src'
    destination: 'apps/{EVIL}'
    mode: move
    imports:
      - {{files: "**/*.ts", from: "../@everyone", to: "@acme/team"}}
      - {{files: "**/*.md", regex: "@(everyone)", to: "@\\\\1 `` | <!-- -->"}}
  - {{id: after, source: STAGING/chat, destination: apps/chat, depends_on: [a--b.c]}}
"""
    act = await stage(
        files(
            manifest,
            **{
                f"{EVIL}/src/main.ts": 'import "../@everyone";\nimport "./gone@ada`|<b>";\n',
                f"{EVIL}/src/@ada | `.md": "@everyone | </details> `\n",
            },
        )
    )
    await act.begins(title="@everyone **look** <!-- -->")
    assert_inert(act)
    pull = act.pull("a--b.c")
    assert act.state("after") == "waiting for `a--b.c`"
    table = [line for line in act.plan.splitlines() if line.startswith("| `")]
    rows = MarkdownIt("commonmark").enable("table").parse(act.plan)
    assert sum(token.type == "td_open" for token in rows) == 7 * len(table)

    # Titles and commit messages are no Markdown, yet they mention, refer and close.
    commit = await act.commit(pull.head_sha)
    ours = commit.message.partition("\n\nGraftsman-")[0]
    for text in (pull.issue.title, ours, commit.message.replace(f"Graftsman-Issue: #{act.issue.number}", "")):
        assert not MENTION.search(text), text
        assert not REFERENCE.search(text), text

    await act.does(act.ben.close(NAME, pull.number), act.ben.reopen(NAME, pull.number))
    await act.merges("a--b.c")
    assert act.open_folders() == ["after"]
    await act.merges("after")
    assert act.issue.state == "closed"
    assert_inert(act)
    assert await act.file(f"apps/{EVIL}/main.ts") == b'import "@acme/team";\nimport "./gone@ada`|<b>";\n'


async def test_a_manifest_with_a_hostile_name_is_quoted_where_people_copy_from(stage):
    path = "migrations/@everyone `$(id)`; fixes #1.yml"
    content = files()
    content[path] = content.pop(MANIFEST)
    act = await stage(content)
    await act.begins(BODY.replace(MANIFEST, path))
    assert act.open_folders() == ["chat", "types"]
    assert_inert(act)
    body = act.pull("chat").issue.body
    assert "graftsman migrate 'migrations/@everyone `$(id)`; fixes #1.yml' --repo ." in body
    message = (await act.commit(act.branch("chat"))).message
    assert not MENTION.search(message)
    assert not REFERENCE.search(message.replace(f"Graftsman-Issue: #{act.issue.number}", ""))


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (
            f"version: 1\nname: staging\nfolders:\n  - {{id: '{EVIL}', source: STAGING/chat, destination: x}}\n",
            "bad-id",
        ),
        ("version: 1\n'@everyone | `<b>`': 1\n", "unknown-key"),
        (f"version: 1\nname: staging\nfolders:\n  - {{id: a, source: '{EVIL}', destination: x}}\n", "source-missing"),
        ("version: 1\nname: a\nfolders:\n  - {id: a, source: '../@ada', destination: '<b>'}\n", "unsafe-path"),
        ('version: 1\nname: a\nfolders:\n  - {id: a, source: "x\\u202e@ada", destination: b}\n', "unsafe-path"),
        ("version: 1\nname: a\nfolders: [@everyone]\n", "bad-yaml"),
        ("version: 1\nfolders:\n  - {each: '@everyone<b>/*', destination: 'a/{name}'}\n", "each-selects-nothing"),
    ],
)
async def test_a_refusal_repeats_what_people_wrote_without_obeying_it(stage, manifest, code):
    act = await stage(files(manifest))
    await act.begins()
    assert f"Code: `{code}`" in act.plan
    assert faults(act.plan) == []
    assert "\u202e" not in act.plan


async def test_a_file_whose_name_turns_text_around_is_refused_with_the_turn_shown(stage):
    act = await stage(files(**{f"STAGING/chat/{BIDI}": "x\n"}))
    await act.begins()
    assert "Code: `unsafe-path`" in act.plan
    assert "\\u202egnp.exe" in act.plan
    assert_inert(act)


async def test_hostile_settings_and_issues_are_told_inertly(stage):
    act = await stage(files(settings="version: 1\n'@everyone<img>`|': [a]\n"))
    await act.begins("### Manifest\n\n`@everyone` <b>|/../x.yml\n")
    assert faults(act.plan) == []
    await act.does(act.commits({SETTINGS: "version: 1\n"}))
    assert faults(act.plan) == []
    await act.does(act.ada.edit_issue(NAME, act.issue.number, body="a@everyone.yml\n@ada.json\n<b>.yml\n"))
    assert "Code: `manifest-not-named`" in act.plan
    assert faults(act.plan) == []


async def test_a_huge_certificate_is_cut_to_githubs_limits_and_taken(stage):
    manifest = """\
version: 1
name: staging
folders:
  - id: huge
    source: huge
    destination: apps/huge
    imports:
      - {files: "**/*.ts", regex: "old-name", to: "new-name"}
"""
    line = 'import a from "../gone/old-name"; // old-name old-name\n'
    many = {f"huge/{'deep/' * (at % 9)}file-{at:04}-{'x' * 60}.ts": line for at in range(2000)}
    act = await stage(files(manifest, **many))
    await act.begins()
    pull = act.pull("huge")
    assert len(pull.issue.body.encode()) < 65_536
    assert "left out here to stay within GitHub's limits" in pull.issue.body
    assert "| Rewrites | 6,000 |" in pull.issue.body
    check = act.check(pull, "graftsman/certificate")
    assert check.conclusion == "success"
    assert len(check.text.encode()) < 65_535
    assert len(check.annotations) == 50
    await act.merges("huge")
    assert act.issue.state == "closed"


async def test_a_plan_of_very_many_folders_fits_a_comment(stage, monkeypatch):
    names = [f"folder-{at:03}-{'y' * 60}" for at in range(300)]
    entries = [f"  - {{id: {name}, source: parts/{name}, destination: apps/{'z' * 80}/{name}}}" for name in names]
    manifest = "\n".join(["version: 1", "name: staging", "folders:", *entries]) + "\n"
    more = {f"parts/{name}/a.txt": "a\n" for name in names}
    act = await stage(files(manifest, settings="version: 1\npulls: {max_open: 2}\n", **more))
    await act.begins()
    assert len(act.pulls) == 2
    assert len(act.plan.encode()) < 65_536
    assert "more folders, left out here to stay within GitHub's limits." in act.plan
