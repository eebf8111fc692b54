"""``graftsman token new``, and the file that its entries go into."""

import hashlib
import json

import pytest

from bot.config import api_tokens, server_settings
from bot.errors import Refusal, UsageError
from templates import explain_plain
from tests.cli.test_local import graftsman

DIGEST = "a" * 64
ENTRY = f'{{name: ci, sha256: "{DIGEST}", repositories: ["acme/*"], rights: ["events:read"]}}'


def new(tmp_path, *more, repositories="acme/*,x/{a,b}", rights="events:write,events:read"):
    return graftsman(
        "token", "new", "--name", "ci", "--repositories", repositories, "--rights", rights, *more, cwd=tmp_path
    )


def test_a_new_token_and_its_entry(tmp_path):
    code, out, words = new(tmp_path)
    token = out.strip()
    assert (code, token.startswith("graftsman_"), len(token) > 40) == (0, True, True)
    assert token not in words
    text = "version: 1\ntokens:\n" + "".join(
        line + "\n" for line in words.splitlines() if line.startswith(("  - ", "    "))
    )
    (entry,) = api_tokens(text.encode(), "tokens.yml")
    assert entry.sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert (entry.name, entry.repositories, entry.rights) == (
        "ci",
        ("acme/*", "x/{a,b}"),
        ("events:write", "events:read"),
    )
    assert new(tmp_path)[1] != out
    said = json.loads(new(tmp_path, "--json")[1])
    assert said["entry"]["sha256"] == hashlib.sha256(said["token"].encode()).hexdigest()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"rights": "admin"}, "bad-value"),
        ({"rights": ""}, "bad-value"),
        ({"repositories": "/x"}, "bad-glob"),
        ({"repositories": ","}, "bad-value"),
    ],
)
def test_what_would_not_be_read_is_not_made(tmp_path, options, code):
    status, out, _ = new(tmp_path, **options)
    assert (status, json.loads(out)["refused"][0]["code"]) == (3, code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"version: 2\ntokens: [{ENTRY}]", "bad-value"),
        (f"tokens: [{ENTRY}, {ENTRY}]", "repeated-token"),
        (f"tokens: [{ENTRY.replace('}', ', token: x}')}]", "unknown-key"),
        (f"tokens: [{ENTRY.replace(DIGEST, 'graftsman_secret')}]", "bad-value"),
        (f"tokens: [{ENTRY.replace('acme/*', 'acme/**x')}]", "bad-glob"),
        (f"tokens: [{ENTRY.replace('events:read', 'events:*')}]", "bad-value"),
        (f"tokens: [{ENTRY.replace('ci', '-')}]", "bad-value"),
        ("tokens: [", "bad-yaml"),
    ],
)
def test_a_file_that_is_wrong_is_refused(tmp_path, text, code):
    file = tmp_path / "tokens.yml"
    file.write_text(text)
    with pytest.raises(Refusal) as refused:
        server_settings(api_tokens_file=file).tokens()
    assert refused.value.code == code
    assert refused.value.place.file == "tokens.yml"
    assert "graftsman_secret" not in explain_plain(refused.value)


def test_the_setting(tmp_path):
    assert server_settings().tokens() is None
    file = tmp_path / "tokens.yml"
    with pytest.raises(UsageError, match="GRAFTSMAN_API_TOKENS_FILE"):
        server_settings(api_tokens_file=file).tokens()
    file.write_text(f"tokens: [{ENTRY}]")
    (token,) = server_settings(api_tokens_file=file).tokens()
    assert [token.reaches(name) for name in ("acme/x", "Acme/X", "acme/x/y", "other/acme", "xacme/x")] == [
        True,
        True,
        False,
        False,
        False,
    ]
