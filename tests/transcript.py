"""Writes the README's transcript from a run of the demo: ``python -m tests.transcript``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMIT = "0f3c2a1b4d5e"
BEGIN, END = "<!-- transcript: written by `make docs` from a run of the demo -->\n", "<!-- end of transcript -->"


def played() -> str:
    """What ``graftsman demo --exit`` prints, with the port and the commits that it happened to make replaced."""
    command = [sys.executable, "-m", "bot", "demo", "--exit"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    if run.returncode:
        raise SystemExit(f"the demo ended with {run.returncode}: {run.stderr[-2000:]}")
    told = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8750", run.stdout)
    return "$ make demo\n" + re.sub(r"\b[0-9a-f]{12}\b", COMMIT, told).strip() + "\n"


def shown() -> str:
    """The transcript as the README has it."""
    text = (ROOT / "README.md").read_text("utf-8")
    return text.partition(BEGIN)[2].partition(END)[0].strip().removeprefix("```text\n").removesuffix("```")


def main() -> None:
    """Writes it."""
    path = ROOT / "README.md"
    head, begin, rest = path.read_text("utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    path.write_text(f"{head}{begin}```text\n{played()}```\n{end}{tail}", "utf-8")


if __name__ == "__main__":
    main()
