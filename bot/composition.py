"""The composition root: builds everything from settings, and owns no logic."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import handlers
from bot.cli.github import bot_person, open_app
from bot.config import ApiToken, ServerSettings
from bot.contracts.event import PatchEvent
from bot.contracts.explain import Explanation
from bot.errors import Refusal
from bot.git.mirrors import Mirrors
from bot.github.app import App
from bot.github.errors import NotFoundError
from bot.runs import logs
from bot.runs.dispatcher import Dispatcher
from bot.runs.inbox import Delivery, Inbox
from bot.runs.intents import Intents
from bot.runs.ledger import Added, Ledger, Reports
from bot.runs.memory import Memory
from bot.runs.queue import Queue, Target
from bot.runs.repositories import Repositories
from bot.runs.store import Store
from bot.runs.worker import Limits
from bot.web.context import Api, Check, Explain, WebContext
from bot.web.metrics import Metrics
from bot.web.server import Server, make_app, serve
from bot.workflows.context import Context
from bot.workflows.gates.actions import reconcile_action
from bot.workflows.gates.explain_pull import explain_for_api
from bot.workflows.gates.merge_group import reconcile_merge_group
from bot.workflows.gates.open_pulls import settle_pulls
from bot.workflows.landing.api_patches import PatchApi, reconcile_order
from bot.workflows.ledger import reconcile_ledger, record_events_from_outside
from bot.workflows.migrations.reconcile_migration import reconcile_migration
from bot.workflows.names import ACKNOWLEDGE, TASK_GRAPH
from bot.workflows.orders.acknowledge import acknowledge
from bot.workflows.orders.missed_comments import settle_comments
from bot.workflows.orders.reconcile_comment import reconcile_comment
from bot.workflows.reconcile_pull import reconcile_pull
from bot.workflows.reconcile_repository import reconcile_repository
from bot.workflows.sweep import sweep
from bot.workflows.tasks.reconcile_tasks import reconcile_tasks
from handlers.commands import COMMANDS


@dataclass
class Running:
    """A server that runs: its queue, its inbox and its HTTP edge."""

    server: Server
    queue: Queue
    stack: AsyncExitStack
    ledger: Ledger

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.server.url

    async def idle(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the caller's patience
        """Returns when no delivery waits and nothing is wanted."""
        await self.queue.idle(timeout)

    async def stop(self) -> None:
        """Stops in the reverse order of building; what is under way ends or stays wanted."""
        await self.stack.aclose()


async def start(settings: ServerSettings) -> Running:
    """Builds and starts a server. Raises ``UsageError`` for settings, ``WorldError`` when something is out of reach."""
    secrets, tokens = settings.webhook_secrets(), settings.tokens()
    logs.setup(settings.log_level)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.database_url or settings.data_dir / "graftsman.sqlite")
        stack.push_async_callback(store.close)
        app = await stack.enter_async_context(open_app(settings))
        context = await _context(settings, store, app)
        metrics, inbox = Metrics(), Inbox(store)
        queue = _queue(settings, store, context, app, metrics)
        dispatcher = Dispatcher(inbox, queue, _decide)
        await queue.start()
        stack.push_async_callback(queue.stop)
        await dispatcher.start()
        stack.push_async_callback(dispatcher.stop)
        api = None if tokens is None else _api(tokens, store, context)
        patches = _patches(store, context, app, queue)
        explain = _explain(patches, context)
        edge = _web(secrets, store, inbox, queue, app, metrics, api, patches, explain)
        server = await serve(make_app(edge), settings.host, settings.port)
        stack.push_async_callback(server.stop)
        return Running(server, queue, stack.pop_all(), Ledger(store))


async def _context(settings: ServerSettings, store: Store, app: App) -> Context:
    return Context(
        github=app.repository,
        mirrors=Mirrors(settings.data_dir / "mirrors", max_bytes=settings.mirror_max_bytes),
        intents=Intents(store),
        memory=Memory(store),
        ledger=Ledger(store),
        reports=Reports(store),
        bot=await bot_person(app, settings),
        clock=lambda: datetime.now(UTC),
        pace=settings.pace,
    )


def _queue(settings: ServerSettings, store: Store, context: Context, app: App, metrics: Metrics) -> Queue:
    async def migration(target: Target, _run: str) -> None:
        await queue.request(await reconcile_migration(context, target))

    async def comment(target: Target, _run: str) -> None:
        await reconcile_comment(context, target, COMMANDS, request=queue.request)

    async def heard(target: Target, _run: str) -> None:
        await acknowledge(context, target, COMMANDS)

    async def order(target: Target, _run: str) -> None:
        await reconcile_order(context, target)

    async def pull(target: Target, _run: str) -> None:
        await queue.request(await reconcile_pull(context, target))

    async def action(target: Target, _run: str) -> None:
        await queue.request(await reconcile_action(context, target))

    async def merge_group(target: Target, _run: str) -> None:
        await reconcile_merge_group(context, target)

    async def tasks(target: Target, _run: str) -> None:
        await queue.request(await reconcile_tasks(context, target, COMMANDS))

    async def ledger(target: Target, _run: str) -> None:
        await reconcile_ledger(context, target)

    async def waiting() -> list[Target]:
        names = await Ledger(store).waiting(settings.notes_seconds)
        known = [await Repositories(store).find(name) for name in names]
        return [Target("ledger", one.full_name, one.full_name, one.installation) for one in known if one is not None]

    async def repository(target: Target, _run: str) -> None:
        found = await reconcile_repository(context, target)
        if found:
            await queue.request(found)
        await settle_comments(context, target.repository)
        await settle_pulls(context, target.repository)

    jobs = {
        "migration": migration,
        "repository": repository,
        "comment": comment,
        ACKNOWLEDGE: heard,
        "order": order,
        "pull": pull,
        "action": action,
        "merge-group": merge_group,
        TASK_GRAPH: tasks,
        "ledger": ledger,
    }
    queue = Queue(
        store,
        jobs,
        executor_id=settings.executor_id,
        limits=Limits(parallel=settings.parallel_repositories),
        apart={ACKNOWLEDGE},
        observe=lambda done: metrics.job(done.target.kind, done.outcome, done.seconds),
    )
    queue.every("sweep", settings.sweep_seconds, lambda: sweep(app, context.mirrors))
    queue.every("ledger", settings.notes_seconds, waiting)
    return queue


def _decide(delivery: Delivery) -> Sequence[Target]:
    return handlers.decide(delivery.event, delivery.payload)


def _api(tokens: tuple[ApiToken, ...], store: Store, context: Context) -> Api:
    repositories = Repositories(store)

    async def find(name: str) -> str | None:
        known = await repositories.find(name)
        return None if known is None else known.full_name

    async def record(name: str, events: Sequence[PatchEvent]) -> tuple[Added, ...]:
        known = await repositories.get(name)
        return await record_events_from_outside(context, known.installation, known.full_name, events)

    return Api(tokens, Ledger(store), Reports(store), find, record)


def _patches(store: Store, context: Context, app: App, queue: Queue) -> PatchApi:
    async def find(name: str) -> tuple[str, int]:
        known = await Repositories(store).find(name)
        if known is not None:
            return known.full_name, known.installation
        try:  # installed a moment ago
            return name, await app.installation_of(name)
        except NotFoundError:
            raise Refusal("unknown-repository", values={"repository": name}) from None

    return PatchApi(context, find, queue.request)


def _explain(patches: PatchApi, context: Context) -> Explain:
    async def explain(name: str, number: int, login: str) -> Explanation:
        full_name, installation = await patches.find(name)
        return await explain_for_api(context, installation, full_name, number, login)

    return explain


def _web(
    secrets: tuple[str, ...],
    store: Store,
    inbox: Inbox,
    queue: Queue,
    app: App,
    metrics: Metrics,
    api: Api | None,
    patches: PatchApi,
    explain: Explain,
) -> WebContext:
    async def store_check() -> Check:
        await store.ping()
        return Check(ok=True)

    async def queue_check() -> Check:
        return Check(ok=queue.running)

    async def gauges(to: Metrics) -> None:
        status = await queue.status(0)
        to.queue({"wanted": status.wanted, "running": status.running, "parked": status.parked, "inbox": status.inbox})
        to.github({"requests": app.counters.total(), "waiting": sum(len(each) for each in app.waiting().values())})

    return WebContext(
        secrets=secrets,
        events=frozenset(handlers.EVENTS),
        receive=inbox.put,
        checks={"store": store_check, "queue": queue_check},
        gauges=gauges,
        api=api,
        apply=patches.apply,
        explain=explain,
        metrics=metrics,
    )
