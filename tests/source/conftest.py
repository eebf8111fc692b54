"""What the tests of ``bot.source`` share."""

import pytest

from bot.errors import Refusal


@pytest.fixture
def refused():
    """Calls something that must be refused, and gives the refusal."""

    def call(function, *arguments, **options):
        with pytest.raises(Refusal) as caught:
            function(*arguments, **options)
        return caught.value

    return call
