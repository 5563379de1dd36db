"""Every way in which Airflow's task instances end, wait or run. Nothing starts a DAG by itself."""

import os
import signal
import time
from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, get_current_context, task
    from airflow.sdk.exceptions import AirflowSkipException
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.exceptions import AirflowSkipException
    from airflow.operators.python import get_current_context

COMMON = {"schedule": None, "start_date": datetime(2026, 1, 1), "catchup": False}


@dag(dag_id="ends", tags=["orders"], default_args={"owner": "shop"}, **COMMON)
def ends():
    @task(pool="small")
    def charge():
        time.sleep(1)

    @task
    def refund():
        raise ValueError("no such order 4711")

    @task
    def tell_customer():
        pass

    @task(retries=1, retry_delay=timedelta(seconds=1))
    def ship():
        if get_current_context()["ti"].try_number == 1:
            raise ConnectionError("the carrier does not answer")

    @task
    def gift_wrap():
        raise AirflowSkipException("no gift")

    @task
    def double(number):
        return 2 * number

    @task(execution_timeout=timedelta(seconds=2))
    def pack():
        time.sleep(60)

    @task
    def bill():
        os.kill(os.getpid(), signal.SIGKILL)

    charge()
    refund() >> tell_customer()
    ship()
    gift_wrap()
    double.expand(number=[1, 2, 3])
    pack()
    bill()


@dag(dag_id="times_out", dagrun_timeout=timedelta(seconds=20), **COMMON)
def times_out():
    @task
    def slow():
        time.sleep(120)

    @task
    def never():
        pass

    slow() >> never()


@dag(dag_id="long", **COMMON)
def long():
    @task(pool="small")
    def hold():
        time.sleep(600)

    @task(pool="small")
    def wait_for_room():
        pass

    hold()
    wait_for_room()


ends()
times_out()
long()
