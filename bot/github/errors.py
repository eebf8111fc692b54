"""What GitHub, or the way to it, can do wrong. All are ``WorldError``; no token is ever in a message."""

from __future__ import annotations

from typing import Any

from bot.errors import WorldError


class GitHubError(WorldError):
    """A call that did not work out. ``status`` is 0 when there was no answer."""

    def __init__(self, message: str, *, status: int = 0, method: str = "", path: str = "") -> None:
        where = f"{method} {path}: " if method else ""
        super().__init__(f"{where}{message}")
        self.message = message
        self.status = status
        self.method = method
        self.path = path


class NotFoundError(GitHubError):
    """404: it is not there, or not for us to see."""


class GoneError(NotFoundError):
    """410: it was there (a deleted issue), or the repository has switched it off."""


class ForbiddenError(GitHubError):
    """401 or 403, and no limit: the App may not, is suspended, or its key or clock is wrong."""


class InvalidError(GitHubError):
    """422: GitHub took the request for wrong. ``errors`` is GitHub's own list (mappings or texts)."""

    def __init__(self, message: str, errors: list[Any], *, status: int = 422, method: str = "", path: str = "") -> None:
        texts = (each.get("message") or each if isinstance(each, dict) else each for each in errors)
        details = "; ".join(str(text) for text in texts)
        super().__init__(f"{message}: {details}" if details else message, status=status, method=method, path=path)
        self.errors = errors

    def has(self, code: str) -> bool:
        """Whether one of the errors has this code (``already_exists``, say)."""
        return any(isinstance(each, dict) and each.get("code") == code for each in self.errors)


class NotMergeableError(GitHubError):
    """GitHub does not merge or enqueue it now: a rule of the branch, a conflict, a moved head."""

    @property
    def reason(self) -> str:
        """What stands against it, as GitHub says it; from outside, like any text of GitHub's."""
        return self.message


class LimitedError(GitHubError):
    """A rate limit that still held after several back-offs. The request had no effect."""


class BrokenError(GitHubError):
    """5xx after all retries of a request that may safely be repeated."""


class UnreachableError(GitHubError):
    """No connection, or it broke. A request that makes something certainly did not run."""


class MovedError(GitHubError):
    """The repository was renamed or moved, and a write was sent to its old name, or redirects went astray."""


class UncertainError(GitHubError):
    """A request that makes something may have run, or not: look for its effect before making it again."""


class AnswerError(GitHubError):
    """An answer that is not what GitHub documents."""


class QueryError(GitHubError):
    """A GraphQL query that GitHub could not serve. ``errors`` is GitHub's own list."""

    def __init__(self, message: str, errors: list[Any]) -> None:
        super().__init__(message, status=200, method="POST", path="/graphql")
        self.errors = errors
