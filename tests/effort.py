"""Work counted, not timed: a count is the same on a loaded machine. Where C does the work, sizes are compared."""

import sys
import time


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


def soon(work, text, seconds):
    """Whether hostile text is done with in so much processor time.

    On a machine that is too slow for that it is enough that a quarter of the text takes about a quarter of the time: what
    grows with the square takes a sixteenth.
    """
    took = _seconds(work, text)
    return took < seconds or took < 9 * min(_seconds(work, text[: len(text) // 4]) for _ in range(2))


def _seconds(work, text):
    start = time.process_time()
    work(text)
    return time.process_time() - start


def _watched(trace, work, arguments):
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work(*arguments)
    finally:
        sys.settrace(before)
