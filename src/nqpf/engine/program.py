"""A model ready to run: its indexed form, its layout, its kernel, and one member's memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import cache, ir
from nqpf.engine.codegen import Source, generate
from nqpf.engine.kernel import Kernel, compile_kernel
from nqpf.engine.layout import Layout, layout
from nqpf.engine.methods import tableau
from nqpf.engine.passes.elements import flat, passes_of, reads, targets, unflat
from nqpf.engine.passes.override import Replacement, override
from nqpf.engine.passes.schedule import schedule

LANES = 1  # members side by side in one kernel

Progress = Callable[[str], None]
Cell = tuple[str, int]  # a variable's name and the row-major place of one element
Tables = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True)
class Blueprint:
    """Everything about a kernel that can be stored: what ``compile_kernel`` needs and its map.

    ``dynamic``: the variables that change during a run.
    """

    model: ir.IndexedModel
    layout: Layout
    source: Source
    dynamic: frozenset[str]


def blueprint(
    indexed: ir.IndexedModel, key: str, replacements: tuple[Replacement, ...] = ()
) -> Blueprint:
    """Return the blueprint of ``indexed`` with ``replacements`` made, from the cache if there."""
    stored_under = cache.digest("blueprint", key, repr(replacements))
    stored = cache.load_object(stored_under)
    if isinstance(stored, Blueprint):
        return stored
    model = override(indexed, replacements)
    plan = layout(model)
    order = schedule(model)
    moving = (*order.flows, *order.step, *order.report)
    dynamic = frozenset(equation.variable for equation in moving)
    made = Blueprint(model, plan, generate(model, order, plan, LANES), dynamic)
    cache.store_object(stored_under, made)
    return made


@dataclass(frozen=True)
class Clock:
    """When to step and when to save.

    ``origin``: the time for which initial values are computed, ``start`` but for a caller's
    initial condition. ``rows``: step numbers that are saved; ``times``: ``start + number * step``.
    """

    origin: float
    start: float
    step: float
    steps: int
    rows: NDArray[np.int64]
    times: NDArray[np.float64]


class Program:
    """One kernel with its memory map. Holds no state between runs."""

    def __init__(self, plan: Blueprint, progress: Progress | None = None) -> None:
        self.model = plan.model
        self.layout = plan.layout
        self.source = plan.source
        self.dynamic = plan.dynamic
        self.kernel: Kernel = compile_kernel(plan.source.text)
        if progress is not None and not self.kernel.cached:
            progress("compiling")
        defaults = np.full(self.layout.size + plan.source.scratch, np.nan)
        for name, values in self.model.constants.items():
            first = self.layout.base[name]
            defaults[first : first + len(values)] = values
        self.defaults = defaults

    def memory(self) -> NDArray[np.float64]:
        """Return a fresh memory with the file's constants in it."""
        return self.defaults.copy()

    def tables(self, given: dict[Cell, ir.Table]) -> Tables:
        """Return all points (x, y) and bounds (tables x 3), ``given`` ones in place of the file's.

        ``given``: (variable, element) -> table.
        """
        xs: list[float] = []
        ys: list[float] = []
        bounds = np.zeros((max(1, sum(map(len, self.model.tables.values()))), 3), dtype=np.int64)
        for name, tables in self.model.tables.items():
            first = self.layout.tables[name]
            for k, own in enumerate(tables):
                table = given.get((name, k), own)
                bounds[first + k] = len(xs), len(xs) + len(table.x), table.extrapolate
                xs.extend(table.x)
                ys.extend(table.y)
        return np.array(xs or [0.0]), np.array(ys or [0.0]), bounds

    def initialise(
        self,
        memory: NDArray[np.float64],
        tables: Tables,
        clock: Clock,
        given: dict[Cell, float],
    ) -> None:
        """Fill in initial values; ``given`` stocks take the caller's, at ``clock.start``.

        As in PySD, what starts from a given stock (a smooth of it, say) starts anew from it, and
        all else keeps the start that it has at ``clock.origin``.
        """
        keep = np.zeros(self.layout.size, dtype=np.uint8)
        self.kernel.start(memory, *tables, clock.origin, keep)
        if not given:
            return
        changed = {(name, unflat(k, self.model.variables[name].shape)) for name, k in given}
        anew: list[int] = []
        for equation in schedule(self.model).start:
            for passes, place in zip(passes_of(equation.loops), targets(equation), strict=True):
                target = (equation.variable, place)
                if target not in changed and changed & set(reads(equation.body, passes)):
                    changed.add(target)
                    shape = self.model.variables[equation.variable].shape
                    anew.append(self.layout.base[equation.variable] + flat(place, shape))
        for (name, element), value in given.items():
            memory[self.layout.base[name] + element] = value
        keep[:] = 1
        keep[anew] = 0
        self.kernel.start(memory, *tables, clock.start, keep)

    def run(
        self,
        memory: NDArray[np.float64],
        tables: Tables,
        clock: Clock,
        method: str,
        columns: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Integrate one member whose ``memory`` is initialised.

        ``columns``: elements to save. Returns saved values, rows x columns.
        """
        rule = tableau(method)
        out = np.empty((len(clock.rows), len(columns), 1))
        self.kernel.run(
            memory,
            *tables,
            clock.start,
            clock.step,
            clock.steps,
            rule.a,
            rule.b,
            rule.c,
            clock.rows,
            columns,
            np.empty((len(rule.b), self.layout.stocks)),
            np.empty(self.layout.stocks),
            out,
        )
        return out[:, :, 0]
