"""A second code location, with a job of the same name."""

from dagster import Definitions, in_process_executor, job, op


@op
def charge():
    return 1


@job(executor_def=in_process_executor)
def order():
    charge()


defs = Definitions(jobs=[order])
