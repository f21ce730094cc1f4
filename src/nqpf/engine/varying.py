"""Runs whose control variables change: step by step, each as long as they say at its beginning.

FINAL TIME, TIME STEP and SAVEPER are read once a step, as Vensim and PySD do: a run ends when Time
reaches what FINAL TIME is then, and saves where the time since the start is a multiple of what
SAVEPER is then. INITIAL TIME is what it is at Time 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import ir
from nqpf.engine.clock import OTHER_TIMES, SLACK, Clock
from nqpf.errors import InputError

if TYPE_CHECKING:
    from nqpf.engine.program import Memory
    from nqpf.engine.simulate import Simulation

Values = NDArray[np.float64]
MAX_STEPS = 100_000  # a few seconds: where FINAL TIME runs away from Time nothing else ends it
_NONE = np.zeros(0, dtype=np.int64)


class Apart(Exception):
    """The members of a block have control variables of their own: they must run one by one."""


@dataclass(frozen=True)
class Moment:
    """A step's beginning. ``values``: members x columns; ``bad``: lanes with one not finite."""

    time: float
    saved: bool
    values: Values
    bad: NDArray[np.bool_]


def require_no_count_of_steps(simulation: Simulation) -> None:
    """Raise where the model goes back a number of steps that changing ones make meaningless."""
    dynamic, control = simulation.program.dynamic, simulation.request.control
    held = {*simulation.program.model.records.values()} - {""}
    if held and (control[2] in dynamic or held & {ir.WHOLE_RUN, ir.BELT}):
        changing = " and ".join(name for name in control if name in dynamic)
        raise InputError(
            f"{changing} changes during the run, but a discrete delay of the model (DELAY FIXED, "
            "MATERIAL, INFORMATION, CONVEYOR, HISTORY) goes by a number of steps known before"
        )


def at_start(simulation: Simulation) -> Values:
    """Return the control variables of the first member at the start."""
    first = next(_moments(simulation, np.array([0]), simulation.control))
    return first.values[0]


def varying_clock(simulation: Simulation) -> Clock:
    """Return when the first member steps and saves; its rows count saved times."""
    time, steps, saved = 0.0, -1, []
    for moment in _moments(simulation, np.array([0]), _NONE):
        time, steps = moment.time, steps + 1
        if moment.saved:
            saved.append(time)
    stamps = simulation.request.stamps
    for stamp in [] if stamps is None else stamps.tolist():
        if not np.isclose(stamp, saved, rtol=SLACK, atol=SLACK).any():
            raise InputError(f"return_timestamps: {stamp:g} is not one of the times of the run")
    times = np.array(saved)
    return Clock(times[0] if saved else time, 0.0, steps, np.arange(len(times)), times, time)


def step_by_step(
    simulation: Simulation, numbers: NDArray[np.int64], out: Values
) -> tuple[NDArray[np.int64], Values]:
    """Run members into ``out`` (members x times x columns).

    Returns the first row of each at which something was not finite, or -1, and their stocks at the
    end (stocks x members).
    """
    memory = simulation.member(numbers)
    try:
        failed = _together(simulation, numbers, memory, out)
        return failed, simulation.stocks(memory, len(numbers))
    except Apart:
        alone = [
            step_by_step(simulation, numbers[k : k + 1], out[k : k + 1])
            for k in range(len(numbers))
        ]
        failed, ends = zip(*alone, strict=True)
        return np.concatenate(failed), np.concatenate(ends, axis=1)


def first_bad(
    simulation: Simulation, numbers: NDArray[np.int64], columns: Sequence[int]
) -> tuple[float, int, float]:
    """Return time, place in ``columns`` and value of the first one that is not finite."""
    time = 0.0
    for moment in _moments(simulation, numbers, np.array(columns, dtype=np.int64)):
        time, values = moment.time, moment.values[0]
        if not np.isfinite(values).all():
            column = int((~np.isfinite(values)).argmax())
            return time, column, float(values[column])
    return time, 0, float("nan")


