"""Members in blocks of lanes: set up, initialise, integrate, and find out what failed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import ir
from nqpf.engine.clock import OTHER_TIMES, Clock, make_clock
from nqpf.engine.methods import Tolerance, tableau
from nqpf.engine.parameters import Given
from nqpf.engine.passes.elements import flat, passes_of, reads, targets, unflat
from nqpf.engine.program import Cell, Memory, Program, Tables
from nqpf.engine.varying import (
    at_start,
    first_bad,
    require_no_count_of_steps,
    step_by_step,
    varying_clock,
)
from nqpf.errors import InputError

Values = NDArray[np.float64]
INFINITE, UNDEFINED, STUCK = 1, 2, 3  # how a member failed
ROOM = 2**26  # bytes of values looked through at once for the first one that is not finite

# Steps within one TIME STEP after which an adaptive method gives up (as many as DOPRI5 takes in one
# call): where a problem is so stiff, an explicit method is the wrong one.
TRIES = 100_000


@dataclass(frozen=True)
class Request:
    """What is asked of a program, for ``count`` members.

    ``given``: parameters, each one number for all members or one a member. ``cells``: elements to
    save. ``control``: names of INITIAL TIME, FINAL TIME, TIME STEP and SAVEPER in the file.
    ``saveper``: in place of the model's. ``initial``: initial values of stocks, as in ``given``;
    ``stocks``: of all stocks, in the order of memory. ``origin``: the time for which other initial
    values are computed, if not the start. ``labels``: what members are called in messages.
    ``tolerance``: relative and absolute, of a method that chooses its steps; a number or a
    constant's name.
    """

    given: Given
    count: int
    cells: Sequence[Cell]
    control: tuple[str, str, str, str]
    method: str
    saveper: float | None = None
    stamps: Values | None = None
    initial: dict[Cell, Values] = field(default_factory=dict)
    stocks: Values | None = None
    origin: float | None = None
    labels: Sequence[Hashable] | None = None
    tolerance: tuple[float | str, ...] = (Tolerance.relative, Tolerance.absolute)


@dataclass(frozen=True)
class Block:
    """Results of some members.

    ``values``: members x times x cells. ``failed``: members; the row at which a stock or a saved
    element was first not finite, or -1. ``end``: stocks at the end, stocks x members. ``stuck``:
    the stock that cannot keep the tolerance and the time past which it cannot.
    """

    values: Values
    failed: NDArray[np.int64]
    end: Values
    stuck: tuple[str, float] | None = None


class Simulation:
    """A request bound to a program. Blocks may be run from several threads at once."""

    def __init__(self, program: Program, request: Request, inputs: dict[Cell, Cell]) -> None:
        """``inputs``: where a replaced variable's value goes, element by element."""
        self.program = program
        self.request = request
        self.rule = tableau(request.method)
        settings = [
            (program.element(inputs.get(cell, cell)), values)
            for cell, values in request.given.numbers.items()
            if inputs.get(cell, cell)[0] in program.model.constants
        ]
        own = [(element, values) for element, values in settings if values.size > 1]
        self._own = np.array([element for element, _ in own], dtype=np.int64)
        self._values = np.array([values for _, values in own]).reshape(len(own), request.count)
        self._common = program.memory()  # what a member's memory holds before its own settings
        for element, values in settings:
            if values.size == 1:
                self._common[element] = values[0]
        self._tables: Tables = program.tables(
            {inputs.get(cell, cell): table for cell, table in request.given.tables.items()}
        )
        self.control = np.array([program.element((name, 0)) for name in request.control])
        self._varies = not program.dynamic.isdisjoint(request.control)
        self.columns = np.array([program.element(cell) for cell in request.cells], dtype=np.int64)
        self._undefined = np.flatnonzero(~program.defined[self.columns])
        self._anew = self._started_anew()
        if self._varies:
            require_no_count_of_steps(self)
            self.settings = at_start(self)
            self.clock = varying_clock(self)
            return
        # Control variables of the first member, in the order of ``control``.
        self.settings = self.member(np.array([0]))[self.control, 0]
        self.clock = self._clock(self.settings, 0)

    @property
    def lanes(self) -> int:
        return self.program.lanes

    def members(self, numbers: NDArray[np.int64], out: Values | None = None) -> Block:
        """Run the members with these numbers, at most as many as there are lanes.

        ``out`` (members x times x cells) takes the results, if given.
        """
        if out is None:
            out = np.empty((len(numbers), len(self.clock.rows), len(self.columns)))
        if self._varies:
            failed, end = step_by_step(self, numbers, out)
            return self._block(out, failed, end)
        memory = self.member(numbers)
        settings = memory[self.control]
        if (settings == self.settings[:, np.newaxis]).all():
            return self._run(memory, numbers, self.clock, out)
        settings = settings[:, : len(numbers)]
        if (settings == settings[:, :1]).all():
            return self._run(memory, numbers, self._same(settings[:, 0], numbers[0]), out)
        # Time steps differ: once for each member's own, keeping that member.
        failed, ends = [], []
        for lane, each in enumerate(settings.T):
            clock = self._same(each, numbers[lane])
            block = self._run(memory.copy(), numbers, clock, np.empty_like(out))
            out[lane] = block.values[lane]
            failed.append(block.failed[lane])
            ends.append(block.end[:, lane])
        return Block(out, np.array(failed), np.stack(ends, axis=1))

    # --- one block ----------------------------------------------------------------------------

    def member(self, numbers: NDArray[np.int64]) -> Memory:
        """Return memory with parameters and what follows; spare lanes repeat the first member."""
        memory = self.program.memory(self._common)
        memory[self._own] = self._values[:, self._seated(numbers)]
        self.program.kernel.member(memory.reshape(-1), *self._tables)
        if self.request.saveper is not None:
            memory[self.control[3]] = self.request.saveper
        return memory

    def _seated(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the member in each lane; spare ones repeat the first, so that they stay tame."""
        spare = self.lanes - len(numbers)
        return np.concatenate([numbers, np.repeat(numbers[:1], spare)]) if spare else numbers

    def _clock(self, settings: Values, number: int) -> Clock:
        start, final, step, every = settings.tolist()
        try:
            return make_clock(start, final, step, every, self.request.stamps)
        except InputError as error:
            if self.request.labels is None:
                raise
            raise InputError(f"run {self.request.labels[number]}: {error}") from None

    def _same(self, settings: Values, number: int) -> Clock:
        """Return a member's clock, which saves at the times at which all members do."""
        if (settings == self.settings).all():
            return self.clock
        clock = self._clock(settings, number)
        if not np.array_equal(clock.times, self.clock.times):
            raise InputError(OTHER_TIMES)
        return clock

    def _run(self, memory: Memory, numbers: NDArray[np.int64], clock: Clock, out: Values) -> Block:
        count = len(numbers)
        self.initialise(memory, numbers, clock.start)
        bad, stuck = self._integrate(memory, clock, clock.steps, clock.rows, self.columns, out)
        failed = np.where(np.isfinite(bad), bad, -1.0).astype(np.int64)[:count]
        return self._block(out, failed, self.stocks(memory, count), stuck)

    def stocks(self, memory: Memory, count: int) -> Values:
        """Return the stocks of the first ``count`` members."""
        first = self.program.layout.first_stock
        return memory[first : first + self.program.layout.stocks, :count]

    def _block(
        self,
        out: Values,
        failed: NDArray[np.int64],
        end: Values,
        stuck: tuple[str, float] | None = None,
    ) -> Block:
        if self._undefined.size:
            out[:, :, self._undefined] = np.nan
        return Block(out, failed, end, stuck)

    def initialise(self, memory: Memory, numbers: NDArray[np.int64], start: float) -> None:
        request, program = self.request, self.program
        keep = np.zeros(program.layout.size, dtype=np.uint8)
        origin = start if request.origin is None else request.origin
        kept = program.no_rings
        program.kernel.start(memory.reshape(-1), *self._tables, *kept, origin, keep)
        if request.initial:
            # As in PySD: what starts from a given stock starts anew from it; all else keeps
            # the start that it has at the origin.
            for cell, values in request.initial.items():
                seated = values if values.size == 1 else values[self._seated(numbers)]
                memory[program.element(cell)] = seated
            keep[:] = 1
            keep[self._anew] = 0
            program.kernel.start(memory.reshape(-1), *self._tables, *kept, start, keep)
        if request.stocks is not None:
            stocks = program.layout.first_stock
            memory[stocks : stocks + program.layout.stocks] = request.stocks[:, np.newaxis]

    def _integrate(
        self,
        memory: Memory,
        clock: Clock,
        steps: int,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        out: Values,
    ) -> tuple[Values, tuple[str, float] | None]:
        """Run a clock's first ``steps``; otherwise as ``advance``."""
        rings = self.program.rings(memory, clock.steps)
        return self.advance(memory, rings, (clock.start, clock.step, 0, steps), rows, columns, out)

    def advance(
        self,
        memory: Memory,
        rings: tuple[Values, NDArray[np.int64]],
        grid: tuple[float, float, int, int],
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        out: Values,
    ) -> tuple[Values, tuple[str, float] | None]:
        """Save into ``out``; return the first bad row of every lane, or infinity, and ``stuck``.

        ``grid``: a time, the size of steps, the number of the first one and of the one at the end.
        """
        lanes, stocks = self.lanes, self.program.layout.stocks
        bad = np.full(lanes, np.inf)
        stuck = np.full(2, np.nan)
        kernel = self.program.kernel
        kernel.run(
            kernel.links,
            self.program.layout.first_stock,
            stocks,
            memory.reshape(-1),
            *self._tables,
            *rings,
            *grid,
            self.rule.a,
            self.rule.b,
            self.rule.c,
            rows,
            columns,
            self.program.defined[columns].view(np.uint8),
            np.empty(len(self.rule.b) * stocks * lanes),
            np.empty(stocks * lanes),
            bad,
            out,
            *self._step_control(memory, stuck),
        )
        if self.rule.error is None or np.isnan(stuck).all():
            return bad, None
        shown = {element: name for name, element in self._evaluated()}
        return bad, (shown[int(stuck[1])], float(stuck[0]))

    def _step_control(self, memory: Memory, stuck: Values) -> tuple[object, ...]:
        """Return what an adaptive method is given beyond the others."""
        if self.rule.error is None:
            return ()
        tolerance = Tolerance(
            *(
                float(memory[self.program.element((each, 0)), 0]) if isinstance(each, str) else each
                for each in self.request.tolerance
            )
        )
        return self.rule.error, tolerance.relative, tolerance.absolute, TRIES, stuck

    def _started_anew(self) -> list[int]:
        """Return the elements whose start follows from a given initial value."""
        variables = self.program.model.variables
        changed = {
            (name, unflat(place, variables[name].shape)) for name, place in self.request.initial
        }
        anew: list[int] = []
        for equation in self.program.order.start if changed else ():
            shape = variables[equation.variable].shape
            for passes, place in zip(passes_of(equation.loops), targets(equation), strict=True):
                target = (equation.variable, place)
                if target not in changed and changed & set(reads(equation.body, passes)):
                    changed.add(target)
                    anew.append(self.program.element((equation.variable, flat(place, shape))))
        return anew

    # --- failures -----------------------------------------------------------------------------

    def diagnose(self, member: int, failed: int) -> tuple[int, str, float]:
        """Return (code, variable, time) of the first value not finite, up to saved row ``failed``.

        The code is ``INFINITE`` or ``UNDEFINED``. Variables are looked through in the order of
        their evaluation, stocks first.
        """
        numbers = np.array([member])
        memory = self.member(numbers)
        if self._varies:
            order = self._evaluated()
            time, column, value = first_bad(self, numbers, [element for _, element in order])
            return _code(value), order[column][0], time
        clock = self._clock(memory[self.control, 0], member)
        self.initialise(memory, numbers, clock.start)
        last = int(clock.rows[failed])
        before = int(clock.rows[failed - 1]) if failed else -1
        order = self._evaluated()
        columns = np.array([element for _, element in order], dtype=np.int64)
        span = max(1, ROOM // (8 * len(order)))
        for first in range(before + 1, last + 1, span):
            rows = np.arange(first, min(first + span, last + 1))
            out = np.empty((1, len(rows), len(columns)))
            _, stuck = self._integrate(memory.copy(), clock, int(rows[-1]), rows, columns, out)
            wrong = ~np.isfinite(out[0])
            if not wrong.any():
                continue
            row = int(wrong.any(axis=1).argmax())
            column = int(wrong[row].argmax())
            time = clock.start + float(rows[row]) * clock.step
            if stuck is not None and stuck[1] < time:
                return STUCK, *stuck
            return _code(out[0, row, column]), order[column][0], time
        return UNDEFINED, "", float(clock.times[failed])

    def _evaluated(self) -> list[tuple[str, int]]:
        """Return (shown name, element), stocks and then auxiliaries in evaluation order.

        Only those that a stock or a saved element depends on: what nobody needs may be undefined.
        """
        schedule = self.program.order
        auxiliaries = (*schedule.member, *schedule.step, *schedule.report)
        needed = {name for name, _ in self.request.cells}
        for equation in (*schedule.flows, *schedule.records):
            needed |= _names(equation.body)
        for equation in reversed(auxiliaries):
            needed |= _names(equation.body) if equation.variable in needed else set()
        found: list[tuple[str, int]] = []
        for equation in (*schedule.flows, *(e for e in auxiliaries if e.variable in needed)):
            shown = equation.variable
            if shown.startswith(ir.HIDDEN):
                shown = shown.partition(" of ")[2]
            shape = self.program.model.variables[equation.variable].shape
            for place in targets(equation):
                found.append((shown, self.program.element((equation.variable, flat(place, shape)))))
        return found


def _code(value: float) -> int:
    return INFINITE if np.isinf(value) else UNDEFINED


def _names(expr: ir.Expr) -> set[str]:
    return {node.variable for node in ir.walk(expr) if isinstance(node, ir.Ref)}
