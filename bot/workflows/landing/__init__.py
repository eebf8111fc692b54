"""Patch batches become commits: on a branch that is there, or on one of their own with its pull request."""
