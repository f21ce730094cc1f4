"""The printed C, built by gcc and called."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.as_c import print_c
from benchmarks.workload import Workload

FLAGS = {
    "C, gcc -O2": ("-O2",),
    "C, gcc -O3 -march=native -ffast-math": ("-O3", "-march=native", "-ffast-math"),
}


class CLibrary:
    """A workload's equations in C, compiled with ``flags``.

    Raises
    ------
    CannotPrint
        The model is beyond the printer.
    FileNotFoundError
        There is no gcc.
    """

    def __init__(self, work: Workload, flags: Sequence[str], folder: Path) -> None:
        gcc = shutil.which("gcc")
        if gcc is None:
            raise FileNotFoundError("gcc is not installed")
        plan = work.model.blueprint
        method = work.model.control.method
        text = print_c(plan.model, plan.order, plan.layout, method)
        # A name of its own: the system takes a library under a name that it knows for one that it
        # has loaded, where the file behind it happens to be in the same place of the disk.
        stem = f"{hashlib.sha256(text.encode()).hexdigest()[:16]}-{''.join(flags)}"
        source = folder / f"{stem}.c"
        source.write_text(text, "utf-8")
        library = source.with_suffix(".so")
        unlinked = library.with_suffix(".o")
        for command in (
            [gcc, "-std=gnu11", "-w", "-fPIC", *flags, "-c", "-o", str(unlinked), str(source)],
            # Without -ffast-math: linking with it makes whoever loads the library flush subnormal
            # numbers to zero (crtfastmath.o, gcc up to 12), which would touch the other peers.
            [gcc, "-shared", "-o", str(library), str(unlinked), "-lm"],
        ):
            subprocess.run(command, check=True)
        self._run = ctypes.CDLL(str(library)).ensemble
        self._run.restype = None
        self._work = work
        layout = plan.layout
        self._defaults = np.full(layout.size + 1, np.nan)
        stocks = layout.first_stock
        self._defaults[stocks : stocks + 2 * layout.stocks] = 0.0
        for name, values in plan.model.constants.items():
            first = layout.base[name]
            self._defaults[first : first + len(values)] = values
        self._varied = np.array([layout.base[n] for n in work.params.columns], dtype=np.int64)
        self._columns = np.array(
            [
                layout.base[name] + k
                for name in work.outputs
                for k in range(plan.model.variables[name].size)
            ],
            dtype=np.int64,
        )

    def ensemble(self, members: int) -> NDArray[np.float64]:
        """Run the workload's first members; return members x times x elements of the outputs."""
        clock = self._work.clock
        values = np.ascontiguousarray(self._work.first(members).to_numpy(float))
        out = np.empty((members, len(clock.rows), len(self._columns)))
        self._run(
            _pointer(self._defaults),
            _pointer(self._varied),
            ctypes.c_int64(len(self._varied)),
            _pointer(values),
            ctypes.c_int64(members),
            ctypes.c_double(clock.start),
            ctypes.c_double(clock.step),
            ctypes.c_int64(clock.steps),
            _pointer(clock.rows),
            ctypes.c_int64(len(clock.rows)),
            _pointer(self._columns),
            ctypes.c_int64(len(self._columns)),
            _pointer(out),
        )
        return out


def _pointer(array: NDArray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
