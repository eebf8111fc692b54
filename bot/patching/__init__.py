"""Pure: patch batches. Start at ``apply.apply``; ``bridges.convert`` makes batches of what agents write."""
