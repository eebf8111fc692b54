"""Git over HTTP: ``git http-backend`` behind the rights, limits and faults of the playground."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from fnmatch import fnmatchcase
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.playground.access import Caller, holds, identify
from bot.playground.acts import merge_queue
from bot.playground.acts.refs import moved
from bot.playground.faults import Faults
from bot.playground.limits import Limits
from bot.playground.problems import Problem, unauthorized
from bot.playground.state import Actor, Repository, World

CHUNK = 65_536
UPLOAD, RECEIVE = "git-upload-pack", "git-receive-pack"
# Refuses commits that touch workflows, to a token that may not; only what is new here counts.
PRE_RECEIVE = r"""#!/bin/sh
[ -n "$PLAYGROUND_NO_WORKFLOWS" ] || exit 0
new=$(cut -d' ' -f2 | grep -v '^0*$' | sort -u)
[ -n "$new" ] || exit 0
found=$( { echo "$new"; git for-each-ref --format='^%(objectname)'; } |
  git log --stdin --max-count=1 --format= --name-only -- .github/workflows) || exit 1
[ -z "$found" ] && exit 0
echo "refusing to allow a GitHub App to create or update workflow \`$(echo $found)\` without \`workflows\` permission"
exit 1
"""
# Refuses single refs that a test has forbidden.
UPDATE = r"""#!/bin/sh
printf '%s\n' "$PLAYGROUND_REJECT" | while read -r name words; do
  if [ "$name" = "$1" ]; then echo "error: GH006: $words"; exit 1; fi
