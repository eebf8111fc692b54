"""Slash commands: what somebody ordered in a comment is carried out once, and what became of it is remembered."""
