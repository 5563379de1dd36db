"""The Celery application behind the Flower that is read: tasks that end in every way Celery knows.

`python3 -m flower_tasks` sends one of each and prints their ids as JSON. RUNLANE_TEST_BROKER is the broker's address.
"""

import json
import os
import time

from celery import Celery, chain, group
from celery.exceptions import Ignore, Reject

app = Celery("flower_tasks", broker=os.environ["RUNLANE_TEST_BROKER"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_default_queue="orders",
    task_ignore_result=True,
    task_send_sent_event=True,
    worker_send_task_events=True,
)


@app.task(name="orders.charge")
def charge(amount=1):
    time.sleep(0.2)
    return amount


@app.task(name="orders.refund")
def refund(order):
    raise LookupError(f"no such order: {order}")


@app.task(name="mail.send", bind=True, max_retries=2)
def send_mail(self):
    if self.request.retries < 1:
        raise self.retry(countdown=0.5, exc=ConnectionError("mail server away"))
    time.sleep(0.2)


@app.task(name="report.build")
def build_report(seconds=30):
    time.sleep(seconds)


@app.task(name="report.limited", time_limit=1)
def limited():
    time.sleep(30)


@app.task(name="report.killed")
def killed():
    os.kill(os.getpid(), 9)


@app.task(name="cache.skip")
def skip():
    raise Ignore()


@app.task(name="cache.reject", bind=True, acks_late=True)
def reject(self):
    raise Reject("not today", requeue=False)


def send_one_of_each():
    ids = {
        "succeeded": charge.delay(7).id,
        "failed": refund.delay('a "b" <c>').id,
        "retried": send_mail.delay().id,
        "limited": limited.delay().id,
        "killed": killed.delay().id,
        "ignored": skip.delay().id,
        "rejected": reject.delay().id,
        "expired": charge.apply_async(expires=0.001, countdown=0).id,
    }
    first = chain(charge.si(1), charge.si(2)).apply_async()
    ids["chained"] = first.id
    ids["grouped"] = [one.id for one in group(charge.si(n) for n in range(3)).apply_async().children]
    ids["running"] = build_report.delay(600).id
    # A queue that nobody consumes.
    ids["unconsumed"] = charge.apply_async(queue="nobody").id
    return ids


if __name__ == "__main__":
    print(json.dumps(send_one_of_each()))
