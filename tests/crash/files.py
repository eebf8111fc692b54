"""The repository of the story: five small folders, one of which waits for another."""

from datetime import UTC, datetime

MANIFEST_PATH = "migrations/staging.yml"

MANIFEST = """\
version: 1
name: staging
spec: tasks/specs/0001.md
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
  - {id: vision, source: STAGING/vision, destination: apps/vision}
  - id: metrics
    source: STAGING/metrics
    destination: services/metrics
    imports:
      - {files: "**/*.py", from: staging_utils, to: platform_utils}
"""

SPEC = """\
---
id: "0001"
title: Staged demos move into the framework
status: approved
owners: [ada]
last_review: {today}
---
# Staged demos move into the framework
"""

FILES = {
    ".github/graftsman.yml": "version: 1\n",
    MANIFEST_PATH: MANIFEST,
    "tasks/specs/0001.md": SPEC.format(today=datetime.now(UTC).date().isoformat()),
    "apps/console/main.ts": 'import { Session } from "../../STAGING/types/session";\nexport const a: Session = 1;\n',
    "STAGING/utils/index.ts": "export const log = 1;\n",
    "STAGING/types/session.ts": "export type Session = number;\n",
    "STAGING/terminal/main.ts": 'import { log } from "../utils";\nimport { Session } from "../types/session";\n',
    "STAGING/terminal/notes.md": "# Notes\r\n",
    "STAGING/chat/index.ts": 'import { gone } from "../gone";\nexport const chat = gone;\n',
    "STAGING/vision/index.ts": "export const see = 1;\n",
    "STAGING/metrics/count.py": "from staging_utils import clock\n",
}
WAVE = ("chat", "metrics", "types", "vision")
"""The folders that wait for nothing."""


def files():
    """The repository's files by path."""
    return {path: text.encode() for path, text in FILES.items()}
