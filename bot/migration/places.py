"""Where a key of the manifest stood, for every refusal made after loading."""

from __future__ import annotations

from pydantic import PrivateAttr

from bot.contracts.migration import Manifest
from bot.errors import Place
from bot.migration.faults import key_path
from bot.source import documents


class LoadedManifest(Manifest):
    """A manifest that remembers where each key stood, so that refusals made later still name line and column."""

    _document: documents.Document | None = PrivateAttr(default=None)

    def place(self, path: tuple[str | int, ...], *, key: bool = False) -> Place:
        """Where a value (or its key) stands; the nearest one around it when it was left out."""
        if self._document is None:
            return Place(key=key_path(path))
        return self._document.place(path, key=key)


def place_of(manifest: Manifest, path: tuple[str | int, ...], *, key: bool = False) -> Place:
    """The place of a key in a manifest; without line and column when it was not loaded from text."""
    return manifest.place(path, key=key) if isinstance(manifest, LoadedManifest) else Place(key=key_path(path))
