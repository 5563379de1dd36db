"""The same with Procrastinate 3: `python3 procrastinate_jobs.py <url> migrate | demo | fill <count> | drain | crash`."""

import asyncio
import json
import os
import signal
import sys
import time

import procrastinate

url, command, *rest = sys.argv[1:]
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
seen = {}


def now():
    return int(time.time() * 1000)


@app.task(name="mail", queue="letters", pass_context=True, retry=procrastinate.RetryStrategy(max_attempts=2, wait=1))
async def mail(context, how, **_):
    started = now()
    await asyncio.sleep(0.05)
    seen[how] = {"startedAt": started, "finishedAt": now()}
    if how == "retried" and context.job.attempts == 0:
        raise ValueError("no retried")
    if how == "killed":
        print(json.dumps({"killed": {"id": str(context.job.id), "startedAt": started}}), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="fragile", queue="letters")
async def fragile(how, **_):
    started = now()
    await asyncio.sleep(0.05)
    seen[how] = {"startedAt": started, "finishedAt": now()}
    raise ValueError("no failed")


@app.task(name="burst", queue="burst")
async def burst(n):
    return None


async def work(queues, concurrency=10):
    await app.run_worker_async(
        queues=queues, wait=False, concurrency=concurrency, install_signal_handlers=False, listen_notify=False
    )


async def demo():
    secret = {"password": "hunter22"}
    ids = {
        "succeeded": await mail.configure(priority=5, lock="one").defer_async(how="succeeded", **secret),
        "failed": await fragile.defer_async(how="failed", **secret),
        "retried": await mail.defer_async(how="retried"),
        "cancelled": await mail.configure(schedule_in={"seconds": 600}).defer_async(how="cancelled"),
        "later": await mail.configure(schedule_in={"hours": 1}).defer_async(how="later"),
    }
    await app.job_manager.cancel_job_by_id_async(ids["cancelled"])
    await work(["letters"])
    await asyncio.sleep(1.2)
    await work(["letters"])
    return {how: {"id": str(number), **seen.get(how, {})} for how, number in ids.items()}


async def main():
    async with app.open_async():
        told = {}
        if command == "migrate":
            await app.schema_manager.apply_schema_async()
        elif command == "demo":
            told = await demo()
        elif command == "fill":
            await burst.batch_defer_async(*({"n": n} for n in range(int(rest[0]))))
        elif command == "drain":
            await work(["burst"], 20)
        elif command == "crash":
            await mail.configure(priority=9).defer_async(how="killed")
            await work(["letters"], 1)
    print(json.dumps(told))


asyncio.run(main())
