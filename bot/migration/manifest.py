"""Loads a migration manifest and refuses, with places, all that is wrong with it whatever the repository holds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bot.contracts.migration import Each
from bot.migration.checks import check_dependencies, check_destinations, check_ids, check_path_here
from bot.migration.expand import explicit
from bot.migration.names import default_name, is_identifier
from bot.migration.places import LoadedManifest
from bot.migration.rules import check_rule
from bot.source import documents
from bot.source.faults import Faults
from bot.source.globs import compile_glob
from bot.source.paths import check_path

if TYPE_CHECKING:
    from bot.contracts.migration import Folder, Manifest
    from bot.errors import Place

VERSION = 1
RESERVED = frozenset({"onboarding", "patch", "rollback", "task"})
"""Names below ``graftsman/`` that other work takes for its branches."""


def load_manifest(data: bytes, format: Literal["yaml", "json"], name: str) -> Manifest:  # noqa: A002
    """Read and check a manifest. ``name`` is the file's path: for refusals, and for the migration's default name.

    Raises :class:`Refusal` with file, line, column and key path: the codes of ``bot.source.documents``,
    ``unknown-version``, ``no-folders``, ``bad-id``, ``repeated-id``, ``unsafe-path``, ``bad-glob``, ``bad-regex``,
    ``bad-replacement``, ``bad-wildcard``, ``bad-specifier``, ``each-needs-name``, ``not-yet-supported``,
    ``destination-overlap``, ``destination-twin``, ``destination-in-source``, ``workflows-path``,
    ``reserved-name``, ``unknown-dependency``, ``dependency-cycle``.
    """
    document = documents.load(data, format, name)
    _refuse_early(document)
    manifest = documents.read(data, format, name, LoadedManifest)
    manifest._document = document  # noqa: SLF001 - our own
    faults = Faults()
    if manifest.name is None:
        manifest = manifest.model_copy(update={"name": default_name(name)})
    elif not is_identifier(manifest.name):
        faults.add("bad-id", manifest.place(("name",)), id=manifest.name)
    if (manifest.name or "").lower() in RESERVED:
        faults.add("reserved-name", manifest.place(("name",)), name=manifest.name, reserved=sorted(RESERVED))
    if manifest.spec is not None:
        with faults.noting():
            check_path(manifest.spec, manifest.place(("spec",)))
    for index, folder in enumerate(manifest.folders):
        _check_folder(manifest, index, folder, faults)
    faults.stop()
    _check_together(manifest, faults)
    faults.stop()
    return manifest


def _refuse_early(document: documents.Document) -> None:
    value: Any = document.value
    if not isinstance(value, dict):
        return
    version = value.get("version", VERSION)
    faults = Faults()
    if isinstance(version, (int, float)) and (type(version) is not int or version != VERSION):
        # pydantic takes 1.0 and true for the literal 1: in Python they are equal
        faults.add("unknown-version", document.place(("version",)), version=str(version))
    if value.get("folders", True) == []:
        faults.add("no-folders", document.place(("folders",)))
    faults.stop()


def _check_folder(manifest: LoadedManifest, index: int, folder: Folder | Each, faults: Faults) -> None:
    at: tuple[str | int, ...] = ("folders", index)
    if isinstance(folder, Each):
        with faults.noting():
            compile_glob(folder.each, manifest.place((*at, "each")))
        if "{name}" not in folder.destination:
            faults.add("each-needs-name", manifest.place((*at, "destination")), destination=folder.destination)
    else:
        with faults.noting():
            check_path_here(folder.source, manifest.place((*at, "source")))
        if not is_identifier(folder.id):
            faults.add("bad-id", manifest.place((*at, "id")), id=folder.id)
    with faults.noting():
        check_path_here(folder.destination.replace("{name}", "name"), manifest.place((*at, "destination")))
    for field in ("include", "exclude"):
        for number, glob in enumerate(getattr(folder, field)):
            with faults.noting():
                compile_glob(glob, manifest.place((*at, field, number)))
    for number, rule in enumerate(folder.imports):
        rule_at = (*at, "imports", number)
        with faults.noting():
            check_rule(rule, partial(_member, manifest, rule_at))
    for field in ("refactor", "verify"):
        if getattr(folder, field):
            faults.add("not-yet-supported", manifest.place((*at, field), key=True), key=field)


def _member(manifest: LoadedManifest, at: tuple[str | int, ...], name: str) -> Place:
    return manifest.place((*at, name))


def _check_together(manifest: LoadedManifest, faults: Faults) -> None:
    """What concerns several folders, as far as it can be told before ``each`` is expanded."""
    folders = explicit(manifest)
    check_ids(manifest, folders, faults)
    check_destinations(manifest, folders, faults)
    if len(folders) == len(manifest.folders):
        check_dependencies(manifest, folders, frozenset(), faults)
