"""What this program answers over HTTP: how it is, and what adapters listen to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.dispatch import Dispatcher
from bot.logs import place
from bot.metrics import Metrics
from bot.store import Database, StoreError, Transaction, Waiting

log = logging.getLogger(__name__)

BODY_MOST = 1_000_000
"""Bytes of a request; a platform's largest is a few thousand."""

PATIENCE = 3.0
"""Seconds to wait for the database before it counts as away."""


def application(
    database: Database, dispatcher: Dispatcher, metrics: Metrics, routes: Iterable[web.RouteDef]
) -> web.Application:
    """The program's pages.

    Takes the database, the dispatcher, what is counted, and the adapters' routes.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        checks = {"database": False, "migrations": False, "dispatcher": dispatcher.alive}
        try:
            async with asyncio.timeout(PATIENCE):
                checks["migrations"] = await database.is_current()
                checks["database"] = True
        except (StoreError, TimeoutError):
            pass
        return web.json_response(checks, status=200 if all(checks.values()) else 503)

    async def counted(_: web.Request) -> web.Response:
        def depth(on: Transaction) -> Waiting:
            return on.depth(time.time())

        waiting = None
        try:
            async with asyncio.timeout(PATIENCE):
                waiting, _wakes = await database.run(depth)
        except (StoreError, TimeoutError):
            pass
        return web.Response(body=metrics.text(waiting), headers={"Content-Type": "text/plain; version=0.0.4"})

    app = web.Application(client_max_size=BODY_MOST, middlewares=[_answered])
    app.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", counted), *routes]
    )
    return app


@web.middleware
async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers also where a page can't: what wasn't accepted is sent again by its platform."""
    try:
        return await handler(request)
    except StoreError as error:
        log.error("a request is refused, to be sent again: %s", error)
        return web.Response(status=503, text="not now\n", headers={"Retry-After": "5"})
    except web.HTTPException:
        raise
    except Exception as error:
        log.error("a request can't be answered: %s at %s", type(error).__name__, place(error))
        return web.Response(status=500, text="this went wrong here; it is in the log\n")
