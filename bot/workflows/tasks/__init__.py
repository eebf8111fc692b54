"""Tasks: a labelled issue becomes branch work, and the graph of all of them runs itself."""