def _together(
    simulation: Simulation, numbers: NDArray[np.int64], memory: Memory, out: Values
) -> NDArray[np.int64]:
    times, row = simulation.clock.times, 0
    failed = np.full(len(numbers), -1)
    for moment in _moments(simulation, numbers, simulation.columns, memory):
        if not moment.saved:
            continue
        if row == len(times) or moment.time != times[row]:
            raise InputError(OTHER_TIMES)
        out[:, row] = moment.values
        failed = np.where((failed < 0) & moment.bad[: len(numbers)], row, failed)
        row += 1
    if row < len(times):
        raise InputError(OTHER_TIMES)
    return failed


def _moments(
    simulation: Simulation,
    numbers: NDArray[np.int64],
    columns: NDArray[np.int64],
    memory: Memory | None = None,
) -> Iterator[Moment]:
    """Run members in ``memory``, their own if None; yield every step's beginning.

    Raises
    ------
    Apart
        Their control variables differ.
    InputError
        A control variable makes no sense, or the run has no end.
    """
    memory = simulation.member(numbers) if memory is None else memory
    start = _start(simulation, memory, len(numbers))
    simulation.initialise(memory, numbers, start)
    wanted = np.concatenate([simulation.control[1:], columns])
    rings = simulation.program.rings(memory, MAX_STEPS)
    time, since, passed, before = start, start, 0, 0.0
    final = step = 0.0
    for number in range(MAX_STEPS + 1):
        out = np.empty((simulation.lanes, 1, len(wanted)))
        bad = _look(simulation, memory, rings, time, number, wanted, out)
        final, step, every = _sound(simulation, out[: len(numbers), 0, :3], time)
        saved = _saves(simulation, time, start, step, every)
        yield Moment(time, saved, out[: len(numbers), 0, 3:], bad)
        if time + step * SLACK >= final:
            return
        _, stuck = simulation.advance(
            memory, rings, (time, step, number, number + 1), _NONE, _NONE, out[:, :0, :0]
        )
        if stuck is not None:
            raise InputError(
                f'"{stuck[0]}" cannot keep the tolerance past time {stuck[1]:.6g}; a larger rtol '
                "or atol may help, or a fixed method"
            )
        # Times of equal steps are not summed up, so that they stay on their grid.
        since, passed = (since, passed + 1) if step == before else (time, 1)
        time, before = since + passed * step, step
    raise InputError(
        f"the run has not ended after {MAX_STEPS:,} time steps, at time {time:g}; FINAL TIME is "
        f"{final:g} and TIME STEP {step:g} there"
    )


def _start(simulation: Simulation, memory: Memory, count: int) -> float:
    """Return INITIAL TIME; ``memory`` holds parameters and what follows from them."""
    place = simulation.control[:1]
    starts = memory[place[0], :count]
    if simulation.request.control[0] in simulation.program.dynamic:
        out = np.empty((simulation.lanes, 1, 1))
        rings = simulation.program.rings(memory, 1)
        _look(simulation, memory.copy(), rings, 0.0, 0, place, out)
        starts = out[:count, 0, 0]
    if (starts != starts[0]).any() and count > 1:
        raise Apart
    if not np.isfinite(starts[0]):
        raise InputError(f"INITIAL TIME is {starts[0]:g}; expected a number")
    return float(starts[0])


def _look(simulation: Simulation, memory, rings, time, number, columns, out) -> NDArray[np.bool_]:
    """Read ``columns`` at ``time``; return which members have something not finite."""
    bad, _ = simulation.advance(
        memory, rings, (time, 1.0, number, number), np.array([number]), columns, out
    )
    return np.isfinite(bad)


def _sound(simulation: Simulation, settings: Values, time: float) -> tuple[float, float, float]:
    names = simulation.request.control[1:]
    for name, value in zip(names, settings.min(axis=0).tolist(), strict=True):
        if not np.isfinite(value) or (value <= 0 and name != names[0]):
            above = "" if name == names[0] else " above zero"
            raise InputError(f"{name} is {value:g} at time {time:g}; expected a number{above}")
    if (settings != settings[:1]).any():
        raise Apart
    final, step, every = settings[0].tolist()
    return final, step, simulation.request.saveper or every


def _saves(simulation: Simulation, time: float, start: float, step: float, every: float) -> bool:
    stamps = simulation.request.stamps
    if stamps is not None:
        return bool((np.abs(stamps - time) <= SLACK * step).any())
    passed = (time - start) / every
    return abs(passed - round(passed)) * every <= SLACK * step
