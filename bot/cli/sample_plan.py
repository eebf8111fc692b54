"""The demo's sample plan: an order service of some thirty tasks in four epics and two lanes."""

from __future__ import annotations

import json
from typing import Any, Final

from bot.config import SETTINGS_PATH

PLAN_PATH: Final = "tasks/orders.json"
SETTINGS: Final = """\
version: 1
tasks:
  lanes:
    architecture: {people: [ada], priority: 10}
    implementation: {people: [ben], max_open: 4}
  default_lane: implementation
  max_open: 6
"""
ARCHITECTURE: Final = "architecture"
IMPLEMENTATION: Final = "implementation"

# Id, title, epic, lane, priority, what it depends on, paths.
_TASKS: Final = (
    ("contracts", "Contracts", "", ARCHITECTURE, "high", "", ""),
    ("contracts.order", "Describe an order", "contracts", ARCHITECTURE, "critical", "", "contracts/order.json"),
    ("contracts.money", "Describe amounts of money", "contracts", ARCHITECTURE, "high", "", "contracts/money.json"),
    ("contracts.events", "Describe the events of an order", "contracts", ARCHITECTURE, "high", "contracts.order",
     "contracts/events.json"),
    ("contracts.errors", "Describe refusals", "contracts", ARCHITECTURE, "medium", "contracts.order",
     "contracts/errors.json"),
    ("contracts.versions", "Say how contracts change", "contracts", ARCHITECTURE, "low",
     "contracts.events contracts.errors", "docs/contracts.md"),
    ("storage", "Storage", "", ARCHITECTURE, "high", "", ""),
    ("storage.choice", "Choose the store", "storage", ARCHITECTURE, "critical", "", "docs/storage.md"),
    ("storage.schema", "Lay out the tables", "storage", ARCHITECTURE, "high", "storage.choice contracts.order",
     "storage/schema.sql"),
    ("storage.moves", "Move the schema forward", "storage", IMPLEMENTATION, "medium", "storage.schema",
     "storage/moves/**"),
    ("storage.read", "Read orders", "storage", IMPLEMENTATION, "high", "storage.schema", "storage/read.py"),
    ("storage.write", "Write orders", "storage", IMPLEMENTATION, "high", "storage.schema contracts.money",
     "storage/write.py"),
    ("storage.events", "Keep the events", "storage", IMPLEMENTATION, "medium", "storage.write contracts.events",
     "storage/events.py"),
    ("storage.backup", "Back up and bring back", "storage", IMPLEMENTATION, "low", "storage.moves",
     "storage/backup.py"),
    ("service", "Service", "", IMPLEMENTATION, "high", "", ""),
    ("service.frame", "Lay out the service", "service", ARCHITECTURE, "high", "", "service/app.py"),
    ("service.health", "Answer health checks", "service", IMPLEMENTATION, "low", "service.frame",
     "service/health.py"),
    ("service.place", "Place an order", "service", IMPLEMENTATION, "critical",
     "service.frame storage.write contracts.errors", "service/place.py"),
    ("service.show", "Show an order", "service", IMPLEMENTATION, "high", "service.frame storage.read",
     "service/show.py"),
    ("service.change", "Change an order", "service", IMPLEMENTATION, "medium", "service.place service.show",
     "service/change.py"),
    ("service.cancel", "Cancel an order", "service", IMPLEMENTATION, "medium", "service.change",
     "service/cancel.py"),
    ("service.tell", "Tell others what happened", "service", IMPLEMENTATION, "medium",
     "service.place storage.events", "service/tell.py"),
    ("service.limits", "Limit how fast one may ask", "service", IMPLEMENTATION, "low", "service.place",
     "service/limits.py"),
    ("console", "Console", "", IMPLEMENTATION, "medium", "", ""),
    ("console.frame", "Lay out the console", "console", IMPLEMENTATION, "medium", "", "console/main.ts"),
    ("console.list", "List orders", "console", IMPLEMENTATION, "high", "console.frame service.show",
     "console/list.ts"),
    ("console.place", "Place an order by hand", "console", IMPLEMENTATION, "medium", "console.frame service.place",
     "console/place.ts"),
    ("console.cancel", "Cancel an order by hand", "console", IMPLEMENTATION, "low", "console.list service.cancel",
     "console/cancel.ts"),
    ("console.live", "Show orders live", "console", IMPLEMENTATION, "low", "console.list service.tell",
     "console/live.ts"),
    ("release", "Release", "", ARCHITECTURE, "high",
     "contracts.versions storage.backup service.limits service.health console.cancel console.live console.place",
     "docs/release.md"),
)  # fmt: skip


def plan_files() -> dict[str, bytes]:
    """The sample plan, and settings with its lanes, by path."""
    plan = {"version": 1, "plan": "orders", "tasks": [_task(*each) for each in _TASKS]}
    text = json.dumps(plan, indent=2) + "\n"
    return {PLAN_PATH: text.encode(), SETTINGS_PATH: SETTINGS.encode(), "README.md": b"# Orders\n"}


def _task(id: str, title: str, epic: str, lane: str, priority: str, needs: str, paths: str) -> dict[str, Any]:  # noqa: A002
    made: dict[str, Any] = {"id": id, "title": title, "lane": lane, "priority": priority}
    if epic:
        made["parent"] = epic
    if needs:
        made["depends_on"] = needs.split()
    if paths:
        made["paths"] = [paths]
        made["acceptance"] = [f"{paths} is there", "Somebody else has read it"]
        made["goal"] = f"{title}, so that what waits for it can begin."
    return made
