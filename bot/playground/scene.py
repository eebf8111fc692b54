"""Setting the scene: accounts, repositories, Apps and where they are installed."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.playground.acts.labels import create_label
from bot.playground.acts.refs import HEADS, record_activity
from bot.playground.clock import stamp
from bot.playground.credentials import AppCredentials, new_app
from bot.playground.git_store import File, GitStore, Signature, head_of
from bot.playground.shapes.accounts import installation as installation_shape
from bot.playground.shapes.accounts import node_id, user
from bot.playground.shapes.commits import noreply
from bot.playground.state import ROLES, Actor, App, Installation, Repository, User, World
from bot.playground.webhooks import Webhooks

DEFAULT_LABELS = {
    "bug": ("d73a4a", "Something isn't working"),
    "documentation": ("0075ca", "Improvements or additions to documentation"),
    "enhancement": ("a2eeef", "New feature or request"),
    "question": ("d876e3", "Further information is requested"),
}


class Scene:
    """What a test or a demo begins with, and what an owner does on GitHub's settings pages."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self.world, self.webhooks = world, webhooks

    def create_user(self, login: str, name: str | None = None) -> User:
        """An account of a person."""
        return self.world.add_user(login, name)

    def create_organization(self, login: str, name: str | None = None) -> User:
        """An account that owns repositories and acts for nobody."""
        return self.world.add_user(login, name, "Organization")

    async def create_repository(
        self,
        owner: str,
        name: str,
        *,
        files: Mapping[str, bytes | File] | None = None,
        from_path: Path | None = None,
        private: bool = False,
        default_branch: str = "main",
        description: str | None = None,
        labels: bool = True,
        drafts: bool = True,
    ) -> Repository:
        """A repository: with files, or from a folder or a git repository on disk (all its branches), or empty.

        Without ``drafts`` its plan has no draft pull requests.
        """
        account = self.world.add_user(owner)
        key = f"{owner}/{name}".lower()
        if key in self.world.repositories:
            raise ValueError(f"{owner}/{name} is there already")
        store = GitStore(self.world.data_dir / "repositories" / owner.lower() / f"{name.lower()}.git")
        from_path = from_path and await asyncio.to_thread(from_path.resolve)
        head = await asyncio.to_thread(head_of, from_path) if from_path else None
        is_git, default_branch = head is not None, head or default_branch
        await store.create(default_branch, from_path if is_git else None)
        author = Signature(account.name, noreply(self.world, account), int(self.world.clock.time()))
        if files is not None:
            first = await store.write_files(None, files, "First commit", author)
            await store.update_refs({f"refs/heads/{default_branch}": first})
        elif from_path is not None and not is_git:
            first = await store.write_commit(await store.write_folder(from_path), [], "First commit\n", author)
            await store.update_refs({f"refs/heads/{default_branch}": first})
        now = self.world.now()
        repo = Repository(self.world.next_id(), account, name, store, now, now, now, default_branch, private)
        repo.description, repo.drafts = description, drafts
        self.world.repositories[key] = repo
        for ref, oid in sorted(store.refs.items()):
            if ref.startswith(HEADS):
                record_activity(self.world, repo, Actor(account), ref, None, oid)
        if labels:
            for label, (color, words) in DEFAULT_LABELS.items():
                create_label(self.world, repo, Actor(account), label, color, words).default = True
        for one in self.world.installations.values():
            if one.repositories is None and one.covers(repo):
                self._emit_repositories(one, [repo], [])
        self.webhooks.emit("repository", "created", repo, Actor(account), {})
        return repo

    def archive(self, full_name: str, *, archived: bool = True) -> None:
        """Makes a repository read-only, or writable again."""
        repo = self.world.repo(full_name)
        repo.archived = archived
        action = "archived" if archived else "unarchived"
        self.webhooks.emit("repository", action, repo, Actor(repo.owner), {})

    async def delete_repository(self, full_name: str) -> None:
        """Takes a repository away, from disk too."""
        repo = self.world.repo(full_name)
        self.webhooks.emit("repository", "deleted", repo, Actor(repo.owner), {})
        del self.world.repositories[full_name.lower()]
        await asyncio.to_thread(repo.store.close)
        await asyncio.to_thread(shutil.rmtree, repo.store.path)

    def set_permission(self, repo: str, login: str, role: str) -> None:
        """Makes a person a collaborator: ``admin``, ``maintain``, ``write``, ``triage``, ``read`` (or ``none``)."""
        if role not in ROLES:
            raise ValueError(f"{role} is no role")
        roles = self.world.repo(repo).roles
        roles[self.world.user(login).login.lower()] = role
        if role == "none":
            del roles[login.lower()]
        self.world.look(self.world.repo(repo))

    async def create_app(
        self,
        permissions: Mapping[str, str],
        events: Sequence[str],
        webhook_url: str = "",
        webhook_secret: str = "",
        *,
        name: str = "graftsman",
        owner: str = "graftsman-owner",
        ping: bool = True,
    ) -> AppCredentials:
        """An App, with a new key; sends ``ping`` when it has a webhook address."""
        app = await asyncio.to_thread(new_app, self.world, name, self.world.add_user(owner))
        app.permissions, app.events = {"metadata": "read"} | dict(permissions), list(events)
        app.webhook_url, app.webhook_secret = webhook_url, webhook_secret
        self.world.apps[app.id] = app
        if webhook_url and ping:
            self._ping(app)
        return AppCredentials(app.id, app.client_id, app.key, app.webhook_secret, app.slug)

    def convertible_app(self, manifest: Mapping[str, Any], owner: str) -> str:
        """What the manifest page does when a person agrees: makes the App, and returns the code to convert."""
        app = new_app(self.world, str(manifest.get("name") or "app"), self.world.add_user(owner))
        hook = manifest.get("hook_attributes") or {}
        app.permissions = {"metadata": "read"} | dict(manifest.get("default_permissions") or {})
        app.events = list(manifest.get("default_events") or [])
        app.webhook_url = str(hook.get("url") or "") if hook.get("active", True) else ""
        app.webhook_secret = secrets.token_hex(20)
        self.world.apps[app.id] = app
        code = secrets.token_hex(20)
        self.world.manifests[code] = app
        return code

    def set_webhook(self, app_id: int, url: str, secret: str | None = None) -> None:
        """Sends an App's webhooks elsewhere (a bot that starts after the playground)."""
        app = self.world.apps[app_id]
        app.webhook_url = url
        if secret is not None:
            app.webhook_secret = secret

    def _ping(self, app: App) -> None:
        hook = {
            "type": "App",
            "id": app.id,
            "name": "web",
            "active": True,
            "events": app.events,
            "config": {"content_type": "json", "insecure_ssl": "0", "url": app.webhook_url},
            "app_id": app.id,
            "created_at": stamp(app.created_at),
            "updated_at": stamp(app.updated_at),
        }
        self.webhooks.send(app, "ping", None, {"zen": "Design for failure.", "hook_id": app.id, "hook": hook})

    def install(self, app: AppCredentials | int, owner: str, repositories: Sequence[str] | None = None) -> Installation:
        """Installs an App on an account: on all its repositories, or on some (names, or ``owner/name``)."""
        found = self.world.apps[app if isinstance(app, int) else app.app_id]
        account = self.world.user(owner)
        ids = None if repositories is None else {self._named(owner, name).id for name in repositories}
        now = self.world.now()
        one = Installation(
            self.world.next_id(), found, account, ids, dict(found.permissions), list(found.events), now, now
        )
        self.world.installations[one.id] = one
        covered = [repo for repo in self.world.repositories.values() if one.covers(repo)]
        listed = [_brief(repo) for repo in covered]
        self._emit_installation(one, "created", {"repositories": listed, "requester": None})
        return one

    def uninstall(self, installation: Installation) -> None:
        """Takes an App off an account; its tokens end."""
        del self.world.installations[installation.id]
        self._emit_installation(installation, "deleted", {"repositories": [], "requester": None})

    def suspend(self, installation: Installation, *, suspended: bool = True) -> None:
        """Suspends an installation, or lets it work again."""
        installation.suspended = suspended
        self._emit_installation(installation, "suspend" if suspended else "unsuspend", {"repositories": []})

    def add_to_installation(self, installation: Installation, repo: str) -> None:
        """Lets an installation reach one more repository."""
        found = self.world.repo(repo)
        if installation.repositories is not None:
            installation.repositories.add(found.id)
        self._emit_repositories(installation, [found], [])

    def remove_from_installation(self, installation: Installation, repo: str) -> None:
        """Takes a repository out of an installation."""
        found = self.world.repo(repo)
        if installation.repositories is not None:
            installation.repositories.discard(found.id)
        self._emit_repositories(installation, [], [found])

    def _named(self, owner: str, name: str) -> Repository:
        return self.world.repo(name if "/" in name else f"{owner}/{name}")

    def _emit_installation(self, one: Installation, action: str, extra: dict[str, object]) -> None:
        body = {"action": action, "installation": installation_shape(self.world, one)} | extra
        body["sender"] = user(self.world, one.account)
        self.webhooks.send(one.app, "installation", action, body, installation=one)

    def _emit_repositories(self, one: Installation, added: list[Repository], removed: list[Repository]) -> None:
        action = "added" if added else "removed"
        body = {
            "action": action,
            "installation": installation_shape(self.world, one),
            "repository_selection": "all" if one.repositories is None else "selected",
            "repositories_added": [_brief(repo) for repo in added],
            "repositories_removed": [_brief(repo) for repo in removed],
            "requester": None,
            "sender": user(self.world, one.account),
        }
        self.webhooks.send(one.app, "installation_repositories", action, body, installation=one)


def _brief(repo: Repository) -> dict[str, object]:
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }
