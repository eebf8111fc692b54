"""Who calls: a bearer token, compared by digest and in constant time; what it may do, and where.

A token learns nothing about repositories that it does not reach: the answer is the same whether they exist or not.
"""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web

from bot.config import ApiToken, Right
from bot.web.context import CONTEXT, Api
from bot.web.errors import Refused

MOST = 512
"""Characters of a token."""


def caller(request: web.Request, right: Right) -> tuple[Api, ApiToken]:
    """The API and the token that calls. Raises ``Refused``: 404 without an API, 401, or 403 without the right."""
    api = request.app[CONTEXT].api
    if api is None:
        raise Refused(404, "api-off", "The API is off: GRAFTSMAN_API_TOKENS_FILE is not set.")
    token = _known(api, _bearer(request))
    if right not in token.rights:
        raise Refused(403, "forbidden", f"The token {token.name} lacks the right {right}.", missing=right)
    return api, token


def reach(token: ApiToken, repository: str) -> None:
    """Raises ``Refused`` (403) unless the repository is one of the token's."""
    if not token.reaches(repository):
        message = f"The token {token.name} does not reach the repository {repository}."
        raise Refused(403, "forbidden", message, missing=repository)


def _bearer(request: web.Request) -> str:
    given = request.headers.getall("Authorization", [])
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not 0 < len(token) <= MOST:
        raise Refused(401, "unauthenticated", "Send one header `Authorization: Bearer <token>`.")
    return token.strip()


def _known(api: Api, token: str) -> ApiToken:
    digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
    found = None
    for each in api.tokens:  # every one is compared, whichever fits: the time says nothing
        if hmac.compare_digest(digest, each.sha256):
            found = each
    if found is None:
        raise Refused(401, "unauthenticated", "The token is not known here.")
    return found
