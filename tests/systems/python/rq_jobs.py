"""Jobs of RQ that end in every way it knows.

`send_one_of_each()` adds one of each and returns name of the situation → id; `work(name)` works on them. RUNLANE_TEST_BROKER is the
address of Redis.
"""

import os
import time
from datetime import timedelta

from redis import Redis
from rq import Queue, Retry, Worker
from rq.command import send_stop_job_command

redis = Redis.from_url(os.environ["RUNLANE_TEST_BROKER"])
orders = Queue("orders", connection=redis)


def charge(amount=1, **details):
    time.sleep(0.05)
    return amount


def refund(order):
    raise LookupError(f"no such order: {order}")


def send_mail():
    """Fails once, then succeeds; RQ keeps one row of both."""
    if redis.incr("tries:mail") < 2:
        raise ConnectionError("mail server away")


def poll():
    """Asks to be run again by what it returns, of which RQ keeps every try."""
    return Retry(max=2) if redis.incr("tries:poll") < 3 else "done"


def build(seconds=30):
    time.sleep(seconds)


def killed():
    os.kill(os.getpid(), 9)


def send_one_of_each():
    failed = orders.enqueue(refund, "7")
    ids = {
        "succeeded": orders.enqueue(charge, 7, password="hunter2").id,
        "failed": failed.id,
        "upstream": orders.enqueue(charge, depends_on=failed).id,
        "retried": orders.enqueue(send_mail, retry=Retry(max=2)).id,
        "polled": orders.enqueue(poll).id,
        "limited": orders.enqueue(build, 30, job_timeout=1).id,
        "killed": orders.enqueue(killed).id,
        "scheduled": orders.enqueue_in(timedelta(hours=1), charge).id,
    }
    first = orders.enqueue(charge, 1)
    ids["first"] = first.id
    ids["dependent"] = orders.enqueue(charge, 2, depends_on=first).id
    cancelled = Queue("nobody", connection=redis).enqueue(charge)
    cancelled.cancel()
    ids["cancelled"] = cancelled.id
    ids["unconsumed"] = Queue("nobody", connection=redis).enqueue(charge).id
    stopped = orders.enqueue(build, 600)
    ids["stopped"] = stopped.id
    while stopped.get_status(refresh=True) != "started":
        time.sleep(0.1)
    send_stop_job_command(redis, stopped.id)
    return ids



def work(name):
    Worker([orders], connection=redis, name=name, job_monitoring_interval=1).work()
