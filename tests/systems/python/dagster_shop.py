"""The code location `shop` of the Dagster that is read: jobs that end in every way Dagster knows.

Each op writes what it does, and when, into RUNLANE_TEST_JOURNAL: what Dagster says is compared with that.
"""

import json
import os
import time
from datetime import timedelta

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    DynamicOut,
    DynamicOutput,
    FreshnessPolicy,
    OpExecutionContext,
    Out,
    RetryPolicy,
    RunRequest,
    asset,
    asset_check,
    define_asset_job,
    in_process_executor,
    job,
    multiprocess_executor,
    op,
    schedule,
    sensor,
)


def tell(context: OpExecutionContext, what: str) -> None:
    line = {
        "runId": context.run_id,
        "step": context.get_step_execution_context().step.key,
        "attempt": context.retry_number + 1,
        "what": what,
        "at": time.time() * 1000,
    }
    with open(os.environ["RUNLANE_TEST_JOURNAL"], "a") as journal:
        journal.write(json.dumps(line) + "\n")


def work(context: OpExecutionContext, seconds: float) -> None:
    tell(context, "started")
    time.sleep(seconds)
    tell(context, "finished")


@op
def charge(context: OpExecutionContext):
    work(context, 0.3)
    return 7


@op
def receipt(context: OpExecutionContext, amount):
    work(context, 0.2)


@op
def refund(context: OpExecutionContext, amount):
    tell(context, "started")
    orders = {}
    return orders["A-17"]


@op(retry_policy=RetryPolicy(max_retries=2, delay=1))
def send_mail(context: OpExecutionContext):
    tell(context, "started")
    if context.retry_number < 1:
        raise ConnectionError("mail server away")
    time.sleep(0.2)
    tell(context, "finished")


@op(retry_policy=RetryPolicy(max_retries=1, delay=0.5))
def send_newsletter(context: OpExecutionContext):
    tell(context, "started")
    raise RuntimeError("upstream returned 503")


@op(out=DynamicOut())
def split(context: OpExecutionContext):
    work(context, 0.1)
    for number in range(3):
        yield DynamicOutput(number, mapping_key=f"p{number}")


@op
def resize(context: OpExecutionContext, number):
    work(context, 0.1)


@op
def die(context: OpExecutionContext):
    tell(context, "started")
    time.sleep(0.2)
    os.kill(os.getpid(), 9)


@op
def hang(context: OpExecutionContext):
    work(context, 600)


@op(out=Out(is_required=False))
def find_orders(context: OpExecutionContext):
    work(context, 0.1)
    yield from ()


@job(executor_def=in_process_executor)
def order():
    receipt(charge())


@job(executor_def=in_process_executor)
def refund_order():
    receipt(refund(charge()))


@job(executor_def=in_process_executor)
def mail():
    send_mail()


@job(executor_def=in_process_executor)
def newsletter():
    send_newsletter()


@job(executor_def=in_process_executor)
def thumbnails():
    split().map(resize)


@job(executor_def=in_process_executor)
def killed_run():
    die()


@job(executor_def=multiprocess_executor)
def killed_step():
    die()


@job(executor_def=in_process_executor)
def report():
    hang()


@job(executor_def=in_process_executor)
def nothing_to_do():
    receipt(find_orders())


@asset(group_name="sales", freshness_policy=FreshnessPolicy.time_window(fail_window=timedelta(days=1)))
def orders():
    return 1


@asset_check(asset=orders)
def not_empty():
    return AssetCheckResult(passed=True)


@asset_check(asset=orders)
def recent():
    return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN, description="3 days old")


@asset_check(asset=orders)
def sums_up():
    return AssetCheckResult(passed=False, description="the sum differs by 4")


@asset(deps=[orders], group_name="sales")
def revenue():
    return 2


# Overdue as soon as Dagster looks for a second time.
@asset(group_name="warehouse", freshness_policy=FreshnessPolicy.time_window(fail_window=timedelta(minutes=1)))
def stock():
    return 3


sales = define_asset_job("sales", executor_def=in_process_executor)


@schedule(job=order, cron_schedule="* * * * *", default_status=DefaultScheduleStatus.RUNNING)
def every_minute():
    return {}


@sensor(job=order, minimum_interval_seconds=5, default_status=DefaultSensorStatus.RUNNING)
def new_files(context):
    # A tick that raises keeps its cursor, so it asks for a run, then raises ever after.
    if context.cursor is None:
        context.update_cursor("asked")
        yield RunRequest(run_key="a")
    else:
        raise LookupError("no such bucket")


defs = Definitions(
    assets=[orders, revenue, stock],
    asset_checks=[not_empty, recent, sums_up],
    jobs=[order, refund_order, mail, newsletter, thumbnails, killed_run, killed_step, report, nothing_to_do, sales],
    schedules=[every_minute],
    sensors=[new_files],
)
