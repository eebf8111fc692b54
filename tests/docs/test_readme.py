"""The README's transcript is what the demo really prints."""

from tests.transcript import played, shown


def test_the_transcript_is_of_a_real_run():
    # In any order: what the bot does at one moment may be seen in another order.
    assert sorted(shown().splitlines()) == sorted(played().splitlines())
