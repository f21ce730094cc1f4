"""The public model: load a file, run it, run many of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import cache, ir
from nqpf.engine.parameters import Directory, Given, parse
from nqpf.engine.passes.index import index
from nqpf.engine.passes.override import Replacement
from nqpf.engine.passes.stateful import expand
from nqpf.engine.passes.symbols import CONTROL
from nqpf.engine.program import Clock, Program, Progress, blueprint
from nqpf.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

# Saved times and the last step may miss the grid by this part of a step, as in PySD.
SLACK = 1e-5
MAX_STEPS = 100_000_000  # a run of hours: a mistyped time step, not a wish


@dataclass(frozen=True)
class Control:
    """The control variables of a model file, in its time unit, and its integration method."""

    initial_time: float
    final_time: float
    time_step: float
    saveper: float
    time_unit: str
    method: str


def load(path: str | Path, progress: Progress | None = None) -> Model:
    """Load a system-dynamics model.

    Parameters
    ----------
    path
        A ``.mdl`` (Vensim), ``.xmile`` or ``.stmx`` (Stella) file.
    progress
        Called with a short text at the start of each slow stage (reading, compiling).

    Raises
    ------
    InputError
        The file cannot be read, or uses what the engine does not support; the message lists
        every place.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); expected a .mdl or .xmile model file"
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    key = cache.digest("model", path.suffix.lower(), digest)
    stored = cache.load_object(key)
    if isinstance(stored, ir.IndexedModel):
        return Model(stored, path.stem, digest, key, progress)
    if progress is not None:
        progress("reading")
    from nqpf.engine.reader import read

    source = read(path)
    try:
        indexed = expand(index(source))
        model = Model(indexed, path.stem, digest, key, progress)
        blueprint(indexed, key)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    cache.store_object(key, indexed)
    return model


