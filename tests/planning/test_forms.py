"""Issue forms as GitHub renders them, and as people then mangle them."""

import pytest

from bot.errors import Refusal
from bot.planning.forms import Answer, answers, manifest_path


def test_answers_carry_their_lines():
    body = "Hello\n\n### Manifest\n\nmigrations/a.yml\n\n### Why\n\n_No response_\n"
    assert answers(body) == (Answer("manifest", "migrations/a.yml", 5), Answer("why", "", 9))


@pytest.mark.parametrize(
    "body",
    [
        "### Manifest\n\nmigrations/a.yml\n",
        "### Manifest\r\n\r\nmigrations/a.yml\r\n\r\n### Why\r\n\r\nbecause of other.yml\r\n",
        "### manifest path\n\n`migrations/a.yml`\n",
        "### Manifest\n\n./migrations/a.yml",
        "Please run\n\nmigrations/a.yml\n\nthanks",
    ],
)
def test_the_manifest_is_found(body):
    assert manifest_path(body) == "migrations/a.yml"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "manifest-not-named"),
        ("### Manifest\n\n_No response_", "manifest-not-named"),
        ("a.yml\nb.yml", "manifest-not-named"),
        ("### Manifest\n\n../../etc/passwd.yml", "unsafe-path"),
        ("### Manifest\n\n/etc/a.yml", "unsafe-path"),
        ("### Manifest\n\n.git/config.yml", "unsafe-path"),
    ],
)
def test_what_is_refused(body, code):
    with pytest.raises(Refusal) as caught:
        manifest_path(body)
    assert caught.value.code == code


def test_the_place_is_the_line_of_the_body():
    with pytest.raises(Refusal) as caught:
        manifest_path("x\n### Manifest\n\n\n/etc/a.yml")
    assert caught.value.place.line == 5
