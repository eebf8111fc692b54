"""GraphQL, as far as it is needed: hand-made fields, a small resolver, the mutations that REST does not have."""

from bot.playground.graphql.execute import execute, is_mutation

__all__ = ["execute", "is_mutation"]
