"""The hardened git command line: one way to run git, with a fixed environment and errors that hold no secret.

Fetch, push, packing and the moving of refs are git's own (libgit2 has no atomic push, no lease, protocol v0 only and
endless time-outs). Nothing of the machine's configuration is read, no hook runs, nobody is prompted, and a credential
goes by environment only: an address or an argument would land in configuration, reflogs, process lists, error text.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.errors import WorldError

SEARCH_PATH: Final = f"/usr/local/bin:{os.defpath}:/opt/homebrew/bin"
TEXT_LIMIT: Final = 2_000
"""Characters of git's own words that an error keeps: the last ones, where the reason stands."""

_FIXED: Final[Mapping[str, str]] = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_COMMITTER_NAME": "Graftsman",
    "GIT_COMMITTER_EMAIL": "graftsman@localhost",
}
_CONFIG: Final = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.askPass", ""),
    ("credential.helper", ""),
    ("protocol.version", "2"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.unpackLimit", "1"),  # always a pack: their number says when to put them together
    ("push.recurseSubmodules", "no"),
    ("push.gpgSign", "false"),
    ("init.defaultBranch", "main"),
    # A redirect would carry the credential to another host: git keeps its headers when it follows one.
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
    # Two processes that move refs of one repository wait for each other instead of failing.
    ("core.filesRefLockTimeout", "5000"),
    ("core.packedRefsTimeout", "5000"),
)
_GONE: Final = re.compile(
    r"repository '.*' not found|Repository not found|error: 404\b|does not appear to be a git repository"
)
_DENIED: Final = re.compile(
    r"Authentication failed|could not read (Username|Password)|error: 40[13]\b"
    r"|Permission to .* denied|Write access .* not granted",
    re.IGNORECASE,
)
_MOVED: Final = re.compile(r"error: 30[1278]\b")
_USERINFO: Final = re.compile(r"://[^/@\s'\"]+@")


class GitError(WorldError):
    """git failed. ``command`` is its subcommand, ``text`` what it said, without any credential."""

    def __init__(self, command: str, text: str, status: int | None = None) -> None:
        self.command = command
        self.text = text
        self.status = status
        super().__init__(f"git {command} failed: {text}" if text else f"git {command} failed ({status})")


class RepositoryGone(GitError):
    """The remote repository does not exist (any more), or must not be known to this credential."""


class RepositoryMoved(GitError):
    """The remote repository has another address now (it was renamed): ask for that first."""


class AccessDenied(GitError):
    """The remote refused the credential, or asked for one."""


class GitTimeout(GitError):
    """git took longer than it was given, and was killed."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a git command left: its exit status, its output, and its (redacted) words."""

    status: int
    output: bytes
    text: str


@dataclass(frozen=True)
class GitCommand:
    """How git is run. ``environment`` adds to the fixed one (a proxy, a certificate bundle): bot.config fills it in."""

    path: str = SEARCH_PATH
    environment: Mapping[str, str] = field(default_factory=dict)
    protocols: tuple[str, ...] = ("http", "https")
    """What may be fetched from and pushed to. Tests add ``file``."""
    timeout: float = 600.0
    """Seconds that one command may take."""

    def run(
        self,
        repository: Path | None,
        *arguments: str,
        stdin: bytes = b"",
        credential: str | None = None,
        timeout: float | None = None,
        keep: tuple[int, ...] = (),
        allow: tuple[int, ...] = (0,),
    ) -> Completed:
        """Run git on a bare directory and wait for it.

        ``credential`` is an installation token. ``keep`` are file descriptors the child inherits (a lock lives as long
        as the child does, even when we are killed). An exit status that is not in ``allow`` raises ``GitError``.
        """
        executable = shutil.which("git", path=self.path)
        if executable is None:
            raise WorldError(f"git was not found in {self.path}")
        where = [] if repository is None else [f"--git-dir={repository}"]
        environment = self._environment(credential)
        with subprocess.Popen(
            [executable, *where, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd="/",
            pass_fds=keep,
            start_new_session=True,
        ) as process:
            try:
                output, errors = process.communicate(stdin, timeout=timeout or self.timeout)
            except subprocess.TimeoutExpired:
                _kill(process)
                raise GitTimeout(arguments[0], f"no end after {timeout or self.timeout:g} s") from None
            except BaseException:
                _kill(process)
                raise
        text = redact(errors.decode("utf-8", "replace"), credential)
        if process.returncode not in allow:
            raise _error(arguments[0], text, process.returncode)
        return Completed(process.returncode, output, text)

    def _environment(self, credential: str | None) -> dict[str, str]:
        config = list(_CONFIG)
        if credential:
            config.append(("http.extraHeader", f"Authorization: Basic {_basic(credential)}"))
        numbered = {"GIT_CONFIG_COUNT": str(len(config))}
        for number, (key, value) in enumerate(config):
            numbered[f"GIT_CONFIG_KEY_{number}"] = key
            numbered[f"GIT_CONFIG_VALUE_{number}"] = value
        return {
            **self.environment,
            **_FIXED,
            "PATH": self.path,
            "GIT_ALLOW_PROTOCOL": ":".join(self.protocols),
            **numbered,
        }


def redact(text: str, credential: str | None) -> str:
    """``text`` without the credential in any shape git could show, and without any user part of an address."""
    if credential:
        for secret in (credential, _basic(credential)):
            text = text.replace(secret, "***")
    return _USERINFO.sub("://***@", text).strip()[-TEXT_LIMIT:]


def _basic(credential: str) -> str:
    return base64.b64encode(f"x-access-token:{credential}".encode()).decode()


def _error(command: str, text: str, status: int) -> GitError:
    if _DENIED.search(text):
        return AccessDenied(command, text, status)
    if _MOVED.search(text):
        return RepositoryMoved(command, text, status)
    if command in {"fetch", "push", "ls-remote"} and _GONE.search(text):
        return RepositoryGone(command, text, status)
    return GitError(command, text, status)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End git and its helpers (git-remote-https holds the connection): they are one session of their own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.communicate()
