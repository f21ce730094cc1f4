"""A model ready to run: its indexed form, its layout, its kernel, and its constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import cache, ir
from nqpf.engine.codegen import Source, generate
from nqpf.engine.kernel import Kernel, compile_kernel
from nqpf.engine.layout import Layout, layout
from nqpf.engine.passes.elements import flat, targets
from nqpf.engine.passes.hoist import hoist
from nqpf.engine.passes.override import Replacement, override
from nqpf.engine.passes.schedule import Schedule, schedule
from nqpf.errors import InputError

# Members side by side in one kernel: two AVX-512 or four AVX2 registers a variable.
LANES = 16

MAX_PAST = 4 << 30  # bytes for what a block of members remembers of past steps

Progress = Callable[[str], None]
Cell = tuple[str, int]  # a variable's name and the row-major place of one element
Memory = NDArray[np.float64]  # elements x lanes
Tables = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True)
class Blueprint:
    """Everything about a kernel that can be stored: what ``compile_kernel`` needs and its map."""

    model: ir.IndexedModel
    order: Schedule
    layout: Layout
    source: Source

    @property
    def dynamic(self) -> frozenset[str]:
        """The variables that change during a run."""
        moving = (*self.order.flows, *self.order.step, *self.order.report)
        return frozenset(equation.variable for equation in moving)


def blueprint(
    indexed: ir.IndexedModel,
    key: str,
    replacements: tuple[Replacement, ...] = (),
    adaptive: bool = False,
) -> Blueprint:
    """Return the blueprint of ``indexed`` with ``replacements`` made, from the cache if there.

    ``adaptive``: for a method that chooses its steps, which takes one member at a time.
    """
    stored_under = cache.digest("blueprint", key, repr(replacements), str(adaptive))
    stored = cache.load_object(stored_under)
    if isinstance(stored, Blueprint):
        return stored
    model = hoist(override(indexed, replacements))
    plan = layout(model)
    order = schedule(model)
    made = Blueprint(
        model, order, plan, generate(model, order, plan, 1 if adaptive else LANES, adaptive)
    )
    cache.store_object(stored_under, made)
    return made


class Program:
    """One kernel with its memory map. Holds no state between runs."""

    def __init__(self, plan: Blueprint, progress: Progress | None = None) -> None:
        self.model = plan.model
        self.order = plan.order
        self.layout = plan.layout
        self.source = plan.source
        self.dynamic = plan.dynamic
        self.kernel: Kernel = compile_kernel(plan.source, progress)
        defaults = np.full(self.layout.size, np.nan)
        # Elements that no equation defines are NaN where they are shown; as stocks they must
        # not look like a failure.
        first, stocks = self.layout.first_stock, self.layout.stocks
        defaults[first : first + 2 * stocks] = 0.0
        for name, values in self.model.constants.items():
            place = self.layout.base[name]
            defaults[place : place + len(values)] = values
        # While initial values are computed nothing is read of records: there is no past yet.
        self.no_rings = (
            np.zeros(plan.source.lanes),
            np.tile(np.array([[0, 1]]), (max(1, sum(map(self._size, self.model.records))), 1)),
        )
        self._defaults = np.repeat(defaults[:, np.newaxis], plan.source.lanes, axis=1)
        self.defined = np.zeros(self.layout.size, dtype=bool)
        self.defined[: self.layout.constants] = True
        for equation in self.model.equations:
            if equation.variable not in self.layout.base:
                continue
            shape = self.model.variables[equation.variable].shape
            for place in targets(equation):
                self.defined[self.layout.base[equation.variable] + flat(place, shape)] = True

    def _size(self, name: str) -> int:
        return self.model.variables[name].size

    @property
    def lanes(self) -> int:
        return self.source.lanes

    def memory(self, like: Memory | None = None) -> Memory:
        """Return fresh memory, elements x lanes, with the file's constants in it, or ``like``."""
        room = np.empty(self._defaults.size + 8)
        skip = -room.ctypes.data % 64 // 8  # lanes that straddle cache lines load at half speed
        memory = room[skip : skip + self._defaults.size].reshape(self._defaults.shape)
        memory[:] = self._defaults if like is None else like
        return memory

    def rings(self, memory: Memory, steps: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return room for what records keep, and its (first row, rows) record by record.

        ``memory`` is initialised: it says how many steps each record goes back, of ``steps``.
        """
        if not self.model.records:
            return self.no_rings
        rows: list[int] = []
        spare: list[int] = []  # rows behind these
        more = {ir.WHOLE_RUN: 2, ir.BELT: 2 * (steps + 1) + 6}  # see ``records``
        for name, held in self.model.records.items():
            size = self.model.variables[name].size
            spare.extend([more.get(held, 0)] * size)
            if held in more:
                rows.extend([steps + 1] * size)
            elif not held:
                rows.extend([2] * size)
            else:
                first = self.layout.base[held]
                back = np.nan_to_num(memory[first : first + size], nan=1.0).max(axis=1)
                rows.extend((np.clip(back, 1.0, max(steps, 1)).astype(int) + 1).tolist())
        rows, spare = rows or [1], spare or [0]
        ends = np.cumsum(np.add(rows, spare), dtype=np.int64)
        ring = np.stack([ends - rows - spare, rows], axis=1).astype(np.int64)
        needed = 8 * int(ends[-1]) * self.lanes
        if needed > MAX_PAST:
            raise InputError(
                f"discrete delays over {steps:,} time steps need {needed / 2**30:.1f} GiB for "
                f"{self.lanes} members side by side; at most {MAX_PAST / 2**30:g} are taken: "
                "shorten the run, or take a longer TIME STEP"
            )
        return np.zeros(int(ends[-1]) * self.lanes), np.ascontiguousarray(ring)

    def element(self, cell: Cell) -> int:
        """Return the number of a cell's element in memory."""
        name, place = cell
        return self.layout.base[name] + place

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
        # The point behind the last one is loaded, though not used, where a table is one point.
        return np.array([*xs, 0.0]), np.array([*ys, 0.0]), bounds
