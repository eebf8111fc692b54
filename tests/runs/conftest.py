"""Stores on both databases. PostgreSQL is Debian's own, run as an unprivileged user on a loopback port."""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from bot.runs.store import Store

NUMBERS = itertools.count()


def _binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _as_user():
    """Words before a command that drop root: PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


@pytest.fixture(scope="session")
def cluster():
    """The URL of a throw-away PostgreSQL server, without a database name."""
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is missing in CI: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="graftsman-pg-"))
    if os.geteuid() == 0:
        os.chown(home, 65534, 65534)
    data = home / "data"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    init = [binaries / "initdb", "-D", data, "-A", "trust", "-U", "graftsman", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run([*_as_user(), *init], check=True, capture_output=True, env=environment, cwd="/")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"fsync": "off", "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": ""}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [*_as_user(), binaries / "postgres", "-D", data, *words], stdout=log, stderr=log, env=environment, cwd="/"
        )
    url = f"postgresql://graftsman@127.0.0.1:{port}"
    try:
        for _ in range(200):
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(f"{url}/postgres").close()
                break
            assert server.poll() is None, (home / "log").read_text()
            time.sleep(0.05)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgresql(cluster):
    """The URL of an empty database."""
    name = f"t{next(NUMBERS)}"
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{cluster}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    """Where an empty store may be made."""
    return str(tmp_path / "store.db") if request.param == "sqlite" else request.getfixturevalue("postgresql")


@pytest.fixture
async def store(where):
    opened = await Store.open(where)
    yield opened
    await opened.close()
