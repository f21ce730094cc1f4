"""A model ready to run: its indexed form, its layout, its kernel, and one member's memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import cache, ir
from nqpf.engine.codegen import generate
from nqpf.engine.kernel import Kernel, compile_kernel
from nqpf.engine.layout import Layout, layout
from nqpf.engine.methods import tableau
from nqpf.engine.passes.override import Replacement, override
from nqpf.engine.passes.schedule import schedule

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Blueprint:
    """Everything about a kernel that can be stored: what ``compile_kernel`` needs and its map.

    ``dynamic``: the variables that change during a run.
    """

    model: ir.IndexedModel
    layout: Layout
    source: str
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
    made = Blueprint(model, plan, generate(model, order, plan), dynamic)
    cache.store_object(stored_under, made)
    return made


@dataclass(frozen=True)
class Clock:
    """When to step and when to save.

    ``rows``: step numbers that are saved; ``times``: their times, ``start + number * step``.
    """

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
        self.kernel: Kernel = compile_kernel(plan.source)
        if progress is not None and not self.kernel.cached:
            progress("compiling")
        defaults = np.full(self.layout.size, np.nan)
        for name, values in self.model.constants.items():
            first = self.layout.base[name]
            defaults[first : first + len(values)] = values
        self.defaults = defaults

    def memory(self) -> NDArray[np.float64]:
        """Return a fresh memory with the file's constants in it."""
        return self.defaults.copy()

    def tables(self, given: dict[tuple[str, int], ir.Table]):
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

    def run(
        self,
        memory: NDArray[np.float64],
        tables,
        clock: Clock,
        method: str,
        columns: NDArray[np.int64],
        initial: dict[int, float],
    ) -> NDArray[np.float64]:
        """Integrate one member; ``member`` has filled ``memory``.

        ``columns``: elements to save; ``initial``: element -> initial value to use instead.
        Returns saved values, rows x columns.
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
            np.array(list(initial), dtype=np.int64),
            np.array(list(initial.values()), dtype=np.float64),
            np.empty((len(rule.b), self.layout.stocks)),
            np.empty(self.layout.stocks),
            out,
        )
        return out[:, :, 0]
