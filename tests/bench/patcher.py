"""The patch engine in a process of its own: ``python -m tests.bench.patcher REPOSITORY BATCH`` prints what it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bot.git.repository import Repository
from bot.git.writer import Person
from bot.patching.apply import apply
from bot.patching.batch import load_batch
from tests.bench.engine import peak


def main() -> None:
    """Lands the batch on ``main``, and says what it took."""
    repository, batch = Repository.open(sys.argv[1]), Path(sys.argv[2])
    start = time.perf_counter()
    head = repository.resolve("main")
    tree = repository.tree(head)
    applied = apply(tree, load_batch(batch.read_bytes(), "json"))
    with repository.writer() as writer:
        made = writer.apply(tree.oid, applied.edits)
        writer.commit(made, [head], "Land a batch\n", Person("An Engineer", "engineer@example.com"), 1_700_000_000)
        writer.flush()
    print(json.dumps({"seconds": time.perf_counter() - start, "peak": peak(), "tree": made}))


if __name__ == "__main__":
    main()
