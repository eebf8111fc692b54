"""Graftsman: a self-hosted GitHub App that moves folders and lands patches, one reviewed pull request at a time."""

__version__ = "0.1.0"
