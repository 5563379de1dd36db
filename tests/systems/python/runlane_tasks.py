"""The Celery application of the live tests: tasks that succeed, fail, retry and take their time.

`python3 -m runlane_tasks TASK=COUNT ...` sends them. The broker's address is in RUNLANE_TEST_BROKER.
"""

import os
import sys
import time

from celery import Celery

app = Celery("runlane_tasks", broker=os.environ["RUNLANE_TEST_BROKER"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_default_queue="orders",
    task_ignore_result=True,
    task_send_sent_event=True,
    worker_send_task_events=True,
)


@app.task(name="orders.charge")
def charge():
    time.sleep(0.05)


@app.task(name="orders.refund")
def refund():
    raise ValueError("no such order")


@app.task(name="mail.send", bind=True, max_retries=2)
def send_mail(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.1, exc=ConnectionError("mail server away"))


@app.task(name="report.build")
def build_report(seconds=30):
    time.sleep(seconds)


@app.task(name="report.limited", time_limit=1)
def limited():
    time.sleep(30)


@app.task(name="report.killed")
def killed():
    os.kill(os.getpid(), 9)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        name, _, count = argument.partition("=")
        for _ in range(int(count or 1)):
            app.send_task(name)
