"""The repository of the patch story, and what its people and programs ask for."""

import hashlib
import json

TOKEN = "t" * 40
TOKENS = f"""\
version: 1
tokens:
  - name: agent
    sha256: {hashlib.sha256(TOKEN.encode()).hexdigest()}
    repositories: ["acme/*"]
    rights: [patches:apply, events:read, reports:read]
"""
FILES = {
    ".github/graftsman.yml": b"version: 1\n",
    "src/greet.ts": b"export function greet(name: string) {\n  return `Hello ${name}`;\n}\n",
    "src/part.ts": b"export const part = 'See you';\n",
    "README.md": b"# Greeter\n",
    "CHANGES.md": b"# Changes\n",
    "NEWS.md": b"# News\n",
}
DIFF = """\
--- a/src/greet.ts
+++ b/src/greet.ts
@@ -1,3 +1,3 @@
 export function greet(name: string) {
-  return `Hello ${name}`;
+  return `Good morning, ${name}`;
 }
"""
OTHER = """\
--- a/src/part.ts
+++ b/src/part.ts
@@ -1 +1 @@
-export const part = 'See you';
+export const part = 'Farewell';
"""
WRONG = DIFF.replace("Hello", "Hallo")


def says(*texts):
    """A comment with one ``/apply`` above each block."""
    return "\n".join(f"/apply\n\n```{'json' if text[0] == '{' else 'diff'}\n{text}```\n" for text in texts)


def batch(*operations, **more):
    """A batch as JSON."""
    return json.dumps({"version": 1, **more, "operations": operations}) + "\n"


def appends(text, path="README.md"):
    """A batch that is seen at once when it lands twice."""
    return batch({"op": "append", "path": path, "text": text})
