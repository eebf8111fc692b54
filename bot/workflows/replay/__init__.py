"""Replay (law 5): when the base moves, a branch is computed anew on it, and people's commits are put back on top."""
