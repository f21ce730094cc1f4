"""The public suite of the field, SDXorg/test-models: what every model gives.

The rule of comparison is PySD's own (``pysd.tools.benchmarking``): every column of the expected
output, every saved time, ``|expected - actual| <= 1e-5 + 1e-5 |actual|``.
"""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

import nqpf
from benchmarks.suite import ATOL, RTOL, data_file, expected_output, model_files

# What fails today, and why: a path (may hold *) -> reason. A case that starts to pass fails the
# test until its line is gone.
NOT_YET: dict[str, str] = {}

# What cannot pass, and why.
UNSOUND: dict[str, str] = {
    "samples/Roessler_Chaos/*": "chaos: Vensim's single precision shows after 36 time units",
    "tests/active_initial/*.[sx]*": "the converter lost ACTIVE INITIAL",
    "tests/allocate_available/*": "Vensim's search for the price stops at 1e-4; PySD, too, differs",
    "tests/data_from_other_model/model_*": "makes data for its neighbour, has no output of its own",
    "tests/get_constants/*": "names files that the suite does not hold",
    "tests/get_constants_incomplete_subscript/*": "Vensim's output starts at 1, the file says 0",
    "tests/get_data/*": "names files that the suite does not hold",
    "tests/get_time_value/test_get_time_value.mdl": (
        "the output beside it is its neighbour's; seconds to seed random numbers (measure 10)"
    ),
    "tests/macro_*.[sx]*": "the converter lost the macro",
    "tests/rounding/*.xmile": "Vensim's output; INT and MOD of XMILE round down (section 3.5.1)",
    "tests/smooth_and_stock/*.[sx]*": "the converter lost the variable Input",
    "tests/subscript_1d_arrays/*.[sx]*": "the converter lost constants (???)",
    "tests/subscript_constant_call/*.[sx]*": "the converter lost constants (???)",
    "tests/subscript_mixed_assembly/*.[sx]*": "the converter lost constants (???)",
    "tests/subscript_multiples/*.[sx]*": "the converter lost constants (???)",
    "tests/subscript_subranges*/*.[sx]*": "the converter lost constants (???)",
    "tests/subscript_updimensioning/*.[sx]*": "the converter lost constants (???)",
    "tests/subscripted_flows/*.[sx]*": "the converter lost constants (???)",
}

# Columns that hang on random numbers, which no two programs draw alike; the others are compared.
DRAWN = {
    "samples/Query_file/Query_file.mdl": (
        "kWhPerStovePerDay",
        "EnergyConsumptionRate",
        "TotalEnergyConsumption",
    ),
}


def cases(folder: Path) -> list[str]:
    """Return the models of the suite, as paths below ``folder``."""
    return [path.relative_to(folder).as_posix() for path in model_files(folder)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder: Path | None = metafunc.config.getoption("--test-models")
    if "case" not in metafunc.fixturenames:
        return
    if folder is None:
        skip = pytest.mark.skip(reason="needs --test-models PATH")
        metafunc.parametrize("case", [pytest.param("", marks=skip)])
        return
    metafunc.parametrize("case", [pytest.param(c, marks=_marks(c), id=c) for c in cases(folder)])


def _marks(case: str) -> list[pytest.MarkDecorator]:
    known = NOT_YET | UNSOUND
    return [pytest.mark.xfail(reason=why) for name, why in known.items() if fnmatch(case, name)]


def test_suite(case: str, request: pytest.FixtureRequest):
    folder = request.config.getoption("--test-models", skip=True)
    assert isinstance(folder, Path)
    path = folder / case
    model = nqpf.load(path, data=data_file(path))
    expected = expected_output(path)
    if expected is None:
        model.run()
        return
    # Vensim made the outputs with Euler's method, whatever else a file asks for.
    actual = model.run(return_columns=list(expected.columns), method="euler")
    # The suite prints times with as few as four digits.
    np.testing.assert_allclose(actual.index, expected.index, rtol=1e-5, atol=5e-4)
    wrong = []
    for name in expected.columns.difference(DRAWN.get(case, ()), sort=False):
        want, have = expected[name].to_numpy(), actual[name].to_numpy()
        close = np.abs(want - have) <= ATOL + RTOL * np.abs(have)
        close |= np.isnan(want) & np.isnan(have)
        if not close.all():
            row = int(close.argmin())
            wrong.append(f"{name} at {expected.index[row]:g}: {have[row]:g}, not {want[row]:g}")
    assert not wrong, "; ".join(wrong)
