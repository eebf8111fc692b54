"""The demo's sample repository: staged demos that a platform team wants in its shared framework."""

from __future__ import annotations

import struct
import zlib
from datetime import date

MANIFEST_PATH = "migrations/staging.yml"
SPEC_PATH = "tasks/specs/0001-staging.md"

GREETING_PATH = "apps/console/src/greet.ts"
GREETING = """\
export function greet(name: string): string {
  return `Hello ${name}`;
}
"""
"""What ben writes himself."""
WRONG_NUMBERS = f"""\
--- a/{GREETING_PATH}
+++ b/{GREETING_PATH}
@@ -40,3 +40,3 @@
 export function greet(name: string): string {{
-  return `Hello ${{name}}`;
+  return `Good morning, ${{name}}`;
 }}
"""
"""A diff as a model writes it: of the numbers nothing is right."""
WRONG_TEXT = WRONG_NUMBERS.replace("Hello ${name}", "Good morning ${name}").replace("Good morning, ", "Good evening, ")
"""Another one: a comma is missing in what it takes for the old text."""

_MANIFEST = """\
version: 1
name: staging
spec: tasks/specs/0001-staging.md
folders:
  - id: shared-types
    source: STAGING/shared-types
    destination: packages/shared-types
    mode: move                       # importers elsewhere follow
  - id: terminal
    source: STAGING/containers-demos/terminal
    destination: apps/terminal
    exclude: ["**/*.lock"]
    imports:
      - {files: "**/*.{ts,tsx}", from: "../../utils", to: "@shared/utils"}
      - {files: "**/*.js", regex: "(['\\"])\\\\./llm/([a-z-]+)\\\\1", to: "\\\\1@shared/llm/\\\\2\\\\1"}
    relative_imports: recompute      # what leaves the folder is followed
    depends_on: [shared-types]       # opened when that one is merged
  - each: "STAGING/ai/demos/*"       # one folder for each match
    destination: "apps/ai/{name}"
    imports:
      - {files: "**/*.ts", from: "../../../../utils/*", to: "@shared/utils/*"}
  - id: metrics
    source: STAGING/metrics
    destination: services/metrics
    imports:
      - {files: "**/*.py", from: staging_utils, to: platform_utils}
"""

_SPEC = """\
---
id: "0001"
title: Staged demos move into the framework
status: approved
owners: [ada]
last_review: {today}
---
# Staged demos move into the framework

Every demo under STAGING becomes an app of the framework, unchanged but for its imports.
"""


def _png() -> bytes:
    """One grey pixel: a binary file that must come through byte for byte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\x00\x80"))
        + chunk(b"IEND", b"")
    )


def _demo(name: str) -> dict[str, str]:
    at = f"STAGING/ai/demos/{name}"
    title = name.title().replace("-", "")
    return {
        f"{at}/package.json": f'{{"name": "{name}", "private": true, "main": "src/index.ts"}}\n',
        f"{at}/src/index.ts": (
            'import { log } from "../../../../utils/log";\n'
            f'import {{ run{title} }} from "./run";\n\n'
            f'log("{name}");\nrun{title}();\n'
        ),
        f"{at}/src/run.ts": (
            'import type { Settings } from "../settings";\n'
            f"// A comment that names ../../../../utils/log is no import.\n"
            f'export function run{title}(settings?: Settings): string {{\n  return settings?.model ?? "{name}";\n}}\n'
        ),
        f"{at}/settings.ts": "export interface Settings {\n  model: string;\n}\n",
        f"{at}/README.md": f"# {name}\n\nRun it from the framework.\n",
    }


def sample_files(today: date) -> dict[str, bytes]:
    """The repository's files by path. ``today`` is when its spec was last reviewed."""
    text = {
        "README.md": "# platform\n\nThe framework, and STAGING, which wants to move into it.\n",
        MANIFEST_PATH: _MANIFEST,
        SPEC_PATH: _SPEC.format(today=today.isoformat()),
        "apps/console/src/main.ts": (
            'import { Session } from "../../../STAGING/shared-types/src/session";\n\n'
            "export const open = (user: string): Session => ({ user, opened: Date.now() });\n"
        ),
        "STAGING/utils/log.ts": "export const log = (line: string): void => console.log(line);\n",
        "STAGING/utils/index.ts": 'export * from "./log";\n',
        "STAGING/shared-types/package.json": '{"name": "@shared/types", "private": true}\n',
        "STAGING/shared-types/src/index.ts": 'export * from "./session";\nexport * from "./shape";\n',
        "STAGING/shared-types/src/session.ts": "export interface Session {\n  user: string;\n  opened: number;\n}\n",
        "STAGING/shared-types/src/shape.ts": 'export type Shape = "round" | "square";\n',
        "STAGING/containers-demos/terminal/package.json": '{"name": "terminal", "private": true}\n',
        "STAGING/containers-demos/terminal/deps.lock": "left out by the manifest\n",
        "STAGING/containers-demos/terminal/main.ts": (
            'import { log } from "../../utils";\n'
            'import { Session } from "../../shared-types/src/session";\n'
            'const lazy = () => import("../../utils");\n\n'
            "export function start(session: Session): void {\n  log(`hello ${session.user}`);\n  void lazy();\n}\n"
        ),
        "STAGING/containers-demos/terminal/view.tsx": (
            'import { start } from "./main";\nimport { log } from "../../utils";\n\n'
            'export const View = () => <button onClick={() => log("../../utils")}>{String(start)}</button>;\n'
        ),
        "STAGING/containers-demos/terminal/agent.js": (
            "const chat = require('./llm/chat');\nmodule.exports = { chat };\n"
        ),
        "STAGING/containers-demos/terminal/windows.md": "# Notes\r\n\r\nLine ends stay as they are.\r\n",
        "STAGING/metrics/pyproject.toml": '[project]\nname = "metrics"\nversion = "1"\n',
        "STAGING/metrics/metrics/__init__.py": '"""Counts things."""\n',
        "STAGING/metrics/metrics/count.py": (
            "from staging_utils import clock\n\n\ndef tick() -> float:\n    return clock.now()\n"
        ),
        "STAGING/metrics/tests/test_count.py": (
            "from metrics.count import tick\n\n\ndef test_tick():\n    assert tick() > 0\n"
        ),
        **_demo("chat"),
        **_demo("vision"),
        **_demo("voice-notes"),
    }
    files = {path: content.encode() for path, content in text.items()}
    files["STAGING/containers-demos/terminal/icon.png"] = _png()
    return dict(sorted(files.items()))
