"""What is not as it must be, in words: the oracle of task_oracle.py held against what GitHub, git and ledger show."""

from tests.end_to_end.act import BOT
from tests.end_to_end.task_graph import KNOWN, events, labelled, last, names
from tests.end_to_end.task_oracle import Oracle
from tests.end_to_end.task_stage import TASK, by_bot, is_task
from tests.end_to_end.task_starts import known, limit, too_early, turns


async def complaints(deeds):
    """All that is not as it must be."""
    oracle = Oracle(deeds)
    found = [*deeds.history.wrong, *_once(oracle), *await _lost(oracle)]
    for number in sorted(oracle.issues):
        some = [*_by_hand(oracle, number), *too_early(oracle, number)]
        found += [f"#{number}: {each}" for each in some]
    if deeds.rules.most is None:  # nothing moves by unread rules
        return found
    told = await deeds.act.events()
    for number in sorted(oracle.issues):
        some = _task(oracle, number) if number in oracle.tasks else _no_task(oracle, number)
        found += [f"#{number}: {each}" for each in some]
        if number in oracle.tasks:
            found += [f"#{number}: {each}" for each in _told(oracle, number, told)]
    for number in sorted(oracle.issues):
        found += [f"#{number}: {each}" for each in await _cleared(oracle, number)]
    return [*found, *limit(oracle), *await turns(oracle)]


# --- at any time


def _once(oracle):
    """Nothing is doubled."""
    for number, issue in oracle.act.repository.issues.items():
        kinds = ("status", "plan", "gates")
        for kind in kinds:
            said = oracle.act.said(issue, kind)
            if len(said) > 1:
                yield f"#{number}: {len(said)} {kind} comments"
    for number in oracle.issues:
        pulls = oracle.deeds.pulls(number)
        opened = [one.number for one in pulls if one.issue.state == "open"]
        if len(opened) > 1:
            yield f"#{number}: pull requests {opened} are open at once"
        branches = [ref for ref in oracle.act.repository.store.refs if ref.startswith(f"refs/heads/{TASK}{number}-")]
        if len(branches) > 1:
            yield f"#{number}: branches {branches}"
        issue = oracle.issues[number]
        asked = 1 + len(oracle.orders(number, "/start", "/retry")) + len(events(issue, "reopened"))
        asked += sum(one.extra["label"]["name"] == "task" for one in events(issue, "labeled"))
        if len(pulls) > asked:
            yield f"#{number}: {len(pulls)} pull requests, and it was asked for {asked} at most"


async def _lost(oracle):
    """Every commit that people pushed is on its branch still, or in the head of a pull request."""
    found = []
    for branch, commit in oracle.history.pushed:
        _, out = await oracle.act.repository.store.run("for-each-ref", "--contains", commit, "--format=%(refname)")
        if not [ref for ref in out.decode().split() if ref == f"refs/heads/{branch}" or ref.startswith("refs/pull/")]:
            found.append(f"{branch}: the commit {commit[:12]} was lost")
    return found


def _by_hand(oracle, number):
    """The bot opens nothing again, and closes only what is done or taken over."""
    issue = oracle.issues[number]
    if any(by_bot(one) for one in events(issue, "reopened")):
        yield "the bot opened it again"
    for closed in events(issue, "closed"):
        if not by_bot(closed):
            continue
        merged = [one for one in oracle.deeds.pulls(number) if one.merged_at is not None]
        parts = events(issue, "sub_issue_added")
        if closed.extra["state_reason"] == "not_planned":
            ordered = [moment for moment, _ in oracle.history.subsumed.get(number, ())]
            if not [moment for moment in ordered if moment < closed.id]:
                yield "the bot closed it as not planned, and nobody said so"
        elif not merged and not parts:
            yield "the bot closed it, and nothing of it was merged"
        elif not merged:
            yield from (f"the bot closed it, and {each}" for each in known(oracle, closed.id, number, Oracle.left_open))
        before = [one for one in events(issue, "reopened") if one.id < closed.id]
        if before and closed.extra["state_reason"] == "completed":
            yield "the bot closed what a person had opened again"


# --- when the bot has nothing left to do


