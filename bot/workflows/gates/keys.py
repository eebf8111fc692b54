"""Where the gates keep what they remember: a cache of what GitHub and git say (law 9)."""

from __future__ import annotations


def second_key(full_name: str, pull: int) -> str:
    """The pull request of another task that is to be merged before this one; nothing where there is none."""
    return f"goes-second:{full_name.lower()}#{pull}"


def gate_key(full_name: str, pull: int) -> str:
    """The last judgement of a pull request: its head, whether the approvals were there, whether all gates were open."""
    return f"gate:{full_name.lower()}#{pull}"
