"""Tasks: what an issue's form says, the graph of what depends on what, and what may start. Pure."""
