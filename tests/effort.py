"""Work counted, not timed: a count is the same on a loaded machine."""

import sys


def effort(work, *arguments):
    """How many lines of Python a call runs, those of all that it calls included; what C does counts as its line."""
    count = 0

    def trace(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return trace

    _watched(trace, work, arguments)
    return count


def calls(function, work, *arguments):
    """How often a call calls a function of Python."""
    count = 0

    def trace(frame, _event, _argument):
        nonlocal count
        count += frame.f_code is function.__code__

    _watched(trace, work, arguments)
    return count


def _watched(trace, work, arguments):
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work(*arguments)
    finally:
        sys.settrace(before)
