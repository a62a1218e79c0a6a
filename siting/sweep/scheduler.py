"""The sweep: tasks that are not done yet are started as long as there is room, their ends noted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event

from siting.executors.executor import Executor
from siting.notice import Notice
from siting.sweep.ledger import Entry, Ledger, State, failed
from siting.sweep.task import Task

MOST_TRIES = 3
NO_RESULT = Notice("ended.no_result")
WAIT_SECONDS = 0.2


def sweep(
    tasks: Sequence[Task],
    entries: Sequence[Entry],
    ledger: Ledger,
    executor: Executor[Task],
    tell: Callable[[Task, Entry], None],
    interrupt: Event,
    *,
    retry_failed: bool = False,
) -> list[Entry]:
    """Do what is not done, the largest first, so that no long one is left alone in the end; returns
    each task's entry, in the tasks' order.

    Args:
        entries: what is known of each task.
        tell: called with each entry that is noted.
        interrupt: once set, nothing more is started and what runs ends with its best plan.
    """
    known = {task.key: entry for task, entry in zip(tasks, entries, strict=True)}
    waiting: deque[Task] = deque()
    for task in {task.key: task for task in tasks}.values():
        entry = known[task.key]
        tell(task, entry)
        if entry.state == "done" or (entry.state == "failed" and not retry_failed):
            continue
        # A killed sweep's tries were not the task's fault.
        known[task.key] = replace(entry, tries=0)
        waiting.append(task)
    waiting = deque(sorted(waiting, key=lambda task: -task.input_bytes()))
    running: dict[str, Task] = {}
    asked = False
    while running or (waiting and not interrupt.is_set()):
        if interrupt.is_set() and not asked:
            asked = True
            executor.ask()
        while waiting and not interrupt.is_set() and executor.free():
            task = waiting.popleft()
            known[task.key] = ledger.begin(task, known[task.key])
            running[task.key] = task
            tell(task, known[task.key])
            executor.start(task)
        for task, outcome in executor.ended(WAIT_SECONDS):
            running.pop(task.key, None)
            before = known[task.key]
            # A plan that a dying solver left is one, and another try may end as it should.
            cut = outcome.state == "done" and ledger.solver_died(task)
            again = (outcome.again or cut) and before.tries < MOST_TRIES
            ended: State = "interrupted" if cut and again else outcome.state
            again = again and not interrupt.is_set()
            entry = replace(
                before,
                state="waiting" if again else ended,
                exit_code=outcome.exit_code,
                seconds=(before.seconds or 0.0) + outcome.seconds,
                peak_bytes=max(before.peak_bytes, outcome.peak_bytes),
            )
            entry = failed(entry, outcome.reason)
            if outcome.state == "failed":
                known[task.key] = ledger.write(entry)
            elif outcome.state == "done" and not ledger.whole(task):
                # Of files that were changed meanwhile, or stored elsewhere: not what was asked for.
                entry = failed(replace(entry, state="failed"), NO_RESULT)
                known[task.key] = ledger.write(entry)
            else:
                known[task.key] = ledger.settle(task, entry)
            if again:
                waiting.append(task)
            tell(task, known[task.key])
    return [known[task.key] for task in tasks]
