"""The git layer: objects through libgit2 and packs of our own, fetch and push through git's command line. No work tree.

Start at ``repository.Repository`` and ``mirrors.Mirrors``; ``writer.ObjectWriter`` makes trees and commits.
"""
