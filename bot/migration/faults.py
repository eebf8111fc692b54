"""Where a fault of a manifest is, by the key of its document."""

from __future__ import annotations


def key_path(path: tuple[str | int, ...]) -> str:
    """``("folders", 2, "source")`` as ``folders[2].source``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
