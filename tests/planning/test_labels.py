"""Taking a label off turns no gate green, unless somebody with write access does."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.contracts.github import LabelEvent
from bot.planning.labels import standing_labels

ROLES = {"ann": "write", "cat": "maintain", "tim": "triage", "ray": "read"}
START = datetime(2026, 11, 1, tzinfo=UTC)


def events(text):
    """``+ui:ann -ui:tim``."""
    found = []
    for number, word in enumerate(text.split()):
        label, actor = word[1:].split(":")
        found.append(
            LabelEvent(
                event="labeled" if word[0] == "+" else "unlabeled",
                label=label,
                actor=actor,
                created_at=START + timedelta(seconds=number),
            )
        )
    return found


@pytest.mark.parametrize(
    ("happened", "present", "standing"),
    [
        ("", "", ""),
        ("", "ui", "ui"),
        ("+ui:ann", "ui", "ui"),
        ("+ui:ann -ui:tim", "", "ui"),
        ("+ui:ann -ui:ray", "", "ui"),
        ("+ui:ann -ui:gone", "", "ui"),
        ("+ui:ann -ui:ann", "", ""),
        ("+ui:ann -ui:ANN", "", ""),
        ("+ui:ann -ui:cat", "", ""),
        ("+ui:tim -ui:tim", "", "ui"),
        ("+ui:ann -ui:tim +ui:tim -ui:ann", "", ""),
        ("+ui:ann -ui:ann +ui:tim -ui:tim", "", "ui"),
        ("+UI:ann -ui:tim", "", "ui"),
        ("+ui:ann -ui:tim +ui:ann", "UI", "UI"),
        ("+ui:ann -ui:tim +api:ann -api:ann", "", "ui"),
        ("+ui:ann", "", ""),
        ("+ui:tim", "", ""),
    ],
)
def test_which_labels_stand(happened, present, standing):
    assert standing_labels(events(happened), ROLES, present.split()) == frozenset(standing.split())


def test_one_second_keeps_the_order_of_the_timeline():
    both = [each.model_copy(update={"created_at": START}) for each in events("+ui:ann -ui:tim")]
    assert standing_labels(both, ROLES, ()) == {"ui"}
    assert standing_labels(reversed(events("+ui:ann -ui:tim")), ROLES, ()) == {"ui"}