class Model:
    """A loaded model. Runs do not change it; ``initial_condition="current"`` is the one memory."""

    def __init__(
        self,
        indexed: ir.IndexedModel,
        name: str,
        digest: str,
        key: str,
        progress: Progress | None = None,
    ) -> None:
        self.name = name
        self.hash = digest
        self._indexed = indexed
        self._key = key
        self._progress = progress
        self._directory = Directory(indexed)
        self._programs: dict[tuple[Replacement, ...], Program] = {}
        self._last: tuple[float, NDArray[np.float64]] | None = None

    # --- what is in the model -----------------------------------------------------------------

    @property
    def variables(self) -> Mapping[str, ir.Variable]:
        """Name in the file -> variable, in file order."""
        return self._directory.visible

    @property
    def subscripts(self) -> Mapping[str, tuple[str, ...]]:
        """Subscript range -> its elements."""
        return self._indexed.ranges

    @cached_property
    def constants(self) -> Mapping[str, NDArray[np.float64]]:
        """Name -> value in the file, shaped by the constant's subscripts."""
        return {
            name: np.array(values).reshape(self._indexed.variables[name].shape)
            for name, values in self._indexed.constants.items()
            if not name.startswith(ir.HIDDEN)
        }

    @cached_property
    def control(self) -> Control:
        """The file's control variables."""
        program = self._program(())
        memory = program.memory()
        program.kernel.member(memory, *program.tables({}))
        start, final, step, saveper = (self._control_value(program, memory, n) for n in CONTROL)
        unit = next(
            (self.variables[self._name(n)].unit for n in CONTROL[::-1] if self._unit(n)), ""
        )
        return Control(start, final, step, saveper, unit, self._indexed.method)

    @cached_property
    def source(self) -> str:
        """The Python source that is compiled, for reading."""
        return self._program(()).source.text

    def __repr__(self) -> str:
        return f"<nqpf model {self.name}: {len(self.variables)} variables>"

    # --- running ------------------------------------------------------------------------------

    def run(
        self,
        params: Mapping[str, Any] | None = None,
        return_columns: Sequence[str] | str | None = None,
        return_timestamps: Sequence[float] | float | None = None,
        initial_condition: str | tuple[float, Mapping[str, Any]] | None = None,
        time_step: float | None = None,
        final_time: float | None = None,
        saveper: float | None = None,
        method: str | None = None,
    ) -> pd.DataFrame:
        """Run the model once, with PySD's keywords and meaning.

        Parameters
        ----------
        params
            Name (of the file, or PySD's Python name; ``"Name[East]"`` for one element) -> number,
            array shaped by the subscripts, or pandas Series over time (linear between points,
            flat outside; over x for a lookup).
        return_columns
            Names to return; None: all but lookups; ``"step"``: those that change in a run.
        return_timestamps
            Times to return, each on the grid of time steps; None: every ``saveper``.
        initial_condition
            ``"original"`` (None), ``"current"`` (the end of the last run) or
            ``(time, {stock: value})``.
        time_step, final_time, saveper
            In place of the file's control variables.
        method
            ``"euler"``, ``"rk2"`` or ``"rk4"``; None: what the file says.

        Returns
        -------
        DataFrame
            A row a saved time, a column an element: ``"GDP[East]"``.
        """
        import pandas as pd

        own = dict(params or {})
        own |= {
            name: value
            for name, value in zip(CONTROL[1:], (final_time, time_step, saveper), strict=True)
            if value is not None
        }
        given = parse(self._directory, own)
        start, initial, whole = self._initial(initial_condition)
        if start is not None:
            given.numbers[self._name("INITIAL TIME"), 0] = start
        names = self._columns(return_columns)
        stamps = None if return_timestamps is None else np.atleast_1d(return_timestamps)
        if stamps is not None and final_time is None and stamps.size:
            given.numbers[self._name("FINAL TIME"), 0] = float(np.max(stamps))
        cells = [(variable.name, place) for _, variable, places in names for place in places]
        moved = start is not None
        values, clock = self._integrate(given, cells, method, stamps, initial, whole, moved)
        columns: list[str] = []
        for asked, variable, places in names:
            labels = self._directory.labels(variable)
            stem = asked.partition("[")[0] if len(places) < variable.size else asked
            columns.extend(stem + labels[place] for place in places)
        return pd.DataFrame(values, index=pd.Index(clock.times, name="time"), columns=columns)

    def ensemble(
        self,
        params: pd.DataFrame,
        outputs: Sequence[str] | None = None,
        threads: int | None = None,
        method: str | None = None,
    ) -> xr.Dataset:
        """Run the model once for each row of ``params``.

        Parameters
        ----------
        params
            A row a run, a column a parameter (``"Name"`` or ``"Name[East]"``), numbers only.
        outputs
            Names of variables to keep; None: all but lookups.
        threads
            Threads to use; None: one a processor.

        Returns
        -------
        Dataset
            Dimensions ``run`` x ``time`` (x subscripts), units in ``attrs``; the index of
            ``params`` is the coordinate ``run``.
        """
        import xarray as xr

        names = self._columns(outputs)
        cells = [(variable.name, place) for _, variable, places in names for place in places]
        rows = [parse(self._directory, row) for row in params.to_dict(orient="records")]
        for given in rows:
            self._program(given.replacements(self._indexed))

        def one(given: Given) -> tuple[NDArray[np.float64], Clock]:
            return self._integrate(given, cells, method, None, {}, None)

        if not rows:
            raise InputError("an ensemble needs at least one row of parameters")
        first = one(rows[0])  # compiles, before threads start
        with ThreadPoolExecutor(threads) as pool:
            done = [first, *pool.map(one, rows[1:])]
        clock = done[0][1]
        if any(not np.array_equal(other.times, clock.times) for _, other in done):
            raise InputError("the runs of an ensemble must save at the same times")
        values = np.stack([saved for saved, _ in done])
        arrays: dict[str, Any] = {}
        coordinates: dict[str, Any] = {"run": params.index, "time": clock.times}
        column = 0
        for _, variable, places in names:
            block = values[:, :, column : column + len(places)]
            column += len(places)
            dims: tuple[str, ...] = ()
            if len(places) == variable.size:
                dims = variable.dims
                block = block.reshape(*block.shape[:2], *variable.shape)
                for dim, length in zip(variable.dims, variable.shape, strict=True):
                    coordinates[dim] = list(self._directory.elements(dim, length))
            else:
                raise InputError(f'an output is a whole variable, not "{variable.name}[...]"')
            attrs = {"units": variable.unit, "long_name": variable.doc or variable.name}
            arrays[variable.name] = (("run", "time", *dims), block, attrs)
        attrs = {"model": self.name, "model_hash": self.hash}
        data = xr.Dataset(arrays, coordinates, attrs)
        data["time"].attrs["units"] = self.control.time_unit
        return data

    # --- inside -------------------------------------------------------------------------------

    def _program(self, replacements: tuple[Replacement, ...]) -> Program:
        program = self._programs.get(replacements)
        if program is None:
            plan = blueprint(self._indexed, self._key, replacements)
            program = self._programs[replacements] = Program(plan, self._progress)
        return program

    def _integrate(
        self,
        given: Given,
        cells: list[tuple[str, int]],
        method: str | None,
        stamps: NDArray[np.float64] | None,
        initial: dict[tuple[str, int], float],
        whole: NDArray[np.float64] | None,
        moved: bool = False,
    ) -> tuple[NDArray[np.float64], Clock]:
        replacements = given.replacements(self._indexed)
        saveper, replacements = self._saveper(given, replacements)
        program = self._program(replacements)
        memory = program.memory()
        base = program.layout.base
        tables: dict[tuple[str, int], ir.Table] = {}
        inputs = {(r.variable, r.how): r for r in replacements}
        for (name, place), value in given.numbers.items():
            replaced = inputs.get((name, "number"))
            if replaced is not None:
                memory[base[replaced.input] + replaced.elements.index(place)] = value
            elif program.model.variables[name].kind == "constant":
                memory[base[name] + place] = value
        for (name, place), table in given.tables.items():
            replaced = inputs.get((name, "series"))
            if replaced is None:
                tables[name, place] = table
            else:
                tables[replaced.input, replaced.elements.index(place)] = table
        points = program.tables(tables)
        program.kernel.member(memory, *points)
        clock = self._clock(program, memory, saveper, stamps, moved)
        if saveper is not None:
            memory[base[self._name("SAVEPER")]] = saveper
        columns = np.array([base[name] + place for name, place in cells], dtype=np.int64)
        program.initialise(memory, points, clock, initial)
        stocks = slice(
            program.layout.first_stock, program.layout.first_stock + program.layout.stocks
        )
        if whole is not None:
            memory[stocks] = whole
        values = program.run(memory, points, clock, method or self._indexed.method, columns)
        end = clock.start + clock.steps * clock.step
        self._last = (end, memory[stocks].copy())
        return values, clock

    def _saveper(
        self, given: Given, replacements: tuple[Replacement, ...]
    ) -> tuple[float | None, tuple[Replacement, ...]]:
        """Take SAVEPER out of the replacements: no equation reads it, so no kernel is needed."""
        name = self._name("SAVEPER")
        value = given.numbers.get((name, 0))
        read = any(
            isinstance(node, ir.Ref) and node.variable == name
            for equation in self._indexed.equations
            for node in ir.walk(equation.body)
        )
        if value is None or read:
            return None, replacements
        return value, tuple(r for r in replacements if r.variable != name)

    def _clock(
        self,
        program: Program,
        memory: NDArray[np.float64],
        saveper: float | None,
        stamps: NDArray[np.float64] | None,
        moved: bool,
    ) -> Clock:
        start, final, step, every = (self._control_value(program, memory, n) for n in CONTROL)
        every = every if saveper is None else saveper
        if not (np.isfinite([start, final, step, every]).all() and step > 0 and every > 0):
            raise InputError(
                f"the time axis makes no sense: INITIAL TIME {start:g}, FINAL TIME {final:g}, "
                f"TIME STEP {step:g}, SAVEPER {every:g}; steps must be above zero"
            )
        steps = max(0, int(np.ceil((final - start) / step - SLACK)))
        if steps > MAX_STEPS:
            raise InputError(
                f"TIME STEP {step:g} makes {steps:,} steps from {start:g} to {final:g}; "
                f"at most {MAX_STEPS:,} are run"
            )
        if stamps is None:
            wanted = start + every * np.arange(int(np.floor((final - start) / every + SLACK)) + 1)
        else:
            wanted = np.unique(np.asarray(stamps, dtype=float))
        exact = (wanted - start) / step
        rows = np.round(exact).astype(np.int64)
        on_grid = np.abs(exact - rows) <= SLACK
        if stamps is not None and not (on_grid & (rows >= 0) & (rows <= steps)).all():
            off = wanted[~(on_grid & (rows >= 0) & (rows <= steps))][0]
            raise InputError(
                f"return_timestamps: {off:g} is not one of the times {start:g}, "
                f"{start + step:g} ... {start + steps * step:g}"
            )
        rows = rows[on_grid & (rows <= steps)]
        # PySD computes initial values at the file's INITIAL TIME, wherever the run then starts.
        origin = self._indexed.constants.get(self._name("INITIAL TIME"), (start,))[0]
        times = start + step * rows.astype(np.float64)
        return Clock(origin if moved else start, start, step, steps, rows, times)

    def _control_value(self, program: Program, memory: NDArray[np.float64], name: str) -> float:
        own = self._name(name)
        if own in program.dynamic:
            raise InputError(f"{name} changes during the run, which is not supported")
        return float(memory[program.layout.base[own]])

    def _name(self, control: str) -> str:
        return self._directory.find(control)[0].name

    def _unit(self, control: str) -> str:
        return self.variables[self._name(control)].unit

    def _columns(
        self, asked: Sequence[str] | str | None
    ) -> list[tuple[str, ir.Variable, tuple[int, ...]]]:
        if asked is None or asked == "step":
            dynamic = self._program(()).dynamic
            return [
                (name, variable, tuple(range(variable.size)))
                for name, variable in self.variables.items()
                if variable.kind != "lookup" and (asked is None or name in dynamic)
            ]
        found = []
        for name in [asked] if isinstance(asked, str) else asked:
            variable, places = self._directory.find(name)
            if variable.kind == "lookup":
                raise InputError(f'"{name}" is a table of points and has no course over time')
            found.append(
                (name, variable, tuple(range(variable.size)) if places is None else places)
            )
        return found

    def _initial(self, condition):
        """Return (start time or None, {cell: value}, all stocks' values or None)."""
        if condition is None or condition in ("original", "o"):
            return None, {}, None
        if condition in ("current", "c"):
            if self._last is None:
                raise InputError('initial_condition="current" needs an earlier run')
            return self._last[0], {}, self._last[1]
        if not (isinstance(condition, tuple) and len(condition) == 2):
            raise InputError(
                'initial_condition is "original", "current" or (time, {stock: value}), '
                f"not {condition!r}"
            )
        time, values = condition
        given = parse(self._directory, values)
        for name, _ in [*given.numbers, *given.tables]:
            if self.variables[name].kind != "stock":
                raise InputError(f'initial_condition: "{name}" is not a stock; give it in params')
        return float(time), given.numbers, None
