"""All that the playground answers, and all that the client asks, is in GitHub's own GraphQL schema. The judge can say no."""

import importlib
import pkgutil
from dataclasses import replace

import pytest

import bot.github
from bot.playground import Exchange
from bot.playground.graphql.fields import INTERFACES, RECORDS
from bot.playground.graphql.mutations import INPUTS, METHODS, TYPES
from tests.graphql_schema import SCHEMA, GraphQL, named

pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="the schema was not fetched: tests.fetch")


def queries():
    for module in pkgutil.iter_modules(bot.github.__path__):
        loaded = importlib.import_module(f"bot.github.{module.name}")
        for name, value in vars(loaded).items():
            if isinstance(value, str) and value.strip().startswith(("query", "mutation", "{")):
                yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.parametrize("query", list(queries()))
def test_what_the_client_asks_is_what_github_answers(query):
    assert GraphQL.load().query_faults(query) == []


def test_the_client_was_looked_at():
    assert {"mutation", "query"} <= {param.values[0].split()[0] for param in queries()}
    assert len(list(queries())) >= 8


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, fields in TYPES.items() for name in fields])
def test_every_field_has_githubs_type_and_arguments(kind, name):
    spec, schema = TYPES[kind][name], GraphQL.load()
    found = schema.field(kind, name)
    assert found is not None, "GitHub has no such field"
    assert spec.type == found[0]
    for argument, type_ in spec.arguments.items():
        assert found[1][argument] == type_
    missing = {name for name, type_ in found[1].items() if type_.endswith("!")} - spec.arguments.keys()
    assert not missing


def test_every_input_has_githubs_members():
    for kind, members in INPUTS.items():
        theirs = GraphQL.load().inputs(kind)
        assert theirs is not None, kind
        assert members.items() <= theirs.items()
        assert theirs["clientMutationId"] == "String"
        assert {name for name, type_ in theirs.items() if type_.endswith("!")} <= members.keys()
    assert GraphQL.load().values("PullRequestMergeMethod") == METHODS.keys()


def test_interfaces_and_names_are_githubs():
    schema = GraphQL.load()
    for name, interface in INTERFACES.items():
        assert interface.types <= schema.possible(name), name
        assert all(schema.field(name, field) for field in interface.fields), name
        assert interface.types == schema.possible(name) & (TYPES.keys() | interface.types), name
    assert set(RECORDS.values()) <= TYPES.keys() <= schema.types.keys()
    wanted = {named(spec.type) for fields in TYPES.values() for spec in fields.values()}
    assert wanted <= schema.types.keys()


# -- the judge --

QUERY = "query ($id: ID!) { node(id: $id) { ... on PullRequest { id state isDraft author { __typename login } } } }"
PULL = {"id": "PR_1", "state": "OPEN", "isDraft": False, "author": {"__typename": "User", "login": "ada"}}
GOOD = Exchange(
    "POST", "/graphql", {}, 200, False, "", {"query": QUERY, "variables": {"id": "x"}}, {"data": {"node": PULL}},
    kind="graphql",
)  # fmt: skip


def test_a_good_exchange_passes():
    assert GraphQL.load().faults(GOOD) == []
    refused = {"data": {"node": None}, "errors": [{"path": ["node"], "message": "no"}]}
    assert GraphQL.load().faults(replace(GOOD, response_body=refused)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "open"}, "PullRequestState"),
        ({"isDraft": None}, "null"),
        ({"id": 5}, "ID"),
        ({"author": {"__typename": "Robot", "login": "x"}}, "author"),
        ({"author": {"__typename": "User"}}, "author"),
    ],
)
def test_a_bad_answer_does_not(change, said):
    found = GraphQL.load().faults(replace(GOOD, response_body={"data": {"node": PULL | change}}))
    assert said in " ".join(found)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ viewer { nothing } }", "no field nothing"),
        ("{ viewer }", "needs fields"),
        ("{ viewer { login { x } } }", "has no fields"),
        ('{ repository(name: "a") { id } }', "is required"),
        ('{ repository(owner: "a", name: "b", x: 1) { id } }', "no argument x"),
        ("query ($id: String!) { node(id: $id) { id } }", "where ID! is wanted"),
        ('{ node(id: "x") { ... on Nothing { id } } }', "never"),
        ("{ viewer { ... on Repository { id } } }", "never"),
        ('mutation { dequeuePullRequest(input: {pullRequestId: "x"}) { mergeQueueEntry { id } } }', "no member"),
        ("mutation { enqueuePullRequest(input: {}) { mergeQueueEntry { id } } }", "is required"),
        (
            'mutation { enablePullRequestAutoMerge(input: {pullRequestId: "x", mergeMethod: merge}) { pullRequest { id } } }',
            "PullRequestMergeMethod",
        ),
    ],
)  # fmt: skip
def test_a_bad_query_does_not(query, said):
    assert said in " ".join(GraphQL.load().query_faults(query))
