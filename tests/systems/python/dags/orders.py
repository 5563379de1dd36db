"""A task that succeeds and one that fails after a retry. Nothing starts it by itself."""

import time
from datetime import datetime, timedelta

from airflow.sdk import dag, task


@dag(dag_id="orders", schedule=None, start_date=datetime(2026, 1, 1), catchup=False)
def orders():
    @task
    def charge():
        time.sleep(0.2)

    @task(retries=1, retry_delay=timedelta(seconds=1))
    def refund():
        raise ValueError("no such order")

    charge()
    refund()


orders()
