"""The order of merging: held against every order there is, where there are few branches."""

import random
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from bot.planning import merge_order as module
from bot.planning.merge_order import MOST_EXACT, Branch, merge_order
from tests.fuzz import fuzzed

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
DEAR = {"approved": 4, "in-review": 2, "draft": 1}


def branch(key, readiness="in-review", *, after=(), behind=False, age=None):
    return Branch(key, readiness, BEGAN + timedelta(hours=key if age is None else age), tuple(after), behind)


def keys(order):
    return [step.key for step in order.steps]


def cost(row, branches, collisions):
    """By the definition: who needs hands, and the places, each counted by whose they are."""
    at = {key: place for place, key in enumerate(row)}
    hands = {each.key for each in branches if each.behind}
    places = 0
    ready = {each.key: each.readiness for each in branches}
    for pair, weight in collisions.items():
        later = max(pair, key=at.__getitem__)
        hands.add(later)
        places += weight * DEAR[ready[later]]
    return len(hands), places


def kept(row, branches):
    at = {key: place for place, key in enumerate(row)}
    return all(at[need] < at[each.key] for each in branches for need in each.after if need in at)


def test_what_collides_with_nothing_goes_by_readiness_and_age():
    order = merge_order([branch(1, "draft"), branch(2), branch(3, "approved"), branch(4, age=0)], {})
    assert keys(order) == [3, 4, 2, 1]
    assert {step.because for step in order.steps} == {"alone"} and order.by_hand == 0 and order.exact


def test_one_that_collides_with_many_goes_last():
    order = merge_order([branch(1, "approved"), branch(2), branch(3)], {(1, 2): 1, (1, 3): 1})
    assert keys(order) == [2, 3, 1]
    assert order.by_hand == 1
    two, three, one = order.steps
    assert (two.because, two.before) == ("first", (1,)) and (three.because, three.before) == ("first", (1,))
    assert (one.because, one.after, one.by_hand) == ("after", (2, 3), True)


def test_of_two_the_one_nearer_to_being_merged_goes_first_then_the_older():
    assert keys(merge_order([branch(1), branch(2, "approved")], {(1, 2): 3})) == [2, 1]
    assert keys(merge_order([branch(1, age=5), branch(2, age=1)], {(1, 2): 3})) == [2, 1]


def test_a_branch_goes_after_what_it_depends_on_even_where_that_costs_hands():
    order = merge_order([branch(1, "approved", after=[2]), branch(2, "draft"), branch(3)], {(1, 2): 1, (2, 3): 1})
    assert keys(order).index(2) < keys(order).index(1)
    one = next(step for step in order.steps if step.key == 1)
    assert (one.because, one.after, one.waits_for) == ("depends", (2,), (2,))
    assert keys(merge_order([branch(1, after=[2, 99]), branch(2, "draft")], {})) == [2, 1]


def test_what_depends_on_itself_is_ordered_all_the_same():
    order = merge_order([branch(1, after=[2]), branch(2, after=[3]), branch(3, after=[1]), branch(4, after=[1, 4])], {})
    assert sorted(keys(order)) == [1, 2, 3, 4] and keys(order).index(1) < keys(order).index(4)


def test_one_that_collides_with_the_base_goes_after_those_it_would_cost_hands():
    order = merge_order([branch(1, "approved", behind=True), branch(2, "draft"), branch(3, behind=True)], {(1, 2): 1})
    assert keys(order) == [2, 1, 3]
    assert [step.because for step in order.steps] == ["first", "behind", "behind"]
    assert order.by_hand == 2


def test_collisions_with_what_is_not_open_do_not_matter():
    assert merge_order([branch(1)], {(1, 2): 3, (3, 4): 1}).steps[0].because == "alone"
    assert merge_order([], {}).steps == ()


@st.composite
def worlds(draw, most):
    count = draw(st.integers(1, most))
    numbers = list(range(count))
    pairs = list(combinations(numbers, 2))
    met = draw(st.lists(st.sampled_from(pairs), max_size=2 * count)) if pairs else []
    collisions = {pair: draw(st.integers(1, 3)) for pair in met}
    needs = draw(st.lists(st.sampled_from(pairs), max_size=3)) if pairs else []
    swapped = draw(st.permutations(numbers))
    branches = [
        branch(
            key,
            draw(st.sampled_from(list(DEAR))),
            after=[swapped[one] for one, other in needs if swapped[other] == key],
            behind=draw(st.integers(0, 5)) == 0,
        )
        for key in numbers
    ]
    return branches, collisions


@fuzzed(150)
@given(worlds(6))
def test_no_order_is_cheaper(world):
    branches, collisions = world
    order = merge_order(branches, collisions)
    assert kept(keys(order), branches)
    best = min(
        cost(row, branches, collisions) for row in permutations(each.key for each in branches) if kept(row, branches)
    )
    assert cost(keys(order), branches, collisions) == best
    assert order.by_hand == best[0]


@fuzzed(100)
@given(worlds(11), st.randoms(use_true_random=False))
def test_it_does_not_matter_in_which_order_they_are_named(world, noise):
    branches, collisions = world
    shuffled = noise.sample(branches, len(branches))
    assert merge_order(shuffled, dict(noise.sample(list(collisions.items()), len(collisions)))) == merge_order(
        branches, collisions
    )


@fuzzed(150)
@given(worlds(MOST_EXACT))
def test_larger_groups_are_ordered_nearly_as_well(world):
    """The way for larger groups, on small ones: not far from the best order (nearly always as good)."""
    branches, collisions = world
    best = merge_order(branches, collisions)
    before, module.MOST_EXACT = module.MOST_EXACT, 0
    try:
        order = merge_order(branches, collisions)
    finally:
        module.MOST_EXACT = before
    assert kept(keys(order), branches) and not order.exact
    assert order.by_hand == cost(keys(order), branches, collisions)[0]
    assert best.by_hand <= order.by_hand <= best.by_hand + 2


def test_the_way_for_larger_groups_is_nearly_always_as_good(monkeypatch):
    noise = random.Random(1)
    worlds = []
    for _ in range(300):
        count, share = noise.randint(6, MOST_EXACT), noise.choice([0.1, 0.2, 0.3, 0.5])
        branches = [branch(key, noise.choice(list(DEAR)), behind=noise.random() < 0.1) for key in range(count)]
        worlds.append((branches, {pair: 1 for pair in combinations(range(count), 2) if noise.random() < share}))
    best = [merge_order(*world).by_hand for world in worlds]
    monkeypatch.setattr(module, "MOST_EXACT", 0)
    good = [merge_order(*world).by_hand for world in worlds]
    assert sum(one == other for one, other in zip(best, good, strict=True)) >= 290
    monkeypatch.setattr(module, "MOST_MOVES", 0)
    greedy = [merge_order(*world).by_hand for world in worlds]
    assert all(one <= other for one, other in zip(good, greedy, strict=True)) and sum(good) < sum(greedy)


def test_a_hundred_that_collide_at_random_are_ordered_soon():
    noise = random.Random(3)
    branches = [branch(key, noise.choice(list(DEAR))) for key in range(100)]
    for share in (0.02, 0.1, 0.5, 1):
        collisions = {pair: 1 for pair in combinations(range(100), 2) if noise.random() < share}
        order = merge_order(branches, collisions)
        assert order.by_hand == cost(keys(order), branches, collisions)[0]
        assert share < 1 or order.by_hand == 99
