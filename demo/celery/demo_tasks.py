"""Tasks of the Celery demo: they succeed, fail, are tried again, run out of time and get killed. Run as a program, it sends them."""

import os
import random
import signal
import sys
import time

from celery import Celery

app = Celery("demo", broker=os.environ["RUNLANE_DEMO_BROKER"])
app.conf.update(
    worker_send_task_events=True,
    task_send_sent_event=True,
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    task_routes={"mail.*": {"queue": "mail"}, "report.*": {"queue": "reports"}},
    task_default_queue="orders",
)


@app.task(name="orders.charge")
def charge(order):
    time.sleep(random.uniform(0.2, 1.5))
    if random.random() < 0.06:
        raise ValueError(f"card of order {order} was declined")


@app.task(name="orders.refund")
def refund(order):
    time.sleep(random.uniform(0.1, 0.6))
    if random.random() < 0.4:
        raise LookupError(f"no such order: {order}")


@app.task(name="mail.send", bind=True, max_retries=2)
def send_mail(self, order):
    time.sleep(random.uniform(0.1, 0.5))
    if random.random() < 0.25:
        raise self.retry(countdown=5, exc=ConnectionError("mail server away"))


@app.task(name="report.build", time_limit=8)
def build_report(order):
    # One in eight hangs until its time is over.
    time.sleep(60 if random.random() < 0.12 else random.uniform(2, 6))


@app.task(name="report.archive")
def archive_report(order):
    time.sleep(random.uniform(0.5, 2))
    if random.random() < 0.15:
        os.kill(os.getpid(), signal.SIGKILL)


WEIGHTS = {charge: 10, refund: 2, send_mail: 6, build_report: 2, archive_report: 1}


def send(a_minute):
    order = 1000
    while True:
        order += 1
        random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0].delay(order)
        time.sleep(random.expovariate(a_minute / 60))


if __name__ == "__main__":
    send(float(sys.argv[1]))
