"""A decision's reasons as people read them."""

from __future__ import annotations

from bot.planning.explain import Node
from templates import render


def explain_text(tree: Node) -> str:
    """The reasons in Markdown: a nested list. It mentions nobody."""
    return render("comments/explain.md", tree=tree).strip() + "\n"
