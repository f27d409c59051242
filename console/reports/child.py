"""A report in a process of its own, so that none slows a till: ``python -m console.reports.child``.

Reads a ``Question`` from standard input and writes the report to standard output. What is wrong goes to
standard error, one sentence, with exit code 2. The process gives way to others and has ceilings of time
and memory, so that the largest report can at worst fail.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import msgspec

from actors.ledger.report_queries import reading
from console.reports import costs, files
from console.reports.definition import Days
from console.reports.question import TABLE, WRONG, Question
from console.reports.run import Runner
from runtime.errors import HawkerError

CPU_SECONDS_MAX = 120
MEMORY_BYTES_MAX = 3 << 30
NICE = 10


def answer(question: Question) -> bytes:
    """The report as a file."""
    places = None if question.places is None else frozenset(question.places)
    with reading(Path(question.ledger)) as reader:
        runner = Runner(
            reader=reader, names=question.names, costs=costs.read(Path(question.folder)), places=places
        )
        days = Days(question.first, question.last)
        table = runner.run(question.report, question.definition, days, question.compare)
    if question.form == TABLE:
        return msgspec.json.encode(table)
    return files.written(table, question.form, question.language)


def main() -> int:
    """Answer one question; returns the exit code."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    try:
        found = answer(msgspec.json.decode(sys.stdin.buffer.read(), type=Question))
    except HawkerError as error:
        return _wrong(str(error))
    except MemoryError:
        return _wrong("report: must fit into 3 GB of memory: choose fewer days or places")
    sys.stdout.buffer.write(found)
    return 0


def _wrong(why: str) -> int:
    sys.stderr.write(why)
    return WRONG


if __name__ == "__main__":
    sys.exit(main())
