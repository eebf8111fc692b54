"""Settings: of the server (environment, secrets directory) and of a repository (``.github/graftsman.yml``).

The only reader of environment variables.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.contracts.base import Contract, First
from bot.contracts.policy import ApprovalRule, CommandRule, Merging, Name, Waivers
from bot.contracts.task import TaskSettings
from bot.errors import Place, Refusal, UsageError
from bot.source.documents import MOST_FAULTS, Document, load, read
from bot.source.globs import compile_glob

SETTINGS_PATH = ".github/graftsman.yml"


class ServerSettings(BaseSettings):
    """What one ``graftsman serve`` needs. Every field is ``GRAFTSMAN_<NAME>``, or a file of that name in
    ``GRAFTSMAN_SECRETS_DIR``.
    """

    model_config = SettingsConfigDict(
        env_prefix="GRAFTSMAN_", extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    app_id: int | None = None
    """The App's id."""
    client_id: str | None = None
    """The App's client id; preferred as the issuer of its tokens."""
    private_key: SecretStr | None = None
    """The App's private key (PEM)."""
    private_key_file: Path | None = None
    """A file that holds the private key; used when ``private_key`` is not set."""
    webhook_secret: SecretStr | None = None
    """The webhook's secret. The server refuses to start without one."""
    webhook_secret_previous: SecretStr | None = None
    """The secret before, still accepted while a rotation is under way."""
    api_url: str = "https://api.github.com"
    """REST API. Enterprise Server: ``https://HOST/api/v3``."""
    graphql_url: str = "https://api.github.com/graphql"
    """GraphQL API. Enterprise Server: ``https://HOST/api/graphql``."""
    web_url: str = "https://github.com"
    """Where people look."""
    git_url: str = "https://github.com"
    """Base of git over HTTP."""
    database_url: str | None = None
    """``postgresql://...``; by default an SQLite file in ``data_dir``."""
    data_dir: Path = Path("graftsman-data")
    """Where mirrors and the SQLite file live."""
    mirror_max_bytes: Annotated[int, Field(ge=1 << 20)] = 20 << 30
    """Bound of all mirrors together, in bytes; the least recently used goes first."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Port to listen on; 0 takes a free one."""
    sweep_seconds: Annotated[float, Field(gt=0)] = 900.0
    """How often open migrations are looked at without being told to."""
    notes_seconds: Annotated[float, Field(gt=0)] = 60.0
    """How long ledger entries wait for the next push; then they are pushed to `refs/notes/graftsman` by themselves."""
    parallel_repositories: Annotated[int, Field(ge=1, le=64)] = 4
    """How many repositories are worked on at once; one job at a time in each."""
    pace: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Scale of GitHub's time windows; below 1 only against a playground whose clock is scaled alike."""
    api_tokens_file: Path | None = None
    """A YAML file with the API's tokens (see docs/api.md); without it the API answers nobody."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severity that is logged."""
    executor_id: str = "graftsman"
    """Stable name of this replica; each of several replicas needs its own."""

    @model_validator(mode="after")
    def _no_empty_secret(self) -> ServerSettings:
        for name in ("webhook_secret", "webhook_secret_previous", "private_key"):
            value = getattr(self, name)
            if value is not None and not value.get_secret_value().strip():
                raise ValueError(f"{name} is empty")
        return self

    def key(self) -> str:
        """The private key's PEM text. Raises ``UsageError`` when neither setting gives one."""
        if self.private_key is not None:
            return self.private_key.get_secret_value()
        if self.private_key_file is not None:
            try:
                return self.private_key_file.read_text("ascii")
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(f"GRAFTSMAN_PRIVATE_KEY_FILE cannot be read: {error.__class__.__name__}") from None
        raise UsageError("set GRAFTSMAN_PRIVATE_KEY or GRAFTSMAN_PRIVATE_KEY_FILE to the App's private key")

    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets a delivery may be signed with, newest first. Raises ``UsageError`` when there is none."""
        if self.webhook_secret is None:
            raise UsageError("set GRAFTSMAN_WEBHOOK_SECRET: unsigned webhooks are never accepted")
        both = (self.webhook_secret, self.webhook_secret_previous)
        return tuple(secret.get_secret_value() for secret in both if secret is not None)

    def tokens(self) -> tuple[ApiToken, ...] | None:
        """The API's tokens, ``None`` without a file. Raises ``UsageError`` when there is no such file, ``Refusal``."""
        if self.api_tokens_file is None:
            return None
        try:
            data = self.api_tokens_file.read_bytes()
        except OSError as error:
            raise UsageError(f"GRAFTSMAN_API_TOKENS_FILE cannot be read: {error.strerror}") from None
        return api_tokens(data, self.api_tokens_file.name)

    def issuer(self) -> str:
        """What the App's tokens name as issuer. Raises ``UsageError`` when neither id is set."""
        if self.client_id:
            return self.client_id
        if self.app_id is not None:
            return str(self.app_id)
        raise UsageError("set GRAFTSMAN_CLIENT_ID (or GRAFTSMAN_APP_ID)")


