"""What the dialogues about attacks on gates share: a policy, people, and pull requests of their own."""

from bot.playground.git_store import Signature
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.gates import more_people, reviews, says, status

__all__ = ["AUTO", "PEOPLE", "POLICY", "SETTINGS", "gated", "merge_commit", "moves", "opens", "pushes"]
__all__ += ["reviews", "says", "signed", "status", "summary", "verdict"]

POLICY = """\
version: 1
approvals:
  - name: code
    from: {permission: write}
"""
AUTO = POLICY + "merging: {when: approved}\n"
SETTINGS = ".github/graftsman.yml"
PEOPLE = (("cy", "write"), ("dora", "write"), ("eve", "write"), ("mia", "maintain"))


async def gated(stage, policy=POLICY, more=None, **options):
    """A repository with this policy; beside the usual people there are cy, dora and eve (write), mia (maintain)."""
    content = {SETTINGS: policy.encode(), "README.md": b"# Hello\n", "src/a.txt": b"a\n", **(more or {})}
    act = await stage(content, **options)
    more_people(act, *PEOPLE)
    return act


async def opens(act, who="ben", content=None, branch="topic", base=None, **more):
    """Somebody pushes a branch and opens a pull request of it; returns when the bot has looked."""
    await act.commits(content or {"src/a.txt": "b\n"}, branch, who=who)
    act.later()
    pull = await getattr(act, who).open_pull(NAME, branch, "A change", "Please look.", base=base, **more)
    act.later(20)
    await act.settle()
    return pull


async def pushes(act, who, branch, content, *, name=None, email=None, onto=None):
    """Somebody pushes a commit that says it is by somebody else, or is put somewhere else."""
    store = act.repository.store
    start = onto or act.repository.branch(branch)
    person = signed(act, name or who.title(), email or f"{who}@example.com")
    data = {path: text.encode() if isinstance(text, str) else text for path, text in content.items()}
    oid = await store.write_files(start, data, "Change files", person)
    await moves(act, who, branch, oid)
    return oid


def signed(act, name, email):
    return Signature(name, email, int(act.playground.clock.time()))


async def moves(act, who, branch, oid):
    """Somebody pushes that commit to a branch; returns when the bot has looked."""
    act.later()
    await getattr(act, who).set_branch(NAME, branch, oid)
    act.later(20)
    await act.settle()


async def merge_commit(act, who, head, base, more=None):
    """A merge of the base into a head, as the button ``Update branch`` makes it; with ``more``, an evil one."""
    store = act.repository.store
    tree = await store.merge_tree(head, base)
    person = signed(act, who.title(), f"{who}@example.com")
    if more:
        tree = (await store.commit(await store.write_files(head, more, "x", person))).tree
    return await store.write_commit(tree, [head, base], "Merge branch 'main' into topic\n", person)


def verdict(act, pull, name="graftsman/approvals"):
    """The conclusion of our newest check of a name on the present head, as GitHub's rules see it."""
    ours = [one for one in act.checks(pull, name) if f"{one.app.slug}[bot]" == BOT]
    return max(ours, key=lambda run: run.id).conclusion


def summary(act, pull):
    return max(act.checks(pull, "graftsman/approvals"), key=lambda run: run.id).summary
