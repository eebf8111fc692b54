"""The benchmark: ratios measured in one run, on repositories made for it. See ``__main__``."""
