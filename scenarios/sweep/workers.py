"""Where a sweep's runs are done: in processes of this computer, or on a cluster of ``dask.distributed``."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from runtime.errors import ConfigError, HawkerError
from scenarios.sweep.plan import Job, Row, do

AHEAD = 4
"""Jobs handed out ahead for each worker, so that none waits for the next."""
CONNECT_SECONDS = 10.0
WORKERS_MAX = 256

Workers = Callable[[Iterable[Job]], Iterator[Row]]
"""Does jobs, in any order; gives each row as it ends."""


def processes(count: int | None = None) -> Workers:
    """Processes of this computer, one a core unless told otherwise; one works in this process."""
    count = count or os.cpu_count() or 1

    def work(jobs: Iterable[Job]) -> Iterator[Row]:
        if count == 1:
            yield from map(do, jobs)
            return
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(count, mp_context=context)
        try:
            yield from _as_they_end(pool, iter(jobs), count * AHEAD)
        except BrokenProcessPool:
            raise HawkerError(
                "sweep: a worker process ended before its run did; start again to go on"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    return work


def _as_they_end(pool: ProcessPoolExecutor, jobs: Iterator[Job], ahead: int) -> Iterator[Row]:
    waiting: set[Future[Row]] = {pool.submit(do, job) for job in itertools.islice(jobs, ahead)}
    while waiting:
        ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        waiting |= {pool.submit(do, job) for job in itertools.islice(jobs, len(ended))}
        for future in ended:
            yield future.result()


def cluster(address: str) -> Workers:
    """Workers of a dask scheduler; Hawker is installed where they run.

    Raises ConfigError when dask.distributed is not installed or nobody answers at the address.
    """
    try:
        import distributed
    except ModuleNotFoundError:
        raise ConfigError(
            "--cluster: needs dask.distributed: pip install -c constraints.txt -e '.[sweep]'"
        ) from None
    try:
        client: Any = distributed.Client(  # type: ignore[no-untyped-call]
            address, timeout=CONNECT_SECONDS, set_as_default=False
        )
    except (OSError, TimeoutError, ValueError) as error:
        raise ConfigError(f"--cluster: a dask scheduler must answer at {address!r}: {error}") from None

    def work(jobs: Iterable[Job]) -> Iterator[Row]:
        coming = iter(jobs)
        try:
            ahead = AHEAD * max(1, len(client.scheduler_info()["workers"]))
            first = [client.submit(do, job, pure=False) for job in itertools.islice(coming, ahead)]
            ended: Any = distributed.as_completed(first, loop=client.loop)  # type: ignore[no-untyped-call]
            for future in ended:
                row: Row = future.result()
                future.release()
                if (job := next(coming, None)) is not None:
                    ended.add(client.submit(do, job, pure=False))
                yield row
        finally:
            client.close()

    return work
