"""Every refusal has its words, every template its use: read from the code's own syntax trees."""

import re
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import jinja2
import pytest
from jinja2 import meta

import templates
from bot.planning.specs.named import NamedVerdict
from bot.workflows.authorise import Authorisation
from tests import scan
from tests.generate import codes, sample, sample_values

FOLDER = Path(templates.__file__).parent
FOUND = [scan.refusals(file, source) for file, source in scan.sources()]
RAISED = [each for raised, _ in FOUND for each in raised]
DYNAMIC = [each for _, dynamic in FOUND for each in dynamic]


def text(name):
    return (FOLDER / name).read_text("utf-8")


def wanted(code):
    environment = templates._environment()
    return meta.find_undeclared_variables(environment.parse(text(f"refusals/{code}.md")))


# --- codes


def test_the_code_raises_many_refusals():
    assert len({each.code for each in RAISED}) > 50


@pytest.mark.parametrize("code", sorted({each.code for each in RAISED}))
def test_every_code_is_stable_kebab_case_and_has_a_template(code):
    where = [f"{each.file}:{each.line}" for each in RAISED if each.code == code]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code), where
    assert (FOLDER / f"refusals/{code}.md").is_file(), f"{where} raises {code}: write templates/refusals/{code}.md"


@pytest.mark.parametrize("code", codes())
def test_every_refusal_template_has_a_code_that_is_raised(code):
    assert code in {each.code for each in RAISED}


def test_no_code_is_hidden_from_this_test():
    hidden = [each for each in DYNAMIC if (each.file, each.text) not in scan.PASSED_ON]
    assert hidden == [], "write the code as a literal, or add it to scan.PASSED_ON with a reason"
    assert {(each.file, each.text) for each in DYNAMIC} == set(scan.PASSED_ON)


@pytest.mark.parametrize(
    "raised", [pytest.param(r, id=f"{r.file}:{r.code}:{r.line}") for r in RAISED if r.values is not None]
)
def test_a_refusal_brings_every_value_that_its_sentence_needs(raised):
    if (FOLDER / f"refusals/{raised.code}.md").is_file():  # else the test above says so
        assert wanted(raised.code) <= raised.values | ADDED.get((raised.file, raised.code), set())


ADDED = {("bot/migration/rewrite.py", "rule-breaks-syntax"): {"folder"}}
"""Values that a caller adds: ``bot.migration.apply`` knows the folder, the rewriting of one file does not."""


# --- rendering


@pytest.mark.parametrize("code", codes())
def test_every_refusal_renders_strictly(code):
    rendered = templates.render(f"refusals/{code}.md", **sample(code))
    sentence, _, step = rendered.partition("\nNext: ")
    assert rendered.count("Next:") == 1
    assert sentence.strip() and step.strip()
    assert "\n\nNext: " in text(f"refusals/{code}.md"), "a blank line divides the sentence from the next step"
    assert "{" not in sentence.replace("{name}", "").replace("{a,b}", "")
    assert all(line == line.rstrip() for line in text(f"refusals/{code}.md").splitlines())
    assert text(f"refusals/{code}.md").endswith("\n")
    for name in sample(code):
        fewer = {key: value for key, value in sample(code).items() if key != name}
        with pytest.raises((jinja2.UndefinedError, TypeError)):
            templates.render(f"refusals/{code}.md", **fewer)


@pytest.mark.parametrize("code", codes())
def test_no_refusal_lets_hostile_text_through(code):
    hostile = "x` @octocat <!-- -->\n# [a](b) | \u202e"

    def poison(value):
        return [hostile] if isinstance(value, list) else hostile if isinstance(value, str) else value

    values = {name: poison(value) for name, value in sample(code).items()}
    values |= dict.fromkeys(OURS_RAW.get(code, ()), "ours")
    rendered = templates.render(f"refusals/{code}.md", **values)
    assert "\u202e" not in rendered
    spans = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", rendered, flags=re.DOTALL)
    assert "\n#" not in spans
    assert "@octocat" not in spans and "<!--" not in spans