def server_settings(**overrides: object) -> ServerSettings:
    """Reads the server's settings. Raises ``UsageError`` naming each setting that is wrong, never its value."""
    secrets = os.environ.get("GRAFTSMAN_SECRETS_DIR")
    try:
        return ServerSettings(_secrets_dir=secrets, **overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = (f"GRAFTSMAN_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise UsageError("; ".join(wrong)) from None


def git_program() -> str:
    """The git command's absolute path. Raises ``UsageError`` when there is none."""
    found = shutil.which("git")
    if found is None:
        raise UsageError("git was not found on PATH: install git 2.38 or newer")
    return found


Right = Literal["patches:apply", "events:write", "events:read", "reports:read"]


class ApiToken(Contract):
    """One token of the API. The token itself is in no file: only its digest is."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """What it is for; events that it brings name it."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the token, in hexadecimal digits."""
    repositories: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=300)], ...], Field(min_length=1)]
    """Globs of ``owner/name``, whatever the case: ``acme/*``."""
    rights: Annotated[tuple[Right, ...], Field(min_length=1)]
    """What it may do."""

    def reaches(self, repository: str) -> bool:
        """Whether a repository (``owner/name``) is one of the token's."""
        return any(compile_glob(glob.lower()).matches(repository.lower()) for glob in self.repositories)


class ApiTokens(Contract):
    """The file that ``api_tokens_file`` names."""

    version: First = 1
    tokens: tuple[ApiToken, ...] = ()


def api_tokens(data: bytes, name: str) -> tuple[ApiToken, ...]:
    """Reads the tokens' file. Raises ``Refusal`` with line and column; also for a bad glob, or a name that is twice."""
    try:
        tokens = read(data, "yaml", name, ApiTokens).tokens
    except Refusal as refusal:
        for each in refusal.all:
            if (each.place.key or "").endswith("sha256") and "value" in each.values:
                each.values["value"] = "(not shown)"  # somebody may have put the token itself there
        raise
    for index, token in enumerate(tokens):
        for glob in token.repositories:
            compile_glob(glob.lower(), Place(name, key=f"tokens[{index}].repositories"))
        if token.name in {other.name for other in tokens[:index]}:
            raise Refusal("repeated-token", Place(name, key=f"tokens[{index}].name"), {"name": token.name})
    return tokens


class SpecSettings(Contract):
    """What the spec guard asks for, and where the specs live."""

    max_age_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """A spec must have been reviewed within so many days."""
    required: bool = False
    """Whether a migration without ``spec`` fails the spec guard (else its check is neutral)."""
    folder: Annotated[str, Field(min_length=1, max_length=1024)] = "tasks/specs"
    """The folder of the specs: every `*.md` below it is one."""
    index: Annotated[str, Field(min_length=1, max_length=1024)] = "tasks/index.json"
    """The generated index of the specs."""
    guarded: tuple[Annotated[str, Field(min_length=1, max_length=1024)], ...] = ()
    """Globs of paths that may not change without a spec that covers them."""
    evidence: tuple[Annotated[str, Field(min_length=1, max_length=1024)], ...] = (
        "tasks/**",
        "**/test*/**",
        "**/*test*",
    )
    """Globs of the files in which a requirement's id counts as a task, test or path that points at it."""


