"""A Celery application whose tasks end in every way that broker events tell, and in some that they do not.

`python3 -m celery_ends` sends one of each and prints name of the situation → id (or ids) as JSON. RUNLANE_TEST_BROKER is the broker's
address, RUNLANE_TEST_BACKEND the result backend's where there is one, RUNLANE_TEST_FOLDER a folder where tasks remember that they
were run before.
"""

import json
import os
import time

from celery import Celery, chain, chord, group
from celery.exceptions import Ignore, Reject

backend = os.environ.get("RUNLANE_TEST_BACKEND")
prefix = os.environ.get("RUNLANE_TEST_PREFIX", "")
app = Celery("celery_ends", broker=os.environ["RUNLANE_TEST_BROKER"], backend=backend)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"global_keyprefix": prefix} if prefix else {},
    task_default_queue="orders",
    task_ignore_result=backend is None,
    result_extended=True,
    task_send_sent_event=os.environ.get("RUNLANE_TEST_SENT", "1") == "1",
    event_serializer=os.environ.get("RUNLANE_TEST_SERIALIZER", "json"),
    accept_content=["json", "pickle"],
)


def is_first_run(task_id):
    """Whether no run of this task was there before, whatever killed it."""
    try:
        open(os.path.join(os.environ["RUNLANE_TEST_FOLDER"], task_id), "x").close()
        return True
    except FileExistsError:
        return False


@app.task(name="orders.charge")
def charge(amount=1, **details):
    time.sleep(0.05)
    return amount


@app.task(name="orders.refund")
def refund(order):
    raise LookupError(f"no such order: {order}")


@app.task(name="mail.send", bind=True, max_retries=3)
def send_mail(self, wait=0.5):
    if self.request.retries < 2:
        raise self.retry(countdown=wait, exc=ConnectionError("mail server away"))


@app.task(name="mail.never", bind=True, max_retries=1)
def never_sent(self):
    raise self.retry(countdown=0.1, exc=ConnectionError("mail server away"))


@app.task(name="report.build")
def build_report(seconds=30):
    time.sleep(seconds)


@app.task(name="report.endless", bind=True)
def endless(self):
    is_first_run(self.request.id)
    time.sleep(600)


@app.task(name="report.limited", time_limit=1)
def limited():
    time.sleep(30)


@app.task(name="report.soft", soft_time_limit=1)
def soft_limited():
    time.sleep(30)


@app.task(name="report.killed")
def killed():
    os.kill(os.getpid(), 9)


@app.task(name="report.resumed", bind=True, acks_late=True, reject_on_worker_lost=True)
def resumed(self):
    if is_first_run(self.request.id):
        os.kill(os.getpid(), 9)


@app.task(name="cache.again", bind=True, acks_late=True)
def again(self):
    if is_first_run(self.request.id):
        raise Reject("later", requeue=True)


@app.task(name="cache.reject", bind=True, acks_late=True)
def reject(self):
    raise Reject("not today", requeue=False)


@app.task(name="cache.skip")
def skip():
    raise Ignore()


@app.task(name="orders.route", bind=True)
def route(self):
    raise self.replace(charge.si(3))


@app.task(name="orders.sum")
def add_up(amounts):
    return sum(amounts)


def send_one_of_each():
    ids = {
        "succeeded": charge.delay(7, password="hunter2", api_token="abcdefghijklmnop").id,
        "failed": refund.delay('a "b" <c>').id,
        "retried": send_mail.delay().id,
        "exhausted": never_sent.delay().id,
        "limited": limited.delay().id,
        "soft": soft_limited.delay().id,
        "killed": killed.delay().id,
        "requeued_killed": resumed.delay().id,
        "requeued": again.delay().id,
        "rejected": reject.delay().id,
        "ignored": skip.delay().id,
        "replaced": route.delay().id,
        "expired": charge.apply_async(expires=0.001).id,
        "delayed": charge.apply_async(countdown=3).id,
    }
    first = chain(charge.si(1), charge.si(2))()
    ids["chained"] = [first.parent.id, first.id]
    ids["grouped"] = [one.id for one in group(charge.si(n) for n in range(3)).apply_async().children]
    if backend is not None:
        ids["chord"] = chord([charge.s(1), charge.s(2)], add_up.s())().id
        ids["chord_failed"] = chord([charge.s(1), refund.s("2")], add_up.s())().id
    terminated = endless.delay()
    ids["terminated"] = terminated.id
    # A queue that nobody consumes; revoked below all the same.
    ids["unconsumed"] = charge.apply_async(queue="nobody").id
    revoked = charge.apply_async(countdown=8)
    ids["revoked"] = revoked.id
    while not os.path.exists(os.path.join(os.environ["RUNLANE_TEST_FOLDER"], terminated.id)):
        time.sleep(0.1)
    app.control.revoke(revoked.id)
    app.control.revoke(terminated.id, terminate=True, signal="SIGTERM")
    return ids


if __name__ == "__main__":
    print(json.dumps(send_one_of_each()))
