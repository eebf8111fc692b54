"""The merge forecast: which open pull requests collide, the order that keeps that lowest, and who is told of it."""
