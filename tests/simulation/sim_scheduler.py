"""One thread, many tasks, a clock of its own: who goes on at each statement is drawn or told.

Tasks are greenlets. A task gives way at every `pause`; what may go wrong there is the choice of
whoever watches. Nothing depends on real time, threads or hash seeds: an equal policy gives an equal
run. Outside of a task nothing pauses, so what is built on it can be used plainly too.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Protocol

from greenlet import getcurrent, greenlet

START_MS = 1_782_800_000_000
STEPS_MAX = 60_000  # A run that has not come to rest by then never will.

Detail = tuple[Any, ...]


class Killed(BaseException):
    """The process of this task is gone: nothing that it does any more has an effect."""


class RestlessError(Exception):
    """The run did not come to rest within its steps."""


class Blocker(Protocol):
    """What a task may wait for."""

    @property
    def ended(self) -> bool: ...


class Task:
    """One thread of control of one process."""

    __slots__ = ("done", "frozen", "name", "owner", "thread", "until_ms", "waits_for")

    def __init__(self, name: str, owner: Any, thread: greenlet) -> None:
        self.name = name
        self.owner = owner
        self.thread = thread
        self.until_ms = 0
        self.frozen = False
        self.waits_for: Blocker | None = None
        self.done = False

    def is_ready(self, now_ms: int) -> bool:
        """Whether it could go on at once."""
        if self.frozen or self.until_ms > now_ms:
            return False
        return self.waits_for is None or self.waits_for.ended


class Policy(Protocol):
    """Who goes on."""

    def goes_on(self, task: Task, what: str) -> bool:
        """Whether the task that is about to do this goes on without giving way."""

    def choose(self, ready: list[Task]) -> Task:
        """Who goes on next; at least one is ready."""


Watch = Callable[[Task, str], None]
"""Called before each step of a task; may raise in it, or ask the scheduler for more."""
Trace = Callable[[int, str, str, Detail], None]


class Scheduler:
    """Runs tasks until all are done or until told to stop."""

    def __init__(self, policy: Policy, *, trace: Trace | None = None) -> None:
        self.policy = policy
        self.watch: Watch | None = None
        self.trace = trace
        self.now_ms = START_MS
        self.steps = 0
        self.current: Task | None = None
        self.tasks: list[Task] = []
        self._main = getcurrent()
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._timer_count = 0
        self._deferred: list[Callable[[], None]] = []
        self._failure: BaseException | None = None

    def clock(self) -> int:
        """Milliseconds since 1970."""
        return self.now_ms

    def note(self, who: str, what: str, *detail: Any) -> None:
        """A line of the trace."""
        if self.trace is not None:
            self.trace(self.now_ms, who, what, detail)

    def spawn(self, name: str, owner: Any, work: Callable[[], None]) -> Task:
        """A new task, ready at once."""

        def body() -> None:
            try:
                work()
            except Killed:
                pass
            except Exception as error:
                self._failure = error
            task.done = True

        task = Task(name, owner, greenlet(body, parent=self._main))
        self.tasks.append(task)
        return task

    def pause(self, what: str, detail: Detail = ()) -> None:
        """Before a step: others may go on first. Raises what the watch makes go wrong."""
        task = self.current
        if task is None:
            return
        if task.done:
            raise Killed
        self.steps += 1
        if self.trace is not None:
            self.trace(self.now_ms, task.name, what, detail)
        if self.watch is not None:
            self.watch(task, what)
        if self._deferred or not self.policy.goes_on(task, what):
            self._main.switch()

    def sleep(self, milliseconds: int) -> None:
        """Let time pass for the task that runs."""
        task = self.current
        if task is not None:
            task.until_ms = self.now_ms + milliseconds
            self._main.switch()

    def wait_for(self, blocker: Blocker) -> None:
        """Until the other has ended. Only for tasks."""
        task = self.current
        assert task is not None
        task.waits_for = blocker
        try:
            self._main.switch()
        finally:
            task.waits_for = None

    def defer(self, action: Callable[[], None]) -> None:
        """Do this as soon as the task that runs gives way: it does so at once."""
        self._deferred.append(action)

    def at(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Do this later."""
        self._timer_count += 1
        heapq.heappush(self._timers, (self.now_ms + delay_ms, self._timer_count, action))

    def kill(self, tasks: list[Task]) -> None:
        """End these tasks where they stand. Called from an action, never from a task."""
        for task in tasks:
            if task.done:
                continue
            task.done = True
            self.tasks.remove(task)
            if task.thread:  # One that never began has nothing to unwind.
                self.current = task
                task.thread.throw(Killed())
                self.current = None

    def run(self, stops: Callable[[], bool]) -> None:
        """Go on until `stops` says so or nothing is left to do. Raises what a task raised."""
        while not stops():
            if self.steps > STEPS_MAX:
                raise RestlessError(f"no rest after {STEPS_MAX} steps")
            while self._deferred:
                self._deferred.pop(0)()
            while self._timers and self._timers[0][0] <= self.now_ms:
                heapq.heappop(self._timers)[2]()
            ready = [each for each in self.tasks if each.is_ready(self.now_ms)]
            if ready:
                self._switch_to(self.policy.choose(ready))
            elif not self._let_time_pass():
                return

    def _switch_to(self, task: Task) -> None:
        self.current = task
        task.thread.switch()
        self.current = None
        if task.done and task in self.tasks:
            self.tasks.remove(task)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _let_time_pass(self) -> bool:
        """Go to the next moment at which something happens; whether there is one."""
        moments = [each.until_ms for each in self.tasks if each.until_ms > self.now_ms]
        if self._timers:
            moments.append(self._timers[0][0])
        later = [moment for moment in moments if moment > self.now_ms]
        if not later:
            return False
        self.now_ms = min(later)
        return True
