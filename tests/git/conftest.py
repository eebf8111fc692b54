"""Real git for tests: repositories made by git itself, and git over HTTP by ``git http-backend``."""

import asyncio
import base64
import os
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

ENVIRONMENT = {
    "PATH": os.defpath,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A U Thor",
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "C O Mitter",
    "GIT_COMMITTER_EMAIL": "committer@example.com",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}


@dataclass
class Real:
    """git itself, on one repository."""

    path: Path

    def __call__(self, *arguments, stdin=b"", check=True, **environment) -> str:
        return self.raw(*arguments, stdin=stdin, check=check, **environment).decode("utf-8", "surrogateescape").strip()

    def raw(self, *arguments, stdin=b"", check=True, **environment) -> bytes:
        done = subprocess.run(
            ["git", f"--git-dir={self.path}", *arguments],
            input=stdin,
            capture_output=True,
            env=ENVIRONMENT | environment,
            check=False,
            timeout=60,
        )
        if check and done.returncode:
            raise AssertionError(done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def init(self) -> "Real":
        self("init", "-q", "--bare", "--initial-branch=main")
        return self

    def tree(self, files) -> str:
        """The tree git makes of ``{path: bytes | (mode, bytes)}``, by a private index."""
        index = str(self.path / "test-index")
        lines = b""
        for path, value in files.items():
            mode, data = value if isinstance(value, tuple) else (0o100644, value)
            oid = self("hash-object", "-w", "--stdin", stdin=data)
            name = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path
            lines += b"%o %s\t%s\0" % (mode, oid.encode(), name)
        Path(index).unlink(missing_ok=True)
        self("update-index", "-z", "--add", "--index-info", stdin=lines, GIT_INDEX_FILE=index)
        return self("write-tree", GIT_INDEX_FILE=index)

    def commit(self, files, *parents, message="A commit\n") -> str:
        options = [part for parent in parents for part in ("-p", parent)]
        return self("commit-tree", self.tree(files), *options, stdin=message.encode())


@pytest.fixture
def real(tmp_path) -> Real:
    """A bare repository with one commit on ``main``."""
    repository = Real(tmp_path / "origin.git").init()
    repository(
        "update-ref", "refs/heads/main", repository.commit({"a.txt": b"a\n", "dir/b.txt": b"b\n", "dir/sub/c": b"c\n"})
    )
    return repository


@dataclass
class Served:
    """git over HTTP. ``token`` is what it asks for, when it is set; ``seen`` are the requests with their headers."""

    root: Path
    url: str = ""
    token: str | None = None
    stall: float = 0
    seen: list = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path_qs, dict(request.headers)))
        await asyncio.sleep(self.stall)
        if request.path.startswith("/redirect/"):
            raise web.HTTPFound(request.path_qs.removeprefix("/redirect"))
        if self.token is not None:
            good = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
            if request.headers.get("Authorization") != f"Basic {good}":
                return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        body = await request.read()
        environment = {
            "PATH": os.defpath,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "REMOTE_USER": "bot",
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        }
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment
        )
        output, _ = await process.communicate(body)
        head, _, rest = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        return web.Response(status=status, body=rest, headers=headers)


@pytest.fixture
def served(real, tmp_path):
    """``real`` at ``<url>/origin.git``, in a thread with a loop of its own, so that blocking clients can be tested."""
    server = Served(tmp_path)
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve():
        application = web.Application(client_max_size=1 << 30)
        application.router.add_route("*", "/{path:.*}", server.handle)
        runner = web.AppRunner(application, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    real("config", "http.receivepack", "true")
    yield server
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()
