"""A push service in a process of its own: answers after a while, knows which addresses are dead, counts.

Run as `python -m bench._push_stub LATENCY_SECONDS`; prints its port. `/push/dead-…` is gone (410), all else
is accepted. `GET /counts` answers how often each address was called, and forgets it.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

from aiohttp import web

counts: Counter[str] = Counter()


async def serve(latency: float) -> None:
    async def push(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        await request.read()
        counts[name] += 1
        await asyncio.sleep(latency)
        return web.Response(status=410 if name.startswith("dead-") else 201)

    async def tell(_request: web.Request) -> web.Response:
        answer = web.json_response(dict(counts))
        counts.clear()
        return answer

    app = web.Application()
    app.add_routes([web.post("/push/{name}", push), web.get("/counts", tell)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
