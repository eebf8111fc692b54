"""Frozen pydantic models and small types that every layer may use. Imports nothing of ours but ``bot.errors``."""
