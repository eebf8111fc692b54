"""The dashboard issue: one for each repository, kept by edits; its boxes act."""