class PullSettings(Contract):
    """How pull requests are opened."""

    draft: bool = False
    """Open them as drafts."""
    labels: tuple[Annotated[str, Field(min_length=1, max_length=50)], ...] = ()
    """Labels to add beside Graftsman's own."""
    max_open: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many of one migration may be open at once; 0 is as many as there are folders."""


class PatchSettings(Contract):
    """What a patch batch may do here. Limits bound one batch."""

    protected: tuple[Annotated[str, Field(min_length=1, max_length=1024)], ...] = ()
    """Globs of paths that no batch may touch, beside `.github/workflows/**`, `.gitmodules` and `.gitattributes`."""
    syntax: bool = True
    """Refuse a batch after which a source file does not parse that did before."""
    max_operations: Annotated[int, Field(ge=1, le=100_000)] = 20_000
    """Operations of one batch."""
    max_files: Annotated[int, Field(ge=1, le=100_000)] = 5_000
    """Files of one batch."""
    max_bytes: Annotated[int, Field(ge=1, le=1 << 30)] = 25 << 20
    """Bytes of all texts of one batch together."""


class RepositorySettings(Contract):
    """``.github/graftsman.yml`` on the default branch."""

    version: First = 1
    spec: SpecSettings = SpecSettings()
    pulls: PullSettings = PullSettings()
    patches: PatchSettings = PatchSettings()
    approvals: tuple[ApprovalRule, ...] = ()
    """Who must approve pull requests and plans. Without a rule nothing needs approval but what GitHub itself asks."""
    merging: Merging = Merging()
    waivers: Waivers = Waivers()
    tasks: TaskSettings = TaskSettings()
    commands: dict[Name, CommandRule] = Field(default_factory=dict)
    """Who may give a slash command, by its name."""


def repository_settings(data: bytes) -> RepositorySettings:
    """Reads ``.github/graftsman.yml``. Raises ``Refusal`` with line, column and key for anything it does not know.

    Also for a bad glob, two rules of one name, a rule that nobody can satisfy, and a default lane that there is not;
    all of these at once.
    """
    settings = read(data, "yaml", SETTINGS_PATH, RepositorySettings)
    document = load(data, "yaml", SETTINGS_PATH)
    found = [*_bad_globs(settings, document), *_bad_rules(settings.approvals, document)]
    tasks = settings.tasks
    if tasks.lanes and tasks.default_lane is not None and tasks.default_lane not in tasks.lanes:
        values = {"lane": tasks.default_lane, "known": sorted(tasks.lanes), "nearest": ""}
        found.append(Refusal("task-lane-unknown", document.place(("tasks", "default_lane")), values))
    if found:
        found.sort(key=lambda refusal: (refusal.place.line or 0, refusal.place.column or 0))
        first, *rest = found[:MOST_FAULTS]
        raise Refusal(first.code, first.place, first.values, also=tuple(rest))
    return settings


def _bad_globs(settings: RepositorySettings, document: Document) -> Iterator[Refusal]:
    lists: list[tuple[tuple[str | int, ...], Sequence[str]]] = [
        (("spec", "guarded"), settings.spec.guarded),
        (("spec", "evidence"), settings.spec.evidence),
        (("patches", "protected"), settings.patches.protected),
        (("waivers", "rules"), settings.waivers.rules),
    ]
    for number, rule in enumerate(settings.approvals):
        lists += [(("approvals", number, "paths"), rule.paths), (("approvals", number, "exclude"), rule.exclude)]
    lists += [(("tasks", "paths", number, "paths"), limit.paths) for number, limit in enumerate(settings.tasks.paths)]
    for path, globs in lists:
        for index, glob in enumerate(globs):
            try:
                compile_glob(glob, document.place((*path, index)))
            except Refusal as refusal:
                yield refusal


def _bad_rules(rules: Sequence[ApprovalRule], document: Document) -> Iterator[Refusal]:
    """Rules whose name is taken, and rules that nobody could ever satisfy."""
    lines: dict[str, int] = {}
    for number, rule in enumerate(rules):
        place, people = document.place(("approvals", number, "name")), rule.from_
        if rule.name in lines:
            yield Refusal("repeated-rule", place, {"name": rule.name, "first": lines[rule.name]})
        lines.setdefault(rule.name, place.line or 0)
        whom = document.place(("approvals", number, "from"))
        if people.teams or people.permission or people.codeowners:
            continue
        logins = {user.lower() for user in people.users}
        if not logins:
            yield Refusal("rule-names-nobody", whom, {"name": rule.name})
        elif len(logins) < rule.count:
            values = {"name": rule.name, "count": rule.count, "users": len(logins)}
            yield Refusal("rule-names-too-few", whom, values)
