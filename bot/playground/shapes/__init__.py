"""GitHub's JSON for what the playground knows. Each function takes the world (for addresses) and a record."""
