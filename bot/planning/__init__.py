"""Pure: what is next, what may go ahead, and why."""
