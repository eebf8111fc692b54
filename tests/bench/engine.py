"""The engine in a process of its own: ``python -m tests.bench.engine REPOSITORY MANIFEST`` prints seconds and peak."""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from pathlib import Path

from bot.workflows.migrate import migrate_branches


def peak() -> int:
    """The most bytes this process ever had resident.

    Linux carries ``ru_maxrss`` over from the process that started this one; ``VmHWM`` counts this one alone.
    """
    try:
        found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    except OSError:
        found = None
    kilobytes = int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes * 1024


def main() -> None:
    """Migrates, and says what it took."""
    repository, manifest = map(Path, sys.argv[1:3])
    start = time.perf_counter()
    result, branches = migrate_branches(repository, "main", manifest.read_bytes(), "yaml", name="bench.yml")
    seconds = time.perf_counter() - start
    trees = {folder.id: folder.tree for folder in result.folders}
    print(json.dumps({"seconds": seconds, "peak": peak(), "branches": len(branches), "trees": trees}))


if __name__ == "__main__":
    main()
