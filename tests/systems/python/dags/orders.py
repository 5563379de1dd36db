"""Runs once, by itself: a task that succeeds, one that fails after a retry, one that takes its time."""

import time
from datetime import datetime, timedelta

from airflow.sdk import dag, task


@dag(dag_id="orders", schedule="@once", start_date=datetime(2026, 1, 1), catchup=False)
def orders():
    @task
    def charge():
        time.sleep(0.2)

    @task(retries=1, retry_delay=timedelta(seconds=1))
    def refund():
        raise ValueError("no such order")

    @task
    def report():
        time.sleep(20)

    charge()
    refund()
    report()


orders()
