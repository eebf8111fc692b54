"""What GitHub answers when a call cannot be served, as exceptions that the REST edge turns into answers."""

from __future__ import annotations

from typing import Any

DOCS = "https://docs.github.com/rest"


class Problem(Exception):
    """An answer that is an error: GitHub's status, message and, for 422, its list of errors."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, Any]] | list[str] | None = None,
        headers: dict[str, str] | None = None,
        documentation_url: str = DOCS,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or {}
        self.documentation_url = documentation_url

    def body(self) -> dict[str, Any]:
        """The JSON that GitHub sends with it."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        body["documentation_url"] = self.documentation_url
        body["status"] = str(self.status)
        return body


def not_found() -> Problem:
    """404: not there, or not visible to the caller."""
    return Problem(404, "Not Found")


class Moved(Problem):
    """301: an issue was transferred. ``to`` is the repository and the number that it has now."""

    def __init__(self, full_name: str, number: int) -> None:
        super().__init__(301, "Moved Permanently")
        self.to = (full_name, number)


def gone() -> Problem:
    """410: it was deleted."""
    return Problem(410, "This issue was deleted")


def unauthorized(message: str = "Bad credentials") -> Problem:
    """401: no credential, or a wrong one."""
    return Problem(401, message)


def not_accessible() -> Problem:
    """403: the App lacks the permission."""
    return Problem(403, "Resource not accessible by integration")


def forbidden(message: str = "Must have admin rights to Repository.") -> Problem:
    """403 for a person."""
    return Problem(403, message)


def invalid(resource: str, field: str, code: str = "invalid", message: str | None = None) -> Problem:
    """422 with one error in GitHub's shape. Codes: missing, missing_field, invalid, already_exists, custom."""
    error = {"resource": resource, "code": code, "field": field}
    if message is not None:
        error["message"] = message
    return Problem(422, "Validation Failed", errors=[error])


def refused(resource: str, message: str) -> Problem:
    """422 with a ``custom`` error that says it in words."""
    error = {"resource": resource, "code": "custom", "message": message}
    return Problem(422, "Validation Failed", errors=[error])


def unprocessable(message: str) -> Problem:
    """422 of the git database and of schema checks: the message alone."""
    return Problem(422, message)