def _task(oracle, number):
    """What a task must look like."""
    issue, labels = oracle.issues[number], names(oracle.issues[number])
    status = {label.removeprefix("status/") for label in labels if label.startswith("status/")}
    fair = oracle.may_read(number, oracle.state(number))
    if len(status) != 1 or not status <= fair:
        yield f"its labels say {sorted(status)}, and it is {' or '.join(sorted(fair))}"
    if issue.state == "closed":
        return
    yield from _lanes(oracle, number, labels)
    for other, said in oracle.said_pairs(number).items():
        there = other in oracle.native(number)
        if said is not None and said is not there:
            yield f"it {'waits' if there else 'does not wait'} for #{other}, and people said otherwise"
    pull = oracle.deeds.open_pull(number)
    if pull is None and oracle.must_run(number):
        yield "nothing stands in its way, and it did not start"
    if pull is not None:
        yield from _pull(oracle, number, pull)
    if oracle.must_be_closed(number):
        yield "its parts are done, and it is open"
    if [one for one in oracle.deeds.pulls(number) if one.merged_at] and not events(issue, "reopened"):
        yield "its pull request was merged, and it is open"


def _lanes(oracle, number, labels):
    lanes = {label.removeprefix("lane/") for label in labels if label.startswith("lane/")}
    said = oracle.text(number).lane
    if len(lanes) > 1 or (said in KNOWN and not lanes):
        yield f"its lanes are {sorted(lanes)}"
    by_people = [one for one in events(oracle.issues[number], "labeled", "unlabeled") if not by_bot(one)]
    by_people = [one for one in by_people if one.extra["label"]["name"].startswith("lane/")]
    sure = not by_people and not oracle.history.forgotten and not oracle.was_let_go(number)
    if said in KNOWN and sure and lanes != {said}:
        yield f"its lane is {sorted(lanes)}, and its form says {said}"


def _pull(oracle, number, pull):
    """What the open pull request of an open task must look like."""
    act, issue = oracle.act, oracle.issues[number]
    if act.repository.branch(pull.head_ref) != pull.head_sha:
        yield f"#{pull.number} is not the head of its branch"
    if pull.issue.user.login != BOT:
        return
    if pull.issue.title != issue.title:
        yield f"#{pull.number} is called {pull.issue.title!r}"
    if f"Closes #{number}" not in pull.issue.body:
        yield f"#{pull.number} does not close it"
    said = act.said(issue, "status")
    if len(said) != 1 or f"#{pull.number}" not in said[0].body:
        yield f"nothing is said of #{pull.number}"


def _no_task(oracle, number):
    """What an issue must look like that is none: what the bot put on is off again."""
    issue = oracle.issues[number]
    for label in names(issue):
        put_on = last([one for one in labelled(issue, label) if one.event == "labeled"])
        if label.startswith("status/") and put_on is not None and by_bot(put_on):
            yield f"it is no task, and is labelled {label}"


async def _cleared(oracle, number):
    """The bot closes a pull request of an issue that is no open task exactly where nobody has worked on it."""
    issue, found = oracle.issues[number], []
    for pull in oracle.deeds.pulls(number):
        worked = await _worked_on(oracle, pull)
        over = not is_task(issue) or issue.state == "closed"
        if pull.issue.state == "open" and pull.issue.user.login == BOT and over and not worked:
            found.append(f"#{pull.number} is open, nobody works on it, and it is no open task")
        closed = last(events(pull.issue, "closed"))
        if pull.issue.state == "closed" and pull.merged_at is None and by_bot(closed) and worked:
            found.append(f"the bot closed #{pull.number}, on which somebody has worked")
    return found


async def _worked_on(oracle, pull):
    store = oracle.act.repository.store
    for oid in await store.log(pull.head_sha, oracle.act.repository.branch("main")):
        commit = await store.commit(oid)
        if commit.author.name != BOT and "graftsman" not in commit.author.email:
            return True
    return False


def _told(oracle, number, told):
    """The ledger's chain of states ends in the one that is shown."""
    mine = [one.details for one in told if one.subject == f"task:{number}" and one.type == "TASK_ENTERED"]
    state = None
    for each in mine:
        anew = not each["from"] and (state is None or oracle.was_let_go(number))
        if not anew and each["from"] != (state or ""):
            yield f"the ledger goes from {each['from']} where it was {state}"
        if each["state"] == state and not anew:
            yield f"the ledger tells {state} twice"
        state = each["state"]
    if f"status/{state}" not in names(oracle.issues[number]):
        yield f"the ledger ends with {state}"
