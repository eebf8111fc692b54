"""GitHub's own OpenAPI description, as a judge of exchanges.

``OpenAPI.faults(exchange)`` says what GitHub would not have sent, or not have taken. The description comes from
``python -m tests.fetch``. Schemas are compiled when first needed, each with what it refers to.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from bot.playground import Delivery, Exchange

DESCRIPTION = Path(__file__).parent.parent / ".cache" / "api.github.com.json"
REF = "#/components/schemas/"
# Answers that the description leaves out, though GitHub gives them. (method or *, path template or *, status): reason.
ALLOWED: dict[tuple[str, str, int], str] = {
    ("*", "*", 301): "a transferred issue's addresses all lead to where it is now; the description says so of some",
    ("*", "*", 400): "a request that is no JSON, or a version that is not supported, is refused everywhere",
    ("*", "*", 401): "bad credentials are refused everywhere, the description says so of few operations",
    ("*", "*", 403): "missing permissions and rate limits are refused everywhere",
    ("*", "*", 404): "what is not there or not visible is not found, everywhere",
    ("*", "*", 422): "validation fails everywhere where a body is taken",
    ("*", "*", 429): "rate limits",
    ("*", "*", 304): "every GET has an ETag",
}
# Members of answers, by the pattern of the pointer, or of it with the fault, that GitHub sends otherwise than it says.
LENIENT: list[tuple[re.Pattern[str], str]] = [
    (
        re.compile(
            r"GET /repos/\{owner\}/\{repo\}/(pulls|commits/\{commit_sha\}/pulls) 200#\d+/labels/\d+/description"
        ),
        "a label without a description has null; the lists of pull requests alone say it is a string",
    ),
    (
        re.compile(r"GET /app/installations 200#\d+/account"),
        "the list wants an account to be a user and an enterprise at once (allOf); the single one says anyOf",
    ),
    (
        re.compile(r"(PUT|DELETE) /repos/\{owner\}/\{repo\}/contents/\{path\} 409#"),
        "oneOf of two errors that every error is both of",
    ),
    (
        re.compile(r"webhook .*#.*performed_via_github_app/events/\d+"),
        "the payloads' list of events that an App may ask for is older than merge_group",
    ),
    (
        re.compile(r"webhook (push|merge-group-[a-z-]+)#.*/email"),
        "the address of an App's account, 1+name[bot]@users.noreply.github.com, is no address to a strict check",
    ),
    (
        re.compile(r"webhook .*/performed_via_github_app/events/\d+"),
        "webhooks alone list the events an App may have, and leave merge_group out, which Apps do subscribe to",
    ),
    (
        re.compile(r'webhook issue-dependencies-[a-z-]+#: "organization" is a required property'),
        "it must have an organization, which a person's repository has not; sub_issues, of the same make, need none",
    ),
]


class OpenAPI:
    """The description, ready to judge."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas: dict[str, Any] = document["components"]["schemas"]
        self._responses: dict[str, Any] = document["components"]["responses"]
        self._hooks: dict[str, Any] = document["x-webhooks"]
        self._bodies: dict[str, Any] = document["components"].get("requestBodies", {})
        self._paths = [
            (template, self._pattern(template), operations)
            for template, operations in sorted(document["paths"].items(), key=lambda item: self._order(item[0]))
        ]
        self._converted: dict[str, Any] = {}
        self._validators: dict[str, jsonschema_rs.Validator | None] = {}

    @classmethod
    @cache
    def load(cls, path: Path = DESCRIPTION) -> OpenAPI:
        """Reads the file, once. Raises ``FileNotFoundError`` when it was not fetched."""
        return cls(json.loads(path.read_bytes()))

    @staticmethod
    def _pattern(template: str) -> re.Pattern[str]:
        # Refs, paths, ranges of commits and names of labels hold slashes.
        wide = {"ref", "path", "branch", "basehead", "tree_sha", "name"}
        parts = re.split(r"\{(\w+)\}", template)
        text = "".join(
            re.escape(part) if at % 2 == 0 else ("(.*)" if part == "path" else "(.+)" if part in wide else "([^/]+)")
            for at, part in enumerate(parts)
        )
        return re.compile(text)

    @staticmethod
    def _order(template: str) -> tuple[int, ...]:
        wide = ("{ref}", "{path}", "{branch}", "{basehead}", "{name}")
        return (*(2 if part in wide else 1 if "{" in part else 0 for part in template.split("/")), 3)

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The path template and operation that an exchange is of."""
        for template, pattern, operations in self._paths:
            if method.lower() in operations and pattern.fullmatch(path):
                return template, operations[method.lower()]
        return None

    def faults(self, exchange: Exchange) -> list[str]:
        """What is wrong with an exchange: nothing for one that GitHub could have had."""
        if exchange.forced or exchange.kind != "rest":
            return []
        where = f"{exchange.method} {exchange.path} -> {exchange.status}"
        found = self.operation(exchange.method, exchange.path)
        if found is None:
            return [] if exchange.status == 404 else [f"{where}: GitHub has no such operation"]
        template, operation = found
        faults = self._request(exchange, template, operation) if exchange.status < 400 else []
        faults += self._response(exchange, template, operation)
        return [f"{where}: {fault}" for fault in faults]

    def delivery_faults(self, delivery: Delivery) -> list[str]:
        """What is wrong with a webhook's payload."""
        name = "-".join(part.replace("_", "-") for part in (delivery.event, delivery.action) if part)
        if name not in self._hooks:
            return [f"webhook {name}: GitHub has no such event"]
        schema = self._hooks[name]["post"]["requestBody"]["content"]["application/json"]["schema"]
        return [
            f"webhook {name}: {fault}" for fault in self._check(f"webhook {name}", schema, delivery.payload, "payload")
        ]

    def _request(self, exchange: Exchange, template: str, operation: dict[str, Any]) -> list[str]:
        body = operation.get("requestBody", {})
        if "$ref" in body:
            body = self._bodies[body["$ref"].rpartition("/")[2]]
        schema = body.get("content", {}).get("application/json", {}).get("schema")
        if schema is None or exchange.request_body is None:
            if body.get("required") and exchange.request_body is None:
                return ["the request has no body"]
            return []
        return self._check(f"request {exchange.method} {template}", schema, exchange.request_body, "request")

    def _response(self, exchange: Exchange, template: str, operation: dict[str, Any]) -> list[str]:
        responses = operation["responses"]
        response = responses.get(str(exchange.status)) or responses.get("default")
        if response is None:
            keys = [("*", "*", exchange.status), (exchange.method, template, exchange.status)]
            return [] if any(key in ALLOWED for key in keys) else ["the status is not described"]
        if "$ref" in response:
            response = self._responses[response["$ref"].rpartition("/")[2]]
        content = response.get("content", {})
        media = next((content[name] for name in content if "json" in name), None)
        if exchange.response_body is None:
            return [] if media is None or exchange.status in {202, 304} else ["the answer has no body"]
        if media is None:
            return []
        key = f"{exchange.method} {template} {exchange.status}"
        return self._check(key, media["schema"], exchange.response_body, "answer")

    def _check(self, key: str, schema: dict[str, Any], value: Any, side: str) -> list[str]:
        if key not in self._validators:
            self._validators[key] = self._compile(schema)
        validator = self._validators[key]
        if validator is None or validator.is_valid(value):
            return []
        faults = []
        for error in validator.iter_errors(value):
            at = "/".join(str(part) for part in error.instance_path)
            told = (f"{key}#{at}", f"{key}#{at}: {error.message}")
            if not any(pattern.fullmatch(one) for pattern, _ in LENIENT for one in told):
                faults.append(f"{side} /{at}: {error.message[:400]}")
        return faults[:5]

    def _compile(self, schema: dict[str, Any]) -> jsonschema_rs.Validator:
        names = self._reach(schema)
        for name in names - set(self._converted):
            self._converted[name] = convert(self._schemas[name])
        document = convert(schema) | {"components": {"schemas": {name: self._converted[name] for name in names}}}
        return jsonschema_rs.Draft202012Validator(document, validate_formats=True)

    def _reach(self, schema: Any) -> set[str]:
        """The names of all schemas that one refers to, directly or not."""
        found: set[str] = set()
        waiting = [schema]
        while waiting:
            item = waiting.pop()
            if isinstance(item, list):
                waiting += item
            elif isinstance(item, dict):
                ref = item.get("$ref")
                if isinstance(ref, str) and ref.startswith(REF) and (name := ref.removeprefix(REF)) not in found:
                    found.add(name)
                    waiting.append(self._schemas[name])
                waiting += [value for key, value in item.items() if key not in {"example", "examples"}]
        return found


DROPPED = {"example", "examples", "description", "deprecated", "nullable", "discriminator", "xml", "externalDocs"}


def convert(schema: Any) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema: ``nullable`` becomes a type."""
    if isinstance(schema, list):
        return [convert(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {}
    for key, value in schema.items():
        if key == "properties":
            plain[key] = {name: convert(item) for name, item in value.items()}
        elif key in {"enum", "required", "default", "const", "pattern"}:
            plain[key] = value
        elif key not in DROPPED or not isinstance(value, (str, bool, dict, list, int, float, type(None))):
            plain[key] = convert(value)
    if not schema.get("nullable"):
        return plain
    if "enum" in plain and None not in plain["enum"]:
        plain["enum"] = [*plain["enum"], None]
    if isinstance(plain.get("type"), str) and not any(key in plain for key in ("allOf", "anyOf", "oneOf")):
        plain["type"] = [plain["type"], "null"]
        return plain
    return {"anyOf": [plain, {"type": "null"}]}
