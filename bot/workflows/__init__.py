"""Use cases, one file each: they read the world afresh through ports, decide with pure code, and act once."""