done || exit 1
exit 0
"""


def write_hooks(folder: Path) -> None:
    """Puts the hooks into ``plain`` and ``rejecting``; a repository is pointed at one of them for each push."""
    for name, hooks in {"plain": ["pre-receive"], "rejecting": ["pre-receive", "update"]}.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for hook in hooks:
            path = folder / name / hook
            path.write_text(PRE_RECEIVE if hook == "pre-receive" else UPDATE)
            path.chmod(0o755)


def caller_of(world: World, header: str | None) -> Caller:
    """Who speaks git: by Basic authentication (the password counts) or a token. Raises a 401 ``Problem``."""
    if header is None:
        return Caller()
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return identify(world, header)
    try:
        _, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthorized("Invalid username or token.") from None
    return identify(world, None, basic=password)


async def commands(stream: AsyncIterator[bytes]) -> tuple[list[str], bytes]:
    """Reads the names of the refs a push wants to move, and returns them with all that was read."""
    names: list[str] = []
    data, at = b"", 0
    async for chunk in stream:
        data += chunk
        while len(data) - at >= 4:
            size = int(data[at : at + 4], 16)
            if size == 0:
                return names, data
            if len(data) - at < size:
                break
            line = data[at + 4 : at + size].split(b"\0")[0].decode(errors="surrogateescape").rstrip("\n")
            if not line.startswith(("shallow ", "push-cert")):
                names.append(line[82:])
            at += size
    return names, data


class GitServer:
    """Serves the repositories."""

    def __init__(self, world: World, limits: Limits, faults: Faults, hooks: Path) -> None:
        self._world, self._limits, self._faults, self._hooks = world, limits, faults, hooks

    async def serve(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answers one request of git. Raises ``Problem``."""
        repo, tail = self._repo(request), request.match_info["tail"]
        service = request.query.get("service") if tail == "info/refs" else tail
        if service not in {UPLOAD, RECEIVE} or (request.method == "GET") != (tail == "info/refs"):
            raise Problem(404, "Not Found")
        if service == UPLOAD:
            self._admit(repo, caller, "contents:read")
            return await self._stream(request, repo, caller)
        self._admit(repo, caller, "contents:write")
        if tail == "info/refs":
            return await self._stream(request, repo, caller)
        return await self._receive(request, repo, caller)

    def _repo(self, request: web.Request) -> Repository:
        name = request.match_info["name"].removesuffix(".git")
        return self._world.repo(f"{request.match_info['owner']}/{name}")

    def _admit(self, repo: Repository, caller: Caller, need: str) -> None:
        try:
            caller.check(repo, [need])
        except Problem as problem:
            anonymous = caller.user is None and caller.token is None
            if anonymous:
                raise unauthorized("Authentication required.") from problem
            if problem.status == 404:
                raise Problem(404, "Repository not found.") from problem
            raise Problem(403, f"Permission to {repo.full_name}.git denied to {caller.name}.") from problem

    async def _receive(self, request: web.Request, repo: Repository, caller: Caller) -> web.StreamResponse:
        names, head = await commands(request.content.iter_any())
        if names:
            self._limits.push(repo.full_name)
        token = caller.token
        free = token is None or holds(token.permissions, "workflows", "write")
        rejected = [
            f"{name} {words}"
            for name in names
            for pattern, words in self._faults.rejected
            if fnmatchcase(name, pattern)
        ]
        rejected += [f"{name} {merge_queue.LOCKED}" for name in names if merge_queue.locks(repo, name)]
        extra = {
            "PLAYGROUND_NO_WORKFLOWS": "" if free else "1",
            "PLAYGROUND_REJECT": "\n".join(rejected),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.hooksPath",
            "GIT_CONFIG_VALUE_0": str(self._hooks / ("rejecting" if rejected else "plain")),
        }
        actor = caller.actor if token or caller.user else Actor(repo.owner)
        async with repo.pushing:
            before = dict(repo.store.refs)
            response, body = await self._whole(request, repo, caller, head, extra)
            after = dict(await repo.store.reload()) if names else before
            await moved(self._world, repo, actor, before, after)
        response.body = body
        return response

    def _environment(self, request: web.Request, repo: Repository, caller: Caller) -> dict[str, str]:
        store = repo.store
        return store.environment | {
            "GIT_PROJECT_ROOT": str(store.path.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{store.path.name}/{request.match_info['tail']}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.rel_url.raw_query_string,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "REMOTE_USER": caller.name or "anonymous",
            "REMOTE_ADDR": request.remote or "",
        }

    async def _start(self, environment: dict[str, str], repo: Repository) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "git", "http-backend", cwd=repo.store.path, env=environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def _feed(self, process: asyncio.subprocess.Process, head: bytes, request: web.Request) -> None:
        stdin = process.stdin
        if stdin is None:
            return
        try:
            stdin.write(head)
            async for chunk in request.content.iter_chunked(CHUNK):
                stdin.write(chunk)
                await stdin.drain()
        except (OSError, aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError):
            return  # git or the client went away: git ends by itself when it is given no more
        finally:
            stdin.close()

    async def _head(self, process: asyncio.subprocess.Process) -> tuple[int, dict[str, str]]:
        if process.stdout is None:
            raise Problem(500, "git http-backend has no output")
        status, headers = 200, {}
        while (line := (await process.stdout.readline()).decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            if name.lower() == "status":
                status = int(value.split()[0])
            else:
                headers[name] = value.strip()
        if not headers:
            raise Problem(500, "git http-backend said nothing")
        return status, headers

    async def _stream(self, request: web.Request, repo: Repository, caller: Caller) -> web.StreamResponse:
        process = await self._start(self._environment(request, repo, caller), repo)
        feeding = asyncio.create_task(self._feed(process, b"", request))
        try:
            status, headers = await self._head(process)
            response = web.StreamResponse(status=status, headers=headers)
            await response.prepare(request)
            while process.stdout and (chunk := await process.stdout.read(CHUNK)):
                await response.write(chunk)
            await response.write_eof()
            return response
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            if process.returncode is None and not (process.stdout and process.stdout.at_eof()):
                process.kill()
            await process.wait()

    async def _whole(
        self, request: web.Request, repo: Repository, caller: Caller, head: bytes, extra: dict[str, str]
    ) -> tuple[web.Response, bytes]:
        """Runs a push to its end, even if the client goes away meanwhile, and returns what git said."""
        process = await self._start(self._environment(request, repo, caller) | extra, repo)
        try:
            feeding = asyncio.create_task(self._feed(process, head, request))
            status, headers = await self._head(process)
            body = await process.stdout.read() if process.stdout else b""
            await feeding
        except BaseException:
            if process.returncode is None:
                process.kill()
            raise
        finally:
            await process.wait()
        return web.Response(status=status, headers=headers), body
