"""Start a worker or the beat.

python -m worker --queues predict    one job at a time, each child a fresh interpreter (CUDA cannot be forked)
python -m worker --queues io         several short jobs at once, children replaced now and then
python -m worker --queues train      one long job at a time, which starts a process of its own; never loads torch itself
python -m worker --beat              the clock: reconciles and sweeps; run one
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

KB_A_GB = 1024 * 1024
BROKER_CALL_S = 5.0  # of its own connection, on which it hears and acknowledges; one that times out is made anew


def worker_options(queues: list[str], concurrency: int | None) -> tuple[dict[str, Any], int]:
    """Celery settings and pool size for a worker of these queues."""
    if "predict" in queues:
        return {
            "worker_pool_start_method": "spawn",
            "worker_proc_alive_timeout": 120.0,  # a fresh interpreter imports everything again
            "worker_max_memory_per_child": int(os.environ.get("MEDGAZE_PREDICT_MEMORY_GB", "12")) * KB_A_GB,
        }, concurrency or 1
    forked = {"worker_max_tasks_per_child": 100, "worker_max_memory_per_child": 2 * KB_A_GB}
    return forked, concurrency or (1 if "train" in queues else 2)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--queues", help="comma-separated: predict, train, io")
    what.add_argument("--beat", action="store_true")
    parser.add_argument("--concurrency", type=int)
    wanted = parser.parse_args()

    from webapp import celery_app as app

    app.conf.imports = ("worker.tasks",)
    level = f"--loglevel={os.environ.get('LOG_LEVEL', 'INFO')}"
    if wanted.beat:
        app.start(["beat", level, "--pidfile=", "--max-interval=5"])
        return
    queues = wanted.queues.split(",")
    if "io" in queues:
        from gazeapp.core.sandbox.client import look_at_kernel

        try:
            look_at_kernel()
        except ImproperlyConfigured as fault:
            parser.exit(1, f"{fault}\n")
    options, concurrency = worker_options(queues, wanted.concurrency)
    transport = {**app.conf.broker_transport_options, "socket_timeout": BROKER_CALL_S}
    app.conf.update(options, broker_transport_options=transport)
    os.environ["MEDGAZE_WORKER_QUEUES"] = wanted.queues  # for the children
    heard = [*queues, "clock"] if "io" in queues else queues  # see worker/tasks.py
    name = f"{queues[0]}-{os.getpid()}@%h"
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    sys.exit(run(app, ["worker", "-Q", ",".join(heard), "-c", str(concurrency), "-n", name, level, *quiet]))


def run(app: Any, command: list[str]) -> int:
    """Work until told to stop. Returns the exit code: Celery keeps it to itself, and would end an unrecoverable error
    like an ordinary stop."""
    from celery.signals import celeryd_init

    workers: list[Any] = []
    celeryd_init.connect(lambda instance, **more: workers.append(instance), weak=False)
    app.worker_main(command)
    return int(workers[0].exitcode or 0) if workers else 1


if __name__ == "__main__":
    from webapp import start

    start.run(main)
