"""Repositories that the dialogues begin with."""

from datetime import UTC, datetime, timedelta

MANIFEST = "migrations/staging.yml"
SETTINGS = ".github/graftsman.yml"
FORM = ".github/ISSUE_TEMPLATE/migration.yml"
SPEC = "tasks/specs/0001.md"
BODY = f"### Manifest\n\n{MANIFEST}\n\n### Why\n\nThey grew up.\n"
"""An issue as the form renders it."""

THREE = """\
version: 1
name: staging
folders:
  - {id: types, source: STAGING/types, destination: packages/types, mode: move}
  - id: terminal
    source: STAGING/terminal
    destination: apps/terminal
    relative_imports: recompute
    depends_on: [types]
    imports:
      - {files: "**/*.ts", from: "../utils", to: "@shared/utils"}
  - {id: chat, source: STAGING/chat, destination: apps/chat}
"""

SOURCES = {
    "apps/console/main.ts": 'import { Session } from "../../STAGING/types/session";\nexport const a: Session = 1;\n',
    "STAGING/utils/index.ts": "export const log = 1;\n",
    "STAGING/types/session.ts": "export type Session = number;\n",
    "STAGING/types/notes.md": "# Notes\r\n",
    "STAGING/terminal/main.ts": 'import { log } from "../utils";\nimport { Session } from "../types/session";\n',
    "STAGING/chat/index.ts": 'import { gone } from "../gone";\nexport const chat = gone;\n',
    "STAGING/chat/README.md": "# Chat\n",
    "STAGING/vision/index.ts": "export const see = 1;\n",
}


def today():
    """The day on which a test begins."""
    return datetime.now(UTC).date()


def spec(days_ago=0):
    """A mini-spec that was last reviewed so long ago."""
    day = today() - timedelta(days=days_ago)
    return f'---\nid: "0001"\ntitle: Move\nstatus: approved\nowners: [ada]\nlast_review: {day}\n---\n# Move\n'


def files(manifest=THREE, *, settings="version: 1\n", **more):
    """The three folders with a manifest; ``settings`` of ``None`` is a repository that was not onboarded."""
    text = {**SOURCES, MANIFEST: manifest, **more}
    if settings is not None:
        text[SETTINGS] = settings
    return {path: content.encode() if isinstance(content, str) else content for path, content in text.items()}


def many(count, *, each=2):
    """So many equal folders, with a manifest that names each of them."""
    lines = ["version: 1", "name: many", "folders:"]
    text = {SETTINGS: "version: 1\n"}
    for number in range(count):
        name = f"part-{number:02}"
        lines.append(f"  - {{id: {name}, source: parts/{name}, destination: apps/{name}}}")
        text |= {f"parts/{name}/file-{at}.txt": f"{name} {at}\n" for at in range(each)}
    text[MANIFEST] = "\n".join(lines) + "\n"
    return {path: content.encode() for path, content in text.items()}
