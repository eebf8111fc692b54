"""The spec guard's use cases: what is judged, how it is told, and the guard on a local repository."""
