"""The spec guard: specs read from trees, judged on base and head, and mended. Pure: what it needs is handed in."""
