"""Who calls: App tokens signed with its key, installation tokens, and people's tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import jwt

from bot.playground.problems import Problem, forbidden, not_accessible, not_found, unauthorized
from bot.playground.state import Actor, App, Installation, Repository, Token, User, World

LEVELS = ("none", "read", "write", "admin")
LIFETIME = 3_600.0
"""Seconds an installation token lives. (D)"""
LONGEST = 600
"""Seconds ahead that an App's token may expire. (D)"""
DRIFT = 60
"""Seconds an App's clock may be ahead."""
# The role a person needs for what an App needs a permission for.
ROLE = {("issues", "write"): "triage", ("administration", "write"): "admin"}


@dataclass(frozen=True)
class Caller:
    """Who calls: an App itself, an installation through a token, a person, or nobody (all ``None``)."""

    app: App | None = None
    token: Token | None = None
    user: User | None = None

    @property
    def key(self) -> str:
        """Whose limits count."""
        if self.token:
            return f"installation ID {self.token.installation.id}"
        if self.app:
            return f"app ID {self.app.id}"
        return f"user ID {self.user.id}" if self.user else "anonymous"

    @property
    def name(self) -> str:
        """For the record of exchanges."""
        if self.token:
            return self.token.installation.app.bot.login
        return self.app.slug if self.app else self.user.login if self.user else ""

    @property
    def actor(self) -> Actor:
        """Who is said to have done what is done. Raises a 401 ``Problem`` for nobody."""
        if self.token:
            return Actor(self.token.installation.app.bot, self.token.installation.app)
        if self.user:
            return Actor(self.user)
        raise unauthorized("Requires authentication")

    def allowed(self, repo: Repository) -> bool:
        """Whether the repository is one of the token's."""
        token = self.token
        if token is None or not token.installation.covers(repo):
            return False
        return token.repositories is None or repo.id in token.repositories

    def check(self, repo: Repository, needs: Iterable[str], role: str | None = None) -> None:
        """Lets pass who has one of the needed permissions (``issues:write``) on a repository.

        ``role`` says what a person needs, where it is not what the permission says. Raises a 404 or 403 ``Problem``.
        """
        wanted = [(name, level) for name, _, level in (need.partition(":") for need in needs)]
        if self.token:
            if not self.allowed(repo):
                if repo.private:
                    raise not_found()
                if any(level == "write" for _, level in wanted):
                    raise not_accessible()
            elif not any(holds(self.token.permissions, name, level) for name, level in wanted):
                raise not_accessible()
            return
        if self.user is None and (repo.private or any(level == "write" for _, level in wanted)):
            raise not_found() if repo.private else unauthorized("Requires authentication")
        if self.user is None:
            return
        if not repo.may(self.user, "read"):
            raise not_found()
        if any(name == "checks" and level == "write" for name, level in wanted):
            raise forbidden("You must authenticate via a GitHub App.")
        enough = [role or ROLE.get((name, level), "write" if level == "write" else "read") for name, level in wanted]
        if not any(repo.may(self.user, least) for least in enough):
            raise forbidden("Must have push access to repository")


def holds(permissions: Mapping[str, str], name: str, level: str) -> bool:
    """Whether permissions include one, at this level or above. Metadata may always be read."""
    have = permissions.get(name, "read" if name == "metadata" else "none")
    return LEVELS.index(have) >= LEVELS.index(level)


def identify(world: World, authorization: str | None, *, basic: str | None = None) -> Caller:
    """Finds the caller by ``Authorization``, or by ``basic``, the password of git. Raises a 401 ``Problem``."""
    if authorization is None and basic is None:
        return Caller()
    scheme, _, text = (authorization or f"token {basic}").partition(" ")
    text = text.strip()
    if scheme.lower() not in {"token", "bearer"}:
        raise unauthorized()
    if text.startswith("ghu_") and (user := world.users.get(text[4:].lower())):
        return Caller(user=user)
    if token := world.tokens.get(text):
        if world.clock.time() >= token.expires_at.timestamp() or token.installation.id not in world.installations:
            raise unauthorized()
        if token.installation.suspended:
            raise Problem(403, "This installation has been suspended")
        return Caller(token=token)
    if scheme.lower() == "bearer" and text.count(".") == 2:
        return Caller(app=_app(world, text))
    raise unauthorized()


def _app(world: World, text: str) -> App:
    """The App that signed a JSON Web Token. Raises a 401 ``Problem`` with GitHub's words."""
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise unauthorized("A JSON web token could not be decoded") from None
    issuer = str(claims.get("iss", ""))
    app = next((one for one in world.apps.values() if issuer in {str(one.id), one.client_id}), None)
    if app is None:
        raise Problem(404, "Integration not found") if issuer else unauthorized("Missing 'issuer' claim ('iss')")
    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    try:
        jwt.decode(text, app.public_key, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
    except jwt.PyJWTError:
        raise unauthorized("A JSON web token could not be decoded") from None
    now, issued, expires = world.clock.time(), claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or issued > now + DRIFT:
        raise unauthorized(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if not isinstance(expires, int) or expires <= now:
        raise unauthorized("'Expiration time' claim ('exp') must be a numeric value representing the future time")
    if expires > now + LONGEST:
        raise unauthorized("'Expiration time' claim ('exp') is too far in the future")
    return app


def issue_token(
    world: World, installation: Installation, permissions: dict[str, str], repositories: frozenset[int] | None
) -> Token:
    """Makes an installation token, as long as GitHub's are now."""
    text = f"ghs_{secrets.token_urlsafe(387)}"
    token = Token(text, installation, permissions, repositories, world.clock.after(LIFETIME))
    now = world.clock.time()
    for old in [one for one in world.tokens.values() if one.expires_at.timestamp() < now]:
        del world.tokens[old.text]
    world.tokens[text] = token
    return token
