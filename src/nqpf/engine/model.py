"""The public model: load a file, run it, run many of it."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nqpf.engine import cache, ir
from nqpf.engine.dataset import dataset, require_room
from nqpf.engine.ensemble import Ensemble, at_least_one
from nqpf.engine.methods import Tolerance, tableau
from nqpf.engine.names import canonical
from nqpf.engine.parameters import Directory, Given, Names, named, parse, parse_frame, real
from nqpf.engine.passes.index import index
from nqpf.engine.passes.override import Replacement
from nqpf.engine.passes.stateful import expand
from nqpf.engine.passes.symbols import CONTROL
from nqpf.engine.program import Blueprint, Cell, Program, Progress, blueprint
from nqpf.engine.reader.runs import gather
from nqpf.engine.reader.sheets import digest
from nqpf.engine.reader.text import read_bytes
from nqpf.engine.simulate import Request, Simulation
from nqpf.engine.variant import Said, with_numbers
from nqpf.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True)
class Control:
    """The control variables of a model file, in its time unit, and its integration method."""

    initial_time: float
    final_time: float
    time_step: float
    saveper: float
    time_unit: str
    method: str


def load(
    path: str | Path, progress: Progress | None = None, data: Any = None, changes: str = ""
) -> Model:
    """Load a system-dynamics model.

    Parameters
    ----------
    path
        A ``.mdl`` (Vensim), ``.xmile`` or ``.stmx`` (Stella) file. Data files that it names are
        looked for from its folder.
    progress
        Called with a short text at the start of each slow stage (reading, compiling).
    data
        Values over time for the data variables that have no equation: a file (text such as
        ``.csv`` or ``.tab`` or the first sheet of a workbook, one variable a column or a row, as
        runs are written; ``.nc`` as ``nqpf run`` writes it), a DataFrame (index: times, columns:
        ``"Name[East]"``), a list of them, or a mapping from files to names of variables.
    changes
        Equations to add to the file's, written as in a ``.mdl`` file whatever the file is. One
        for a variable of the file takes its place; ``name as in the file`` is then what it was:
        ``"births = 0.9 * births as in the file ~~|"``.

    Raises
    ------
    InputError
        The file cannot be read, or uses what the engine does not support, or data is missing; the
        message lists every place.
    """
    path = Path(path)
    try:
        content = read_bytes(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); expected a .mdl or .xmile model file"
        ) from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    runs = gather(data)
    parts = [path.suffix.lower(), hashlib.sha256(content).hexdigest(), *(run.key for run in runs)]
    if changes:
        parts.append(f"changes {changes}")
    # Which data files a model names follows from its content; what they hold is in the key, too.
    files_key = cache.digest("files", *parts)
    names = cache.load_object(files_key)
    if isinstance(names, tuple):
        key, total = _keys(parts, {name: digest(path.parent, name) for name in names})
        stored = cache.load_object(key)
        if isinstance(stored, ir.IndexedModel):
            return Model(stored, path.stem, total, key, progress)
    if progress is not None:
        progress("reading")
    from nqpf.engine.reader import read

    source = read(path, runs, changes)
    key, total = _keys(parts, source.files)
    try:
        written = index(source)
        model = Model(written, path.stem, total, key, progress)
        model.prepare()
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    cache.store_object(key, written)
    cache.store_object(files_key, tuple(source.files))
    return model


def _keys(parts: list[str], files: dict[str, str]) -> tuple[str, str]:
    """Return the key of a read model in the cache, and the hash of all that it was made of."""
    parts = [*parts, *(f"{name} {files[name]}" for name in sorted(files))]
    total = parts[1]
    if len(parts) > 2:
        total = hashlib.sha256("\n".join(parts[1:]).encode()).hexdigest()
    return cache.digest("model", *parts), total


class Model:
    """A loaded model. Runs do not change it; ``initial_condition="current"`` is the one memory."""

    def __init__(
        self,
        written: ir.IndexedModel,
        name: str,
        digest: str,
        key: str,
        progress: Progress | None = None,
    ) -> None:
        self.name = name
        self.hash = digest
        self.written = written  # delays and their kin as in the file
        self._indexed = indexed = expand(written)
        self._key = key
        self._progress = progress
        self._directory = Directory(indexed)
        self._programs: dict[tuple[tuple[Replacement, ...], bool], Program] = {}
        self._last: tuple[float, NDArray[np.float64]] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the equations alone; where they arrive they are compiled, or found compiled."""
        return Model, (self.written, self.name, self.hash, self._key)

    def amended(self, written: ir.IndexedModel, how: str) -> Model:
        """Return a model of other equations; ``how`` they follow from this model's, in words."""
        return Model(written, self.name, self.hash, cache.digest(self._key, how), self._progress)

    def prepare(self) -> None:
        """Do what a run needs before the compilation; InputError if equations have no order."""
        blueprint(self._indexed, self._key)

    def with_numbers(
        self, numbers: Mapping[str, Any], said: Mapping[str, Said] | None = None
    ) -> Model:
        """Return this model with other constants and tables, as if they stood in the file.

        Unlike parameters of a run they are what the model then says of itself: its constants, its
        hash, and with ``said`` its documentation and ranges. See `variant.with_numbers`.
        """
        written, digest = with_numbers(self.written, numbers, said or {})
        total = hashlib.sha256(f"{self.hash} {digest}".encode()).hexdigest()
        key = cache.digest("variant", self._key, digest)
        return Model(written, self.name, total, key, self._progress)

    # --- what is in the model -----------------------------------------------------------------

    @property
    def variables(self) -> Mapping[str, ir.Variable]:
        """Name in the file -> variable, in file order."""
        return self._directory.visible

    def find(self, name: str) -> ir.Variable:
        """Return a variable by any spelling of its name; InputError if there is none."""
        return self._directory.find(name)[0]

    def places(self, name: str) -> tuple[ir.Variable, tuple[int, ...]]:
        """Return a variable and the row-major places that ``"Name[East]"`` names, or all."""
        variable, places = self._directory.find(name)
        return variable, tuple(range(variable.size)) if places is None else places

    def axes(self, variable: ir.Variable) -> list[tuple[str, ...]]:
        """Return the elements of each subscript of a variable."""
        return self._directory.axes(variable)

    def labels(self, variable: ir.Variable) -> list[str]:
        """Return what stands behind the name of each element: ``[East]``; row-major."""
        return self._directory.labels(variable)

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

    def tables(self, name: str) -> list[pd.Series]:
        """Return the points of a lookup, x -> y, a Series an element; InputError if it is none."""
        import pandas as pd

        variable = self.find(name)
        if variable.kind not in ("lookup", "data"):
            raise InputError(f'"{variable.name}" is no table but of kind {variable.kind}')
        return [
            pd.Series(each.y, index=each.x, name=variable.name + label)
            for each, label in zip(
                self._indexed.tables[variable.name], self.labels(variable), strict=True
            )
        ]

    @cached_property
    def control(self) -> Control:
        """The file's control variables."""
        simulation = self._simulation(Given(), [], None)
        start, final, step, saveper = simulation.settings
        return Control(start, final, step, saveper, self._time_unit, self._indexed.method)

    @cached_property
    def blueprint(self) -> Blueprint:
        """The equations in order of evaluation, their memory layout and the source compiled."""
        return self._plan(())

    @property
    def source(self) -> str:
        """The Python source that is compiled, for reading."""
        return self.blueprint.source.text

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
        rtol: float | None = None,
        atol: float | None = None,
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
            ``"euler"``, ``"rk2"``, ``"rk4"``, or ``"rk45"``, which cuts every time step into as
            many as the tolerance needs; None: what the file says.
        rtol, atol
            Error that a step of ``"rk45"`` may make in a stock: the larger of ``rtol`` times the
            stock and ``atol`` (in the stock's unit). None: the file's RELATIVE TOLERANCE and
            ABSOLUTE TOLERANCE (Vensim), else 1e-6 and 1e-9.

        Returns
        -------
        DataFrame
            A row a saved time, a column an element: ``"GDP[East]"``. Where ``"rk45"`` cannot keep
            the tolerance a warning says so, and the rest is NaN.
        """
        import pandas as pd

        own = named(params, "params")
        own |= {
            name: value
            for name, value in zip(CONTROL[1:], (final_time, time_step, saveper), strict=True)
            if value is not None
        }
        given = parse(self._directory, own)
        start, initial, stocks = self._initial(initial_condition)
        if start is not None:
            given.numbers[self._name("INITIAL TIME"), 0] = np.array([start])
        stamps = None
        if return_timestamps is not None:
            stamps = np.array(
                [real("return_timestamps", x) for x in np.ravel(return_timestamps).tolist()]
            )
        if stamps is not None and final_time is None and stamps.size:
            given.numbers[self._name("FINAL TIME"), 0] = stamps.max(keepdims=True)
        # PySD computes initial values at the file's INITIAL TIME, wherever the run then starts.
        file_start = self._indexed.constants.get(self._name("INITIAL TIME"), (start,))[0]
        names = self._columns(return_columns)
        simulation = self._simulation(
            given,
            names,
            method,
            stamps=stamps,
            initial=initial,
            stocks=stocks,
            origin=None if start is None else file_start,
            tolerance=(rtol, atol),
        )
        cells = sum(len(places) for _, _, places in names)
        require_room(1, len(simulation.clock.times), cells, "shorten the run")
        block = simulation.members(np.array([0]))
        if block.stuck is not None:
            variable, time = block.stuck
            warnings.warn(
                f'"{variable}" cannot keep the tolerance past time {time:.6g}: the rest of the run '
                "is missing (a larger rtol or atol may help, or a fixed method)",
                RuntimeWarning,
                stacklevel=2,
            )
        clock = simulation.clock
        self._last = (clock.end, block.end[:, 0].copy())
        columns: list[str] = []
        for asked, variable, places in names:
            labels = self._directory.labels(variable)
            stem = asked.partition("[")[0] if len(places) < variable.size else asked
            columns.extend(stem + labels[place] for place in places)
        index_ = pd.Index(clock.times, name="time")
        return pd.DataFrame(block.values[0], index=index_, columns=columns)

    def ensemble(
        self,
        params: pd.DataFrame,
        outputs: Sequence[str] | None = None,
        threads: int | None = None,
        method: str | None = None,
        initial: pd.DataFrame | None = None,
        rtol: float | None = None,
        atol: float | None = None,
    ) -> xr.Dataset:
        """Run the model once for each row of ``params``.

        A member's results are the same bits whatever the other members are, how many there are,
        where it stands among them and how many threads run.

        Parameters
        ----------
        params
            A row a run, a column a parameter (``"Name"`` or ``"Name[East]"``): numbers, or
            pandas Series (over time, or new points of a lookup) as cells. Members whose Series
            are equal run side by side; a few Series shared by many members cost nothing, one for
            each member makes it up to 16 times slower.
        outputs
            Names of variables to keep; None: all but lookups.
        threads
            Threads to use; None: one a processor.
        method, rtol, atol
            As in ``run``; with ``"rk45"`` every member has its own steps.
        initial
            Initial values of stocks, a row a run, a column a stock or an element of one.

        Returns
        -------
        Dataset
            Dimensions ``run`` x ``time`` (x subscripts), units in ``attrs``; the index of
            ``params`` is the coordinate ``run``. A member with a stock or an output that is not
            finite keeps what it gave, and is named in the coordinates ``failed`` (0: sound, 1:
            infinite, by overflow or division by zero, 2: undefined, by a function outside its
            domain, 3: rk45 cannot keep the tolerance), ``failed_variable`` and ``failed_time`` of
            ``run``: where it began.

        Raises
        ------
        InputError
            A name or a value is wrong, a member's time axis makes no sense, or the results
            would not fit into memory.
        """
        ensemble = self._ensemble(params, outputs, method, initial, (rtol, atol))
        count = len(params)
        require_room(count, len(ensemble.times), ensemble.cells, "take them in parts: stream(...)")
        (whole,) = ensemble.stream(
            count, None if threads is None else at_least_one("threads", threads)
        )
        return whole

    def stream(
        self,
        params: pd.DataFrame,
        outputs: Sequence[str] | None = None,
        threads: int | None = None,
        method: str | None = None,
        initial: pd.DataFrame | None = None,
        size: int | None = None,
        rtol: float | None = None,
        atol: float | None = None,
    ) -> Iterator[xr.Dataset]:
        """Run an ensemble and yield its results ``size`` members at a time.

        Arguments and results are those of ``ensemble``. Only the part that is being computed and
        the one that the caller still holds are in memory. ``size`` None: as many as make 256 MiB,
        at most 8192.
        """
        ensemble = self._ensemble(params, outputs, method, initial, (rtol, atol))
        size = ensemble.fitting if size is None else at_least_one("size", size)
        count = min(size, len(params))
        require_room(count, len(ensemble.times), ensemble.cells, f"stream less than size={size:,}")
        return ensemble.stream(size, None if threads is None else at_least_one("threads", threads))

    # --- inside -------------------------------------------------------------------------------

    def _program(self, replacements: tuple[Replacement, ...], adaptive: bool) -> Program:
        program = self._programs.get((replacements, adaptive))
        if program is None:
            plan = blueprint(self._indexed, self._key, replacements, adaptive)
            program = self._programs[replacements, adaptive] = Program(plan, self._progress)
        return program

    def _plan(self, replacements: tuple[Replacement, ...]) -> Blueprint:
        """Return what a program is made of, nothing compiled."""
        return blueprint(self._indexed, self._key, replacements)

    def _ensemble(
        self,
        params: pd.DataFrame,
        outputs: Sequence[str] | None,
        method: str | None,
        initial: pd.DataFrame | None,
        tolerance: tuple[float | None, float | None],
    ) -> Ensemble:
        """Check a request for many runs; nothing is run yet."""
        asked = self._columns(outputs)
        for _, variable, places in asked:
            if len(places) < variable.size:
                raise InputError(f'an output is a whole variable, not "{variable.name}[...]"')
        names = list({each[1].name: each for each in asked}.values())
        groups = parse_frame(self._directory, params)
        index_ = params.index
        if len(index_) == 0:
            raise InputError("an ensemble needs at least one row of parameters")
        starts = self._starts(initial, len(index_))
        parts = [
            (
                rows,
                self._simulation(
                    given,
                    names,
                    method,
                    len(rows),
                    initial={cell: values[rows] for cell, values in starts.items()},
                    labels=index_[rows],
                    tolerance=tolerance,
                ),
            )
            for rows, given in groups
        ]
        cells = sum(len(places) for _, _, places in names)
        attrs = {"model": self.name, "model_hash": self.hash}
        describe = partial(dataset, self._directory, names, self._time_unit, attrs)
        return Ensemble(index_, parts, cells, describe)

    def _starts(self, initial: pd.DataFrame | None, count: int) -> dict[Cell, NDArray[np.float64]]:
        """Return initial values by member."""
        if initial is None:
            return {}
        groups = parse_frame(self._directory, initial, "initial")
        if len(initial) != count:
            raise InputError(f"initial has {len(initial)} rows for {count} rows of parameters")
        for name, _ in groups[0][1].tables:
            raise InputError(f'initial: "{name}" is a Series; a stock starts from a number')
        return self._stocks_only(groups[0][1])

    def _simulation(
        self,
        given: Given,
        names: Names,
        method: str | None,
        count: int = 1,
        tolerance: tuple[float | None, float | None] = (None, None),
        **more: Any,
    ) -> Simulation:
        method = method or self._indexed.method
        adaptive = tableau(method).error is not None
        if not adaptive and tolerance != (None, None):
            raise InputError(
                f'rtol and atol are for method="rk45", which chooses its steps; this is "{method}"'
            )
        replacements = given.replacements(self._indexed)
        saveper, replacements = self._saveper(given, replacements)
        inputs: dict[Cell, Cell] = {
            (each.variable, element): (each.input, number)
            for each in replacements
            for number, element in enumerate(each.elements)
        }
        request = Request(
            given=given,
            count=count,
            cells=[(variable.name, place) for _, variable, places in names for place in places],
            control=self._control_names,
            method=method,
            saveper=saveper,
            tolerance=self._tolerance(*tolerance),
            **more,
        )
        return Simulation(self._program(replacements, adaptive), request, inputs)

    def _tolerance(self, rtol: float | None, atol: float | None) -> tuple[float | str, ...]:
        """Return what is given, else what the file says or the usual."""
        relative, absolute = self._own_tolerance
        return (
            relative if rtol is None else real("rtol", rtol),
            absolute if atol is None else real("atol", atol),
        )

    @cached_property
    def _own_tolerance(self) -> tuple[float | str, float | str]:
        """The names of the file's constants (Vensim manual, special variables), or the usual."""
        own = {canonical(name): name for name in self._indexed.constants}
        return (
            own.get(canonical("RELATIVE TOLERANCE"), Tolerance.relative),
            own.get(canonical("ABSOLUTE TOLERANCE"), Tolerance.absolute),
        )

    def _saveper(
        self, given: Given, replacements: tuple[Replacement, ...]
    ) -> tuple[float | None, tuple[Replacement, ...]]:
        """Take SAVEPER out of the replacements: no equation reads it, so no kernel is needed."""
        name = self._name("SAVEPER")
        value = given.numbers.get((name, 0))
        if value is None or self._saveper_is_read:
            return None, replacements
        if (value != value[0]).any():
            raise InputError(
                f"SAVEPER is {value.min():g} to {value.max():g}: the runs of an ensemble must save "
                "at the same times"
            )
        return float(value[0]), tuple(r for r in replacements if r.variable != name)

    @cached_property
    def _saveper_is_read(self) -> bool:
        name = self._name("SAVEPER")
        return any(
            isinstance(node, ir.Ref) and node.variable == name
            for equation in self._indexed.equations
            for node in ir.walk(equation.body)
        )

    @cached_property
    def _control_names(self) -> tuple[str, str, str, str]:
        initial, final, step, saveper = map(self._name, CONTROL)
        return initial, final, step, saveper

    def _name(self, control: str) -> str:
        return self._directory.find(control)[0].name

    @property
    def _time_unit(self) -> str:
        """The unit of the first control variable that has one, SAVEPER first."""
        units = (self.variables[self._name(name)].unit for name in CONTROL[::-1])
        return next(filter(None, units), "")

    def _columns(self, asked: Iterable[str] | str | None) -> Names:
        found = self._directory.columns(None if asked == "step" else asked)
        if asked != "step":
            return found
        return [each for each in found if each[1].name in self.blueprint.dynamic]

    def _initial(self, condition):
        """Return (start time or None, {cell: value}, all stocks' values or None)."""
        if condition is None or condition in ("original", "o"):
            return None, {}, None
        if condition in ("current", "c"):
            if self._last is None:
                raise InputError('initial_condition="current" needs an earlier run')
            if self._indexed.records:
                owners = dict.fromkeys(name.partition(" of ")[2] for name in self._indexed.records)
                shown = ", ".join(f'"{name}"' for name in list(owners)[:3])
                more = f" and {len(owners) - 3} more" if len(owners) > 3 else ""
                raise InputError(
                    f'initial_condition="current" cannot go on with the past steps that {shown}'
                    f"{more} remember (DELAY FIXED, DELAY N, SMOOTH N, SAMPLE IF TRUE and other "
                    "discrete functions); run the whole span at once"
                )
            return self._last[0], {}, self._last[1]
        if not (isinstance(condition, tuple) and len(condition) == 2):
            raise InputError(
                'initial_condition is "original", "current" or (time, {stock: value}), '
                f"not {condition!r}"
            )
        time, values = condition
        given = parse(self._directory, named(values, "initial_condition"))
        return real("initial_condition", time), self._stocks_only(given), None

    def _stocks_only(self, given: Given) -> dict[Cell, NDArray[np.float64]]:
        for name, _ in [*given.numbers, *given.tables]:
            if self.variables[name].kind != "stock":
                raise InputError(f'initial_condition: "{name}" is not a stock; give it in params')
        return given.numbers
