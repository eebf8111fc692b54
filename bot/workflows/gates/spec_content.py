"""What a spec says, without its records: what an approval of it is given for."""

from __future__ import annotations

from bot.planning.specs.read import entry_at, read_spec
from bot.workflows.scene import RepositoryScene


def content_at(scene: RepositoryScene, oid: str, path: str) -> str | None:
    """The digest of a spec's content at a commit; ``None`` where there is no such file."""
    repository = scene.mirror.repository
    if not repository.has(oid):
        return None
    tree = repository.tree(repository.commit_info(oid).tree)
    entry = entry_at(tree, path)
    return None if entry is None else read_spec(path, tree.read(entry.oid)).content
