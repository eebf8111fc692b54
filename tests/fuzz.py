"""Property tests that can run much longer: ``make test`` tries each a little, ``make fuzz`` (each night) a lot.

``FUZZ`` is the factor by which their examples are multiplied.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

FACTOR = int(os.environ.get("FUZZ", "1"))


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """Marks a property test for the fuzzing, with its number of examples in an ordinary run."""
    chosen = settings(
        max_examples=examples * FACTOR,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    return lambda test: pytest.mark.fuzz(chosen(test))
