import io
import json
import logging

import pytest
import structlog

from bot.runs import logs


@pytest.fixture
def lines():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.setup("info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_every_line_is_json_with_what_is_bound(lines):
    with structlog.contextvars.bound_contextvars(delivery="d1", run="r1"):
        structlog.get_logger("bot.x").info("stored", size=3, text="a\nb\u202e")
        logging.getLogger("elsewhere").warning("library %s", "speaks")
    structlog.get_logger("bot.x").debug("not shown")
    logging.getLogger("dbos").warning("not shown")
    first, second = lines()
    assert (first["message"], first["size"], first["delivery"], first["run"], first["level"]) == (
        "stored",
        3,
        "d1",
        "r1",
        "info",
    )
    assert first["text"] == "a\nb\u202e"
    assert first["logger"] == "bot.x"
    assert (second["message"], second["delivery"], second["level"]) == ("library speaks", "d1", "warning")
    assert "timestamp" in second


def test_an_exception_stays_on_its_line(lines):
    try:
        raise KeyError("x")
    except KeyError:
        structlog.get_logger().exception("failed")
    [line] = lines()
    assert "KeyError: 'x'" in line["exception"]
