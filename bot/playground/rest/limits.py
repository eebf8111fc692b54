"""What is left of the hour."""

from __future__ import annotations

from bot.playground.rest.routing import Answer, Call, Routes

ROUTES = Routes()


@ROUTES.add("GET", "/rate_limit", kind="any")
async def get_rate_limit(call: Call) -> Answer:
    """The budgets of the caller; costs nothing."""
    limits = call.world.limits
    resources = {}
    for name in ("core", "search", "graphql"):
        told = limits.headers(call.world, call.caller, name)
        numbers = ("limit", "used", "remaining", "reset")
        resources[name] = {key: int(told[f"X-RateLimit-{key.title()}"]) for key in numbers} | {"resource": name}
    return Answer({"resources": resources, "rate": resources["core"]})
