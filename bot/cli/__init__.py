"""The command line. Exit codes: 0 done or nothing to do, 2 wrong usage, 3 refused, 4 the world's fault, 70 ours."""