OURS_RAW = {
    "plan-missing": ("found",),
    "ambiguous-scalar": ("reads_as",),
    "bad-marker": ("reason",),
    "bad-replacement": ("groups",),
    "bad-text": ("what",),
    "batch-too-large": ("what",),
    "breaks-syntax": ("line",),
    "duplicate-key": ("first",),
    "expect-differs": ("first", "last"),
    "file-exists": ("kind",),
    "fork-pull": ("pull",),
    "issue-closed": ("issue",),
    "issue-missing": ("issue",),
    "line-out-of-range": ("wanted",),
    "not-a-batch": ("what",),
    "no-migration": ("number",),
    "not-a-file": ("kind",),
    "not-an-approver": ("who_may",),
    "not-assignable": ("most",),
    "not-ours": ("pull",),
    "nothing-to-report": ("pull",),
    "operations-conflict": ("what", "other"),
    "operations-overlap": ("other",),
    "path-clash": ("kind",),
    "plan-repeated-id": ("line",),
    "plan-too-deep": ("most",),
    "plan-too-many": ("count", "most"),
    "pull-closed": ("pull",),
    "range-backwards": ("first", "last"),
    "task-too-long": ("size", "most"),
    "task-too-many": ("count", "most"),
    "too-deep": ("most",),
    "too-large": ("size", "most"),
    "too-many-folders": ("most", "count"),
    "rule-breaks-syntax": ("line",),
    "unsafe-path": ("reason",),
    "wrong-type": ("got",),
}
"""Values that our own code chooses from fixed words or numbers; everything else may have come from a person."""


# --- every template is used


@cache
def used():
    patterns = [pattern for _, source in scan.sources() for pattern in scan.names_of_templates(source)]
    for path in FOLDER.rglob("*"):
        if path.suffix in {".md", ".txt", ".html"}:
            inside = path.read_text("utf-8")
            for found in re.finditer(
                r"{%-? *(?:include|extends|import|from) +\"([^\"]+)\"( *~ *\w[\w.]* *~ *\"([^\"]+)\")?", inside
            ):
                end = f"[a-z-]+{re.escape(found[3])}" if found[2] else ""
                patterns.append(re.compile(re.escape(found[1]) + end))
    return patterns


ALL = sorted(
    path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.suffix in {".md", ".txt", ".html"}
)


@pytest.mark.parametrize("name", ALL)
def test_every_template_is_used(name):
    assert any(pattern.fullmatch(name) for pattern in used()), f"nothing renders or includes templates/{name}"


def test_every_verdict_of_the_spec_guard_has_its_words():
    reasons = get_args(get_type_hints(NamedVerdict)["reason"])
    there = {path.stem for path in (FOLDER / "checks/spec").glob("*.md")}
    assert there == {name for reason in reasons for name in (reason, f"{reason}-title")}


def test_every_way_of_not_being_authorised_has_its_words():
    states = set(get_args(get_type_hints(Authorisation)["state"])) - {"granted", "not-labelled"}
    assert {path.stem for path in (FOLDER / "comments/not-authorised").glob("*.md")} == states


def test_every_warning_of_the_engine_has_its_words_and_the_other_way_round():
    engine = "".join(source for file, source in scan.sources() if file.startswith("bot/migration/"))
    there = {path.stem for path in (FOLDER / "checks/warnings").glob("*.md")}
    given = set(re.findall(r'Warning_\(\s*code="([a-z-]+)"', engine))
    given |= set(re.findall(r'[\[(]\("([a-z]+(?:-[a-z]+)+)", ', engine))
    given |= set(re.findall(r'_warning\(task, "([a-z-]+)"', engine))
    assert given <= there
    assert {name for name in there if f'"{name}"' not in engine} == set()


# --- these tests can fail


@pytest.mark.parametrize(
    ("source", "code", "values"),
    [
        ("raise Refusal('no-such', Place(), {'path': 1})", "no-such", {"path"}),
        ("raise Refusal(code='no-such', values={'a': 1, 'b': 2})", "no-such", {"a", "b"}),
        ("def f():\n    more = {'a': 1}\n    raise Refusal('x', Place(), {**more, 'b': 2})", "x", {"a", "b"}),
        ("faults.add('x', place, folder=1)", "x", {"folder"}),
        ("raise Misplaced('x', line, first=1)", "x", {"path", "first"}),
        ("def f(self):\n    raise self.source.refusal('x', at, problem=1)", "x", {"problem"}),
        ("def f(o):\n    code = 'x' if o else 'x'\n    faults.add(code, place, **o)", "x", None),
    ],
)
def test_the_scan_sees_every_way_to_refuse(source, code, values):
    raised, dynamic = scan.refusals("bot/some.py", source)
    assert dynamic == []
    assert {(each.code, each.values) for each in raised} == {(code, None if values is None else frozenset(values))}


def test_the_scan_reports_a_code_it_cannot_read():
    raised, dynamic = scan.refusals("bot/some.py", "def f(code):\n    raise Refusal(code, Place())")
    assert raised == [] and len(dynamic) == 1


def test_samples_are_lists_numbers_and_texts():
    made = sample_values("{% for f in files %}{{ f }}{% endfor %}{{ count|plural('file') }}{{ path }}")
    assert made == {"files": ["‹file›", "‹file›"], "count": 3, "path": "‹path›"}
