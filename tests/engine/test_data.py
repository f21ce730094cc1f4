"""Data from outside the model. Files are written by the tests; expected values by hand.

References: Vensim manual, GET DIRECT CONSTANTS, DATA, LOOKUPS and SUBSCRIPT; Data Equations; GET
DATA BETWEEN TIMES.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook.defined_name import DefinedName

import nqpf
from nqpf.engine.reader.external import read_points
from nqpf.engine.reader.points import over_time
from nqpf.engine.reader.sheets import Files

Cells = Mapping[str, float | str]
RANGES = "r: p, q ~~|\nc: u, v, w ~~|\n"


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., None]:
    def make(cells: Cells, names: Mapping[str, str] = {}, file="in.xlsx", sheet="Numbers"):
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.title = sheet
        for name, value in cells.items():
            page[name] = value
        for name, area in names.items():
            book.defined_names[name] = DefinedName(name, attr_text=f"{sheet}!{area}")
        book.save(tmp_path / file)

    return make


def old_workbook(cells: Mapping[tuple[int, int], float | str]) -> bytes:
    """Return a ``.xls`` file in the oldest of its formats, BIFF2, which is a list of records."""

    def record(code: int, data: bytes) -> bytes:
        return struct.pack("<HH", code, len(data)) + data

    written = record(0x09, struct.pack("<HH", 2, 0x10)) + record(0x42, struct.pack("<H", 1252))
    for (row, column), value in cells.items():
        head = struct.pack("<HH", row, column) + bytes(3)
        if isinstance(value, str):
            written += record(0x04, head + bytes([len(value)]) + value.encode("cp1252"))
        else:
            written += record(0x03, head + struct.pack("<d", value))
    return written + record(0x0A, b"")


def message(load: Callable[[], object]) -> str:
    with pytest.raises(nqpf.InputError) as caught:
        load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- constants --------------------------------------------------------------------------------


def test_constants_run_across_and_down(build, workbook):
    workbook({"B2": 1, "C2": 2, "D2": 3, "B3": 4, "C3": 5, "D3": 6})
    model = build(
        RANGES + "one = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'C3') ~~|\n"
        "across[c] = GET XLS CONSTANTS('in.xlsx', 'NUMBERS', 'b2') ~~|\n"
        "down[r] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'D2*') ~~|\n"
        "both[r, c] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'B2') ~~|\n"
        "turned[c, r] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'B2*') ~~|\n"
        "part[r, u] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'B2*') ~~|\n"
        "part[r, v] = 9 ~~|\npart[r, w] = 0 ~~|"
    )
    constants = model.constants
    assert constants["one"] == 5
    assert constants["across"].tolist() == [1, 2, 3]
    assert constants["down"].tolist() == [3, 6]
    assert constants["both"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert constants["turned"].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert constants["part"].tolist() == [[1, 9, 0], [4, 9, 0]]


def test_constants_of_three_subscripts_and_exceptions(build, workbook):
    workbook({"A1": 1, "B1": 2, "C1": 3, "A2": 4, "B2": 5, "C2": 6})
    model = build(
        RANGES + "z: y, n ~~|\n"
        "a[r, y, c] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'A1') ~~|\n"
        "a[r, n, c] = 0 ~~|\n"
        "b[c] :EXCEPT: [v] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'A1') ~~|\nb[v] = -1 ~~|"
    )
    assert model.constants["a"].tolist() == [[[1, 2, 3], [0, 0, 0]], [[4, 5, 6], [0, 0, 0]]]
    assert model.constants["b"].tolist() == [1, -1, 3]


def test_cells_by_name(build, workbook):
    names = {"rate": "$B$2", "row": "$B$2:$D$2", "column": "$B$2:$B$4", "when": "$B$1:$D$1"}
    workbook({"B1": 0, "C1": 5, "D1": 10, "B2": 7, "C2": 8, "D2": 9, "B3": 10, "B4": 11}, names)
    model = build(
        RANGES + "one = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'rate') ~~|\n"
        "across[c] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'Row') ~~|\n"
        "down[c] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'column*') ~~|\n"
        "course := GET DIRECT DATA('in.xlsx', 'Numbers', 'when', 'row') ~~|"
    )
    assert model.constants["one"] == 7
    assert model.constants["across"].tolist() == [7, 8, 9]
    assert model.constants["down"].tolist() == [7, 10, 11]
    assert model.run()["course"].loc[[0, 2.5, 10]].tolist() == [7, 7.5, 9]


def test_text_files_and_folders(build, tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text('x,"1,5",2\n3,4e0,5\n')
    (tmp_path / "b.tab").write_bytes(b"x\t1\r3\t4\r")
    (tmp_path / "c.txt").write_text("x;1\n3;4\n")
    model = build(
        "r: p, q ~~|\na[r] = GET DIRECT CONSTANTS('in\\a.csv', ',', 'B2') ~~|\n"
        "b = GET DIRECT CONSTANTS('b.tab', '', 'B2') ~~|\n"
        "c = GET DIRECT CONSTANTS('c.txt', ';', 'B2') ~~|"
    )
    assert model.constants["a"].tolist() == [4, 5]
    assert (model.constants["b"], model.constants["c"]) == (4, 4)


def test_old_workbooks(build, tmp_path: Path):
    cells = {(0, 0): "x", (0, 1): 0.0, (0, 2): 10.0, (1, 0): "y", (1, 1): 3.0, (1, 2): 4.0}
    (tmp_path / "in.xls").write_bytes(old_workbook(cells))
    model = build("a := GET XLS DATA('in.xls', 'sheet 1', '1', 'B2') ~~|")
    assert model.run()["a"].iloc[[0, 10, 20]].tolist() == [3, 3.5, 4]


# --- data and lookups -------------------------------------------------------------------------

COURSE = {"A1": "year", "B1": 0, "C1": 4, "D1": 8, "A2": "low", "B2": 10, "C2": 20, "D2": 40}


def test_modes_of_data(build, workbook):
    """Time 0, 4, 8; at 6 it is halfway between 20 and 40."""
    workbook(COURSE)
    get = "GET DIRECT DATA('in.xlsx', 'Numbers', '1', 'B2') ~~|\n"
    model = build(
        f"plain := {get}between:INTERPOLATE::= {get}held :HOLD BACKWARD: := {get}"
        f"ahead:LOOK FORWARD::={get}raw:RAW::={get}"
    )
    frame = model.run()
    names = ["plain", "between", "held", "ahead", "raw"]
    assert frame.loc[4.0, names].tolist() == [20] * 5
    assert frame.loc[6.0, names[:4]].tolist() == [30, 30, 20, 40]
    assert frame.loc[4.5, names[:4]].tolist() == [22.5, 22.5, 20, 40]
    assert frame.loc[10.0, names[:4]].tolist() == [40] * 4
    assert frame["raw"].dropna().to_dict() == {0: 10, 4: 20, 8: 40}


def test_a_step_of_data_is_met_however_time_is_rounded(build, tmp_path: Path):
    """3 * 0.1 is 0.30000000000000004, yet the point at 0.3 is met, and not passed, at step 3."""
    (tmp_path / "d.csv").write_text("0,1\n0.3,2\n0.6,3\n0.9,4\n")
    model = build(
        "a :HOLD BACKWARD: := GET DIRECT DATA('d.csv', ',', 'A', 'B1') ~~|\n"
        "b :LOOK FORWARD: := GET DIRECT DATA('d.csv', ',', 'A', 'B1') ~~|\n"
        "c :RAW: := GET DIRECT DATA('d.csv', ',', 'A', 'B1') ~~|",
        final=1,
        step=0.1,
    )
    frame = model.run()
    assert frame["a"].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4]
    assert frame["b"].tolist() == [1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4]
    assert frame["c"].notna().tolist() == [k % 3 == 0 for k in range(10)] + [False]


def test_data_of_several_elements_down_a_column_with_gaps(build, workbook):
    """Missing values are left out; time may stand in any order; a text for a time is no point."""
    workbook(
        {"A2": 8, "A3": 0, "A4": 4, "A5": "note", "B2": 40, "B3": 10, "C3": 1, "C2": 3, "C4": "NA"}
    )
    model = build("r: p, q ~~|\nd[r] := GET DIRECT DATA('in.xlsx', 'Numbers', 'A', 'B2') ~~|")
    frame = model.run()
    assert frame.loc[4.0, ["d[p]", "d[q]"]].tolist() == [25, 2]


def test_an_element_without_data_is_undefined(build, workbook):
    workbook({"A1": 0, "B1": 10, "A2": 5, "B2": 6})
    model = build(
        "r: p, q ~~|\nd[r] := GET DIRECT DATA('in.xlsx', 'Numbers', '1', 'A2') ~~|\n"
        "e = d[p] * 2 ~~|"
    )
    frame = model.run()
    assert frame["e"].iloc[-1] == 12
    assert frame["d[q]"].isna().all()


def test_lookups_from_a_file(build, workbook):
    workbook(COURSE | {"B3": 1, "C3": 1, "D3": 2})
    model = build(
        "r: p, q ~~|\nt[r] = GET DIRECT LOOKUPS('in.xlsx', 'Numbers', '1', 'B2') ~~|\n"
        "s( GET XLS LOOKUPS('in.xlsx', 'Numbers', '1', 'B2') ) ~~|\n"
        "a[r] = t[r](6) + Time * 0 ~~|\nb = s(Time / 10) ~~|"
    )
    last = model.run().iloc[-1]
    assert last[["a[p]", "a[q]", "b"]].tolist() == [30, 1.5, 12.5]
    assert model.variables["t"].kind == "lookup"


def test_one_variable_of_data_constants_and_equations(build, workbook):
    workbook(COURSE)
    model = build(
        "c: u, v, w ~~|\nx[u] := GET DIRECT DATA('in.xlsx', 'Numbers', '1', 'B2') ~~|\n"
        "x[v] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'C2') ~~|\nx[w] = Time ~~|\n"
        "y[c] = x[c] + 1 ~~|"
    )
    assert model.run().loc[2.0, ["y[u]", "y[v]", "y[w]"]].tolist() == [16, 21, 3]


def test_elements_from_a_file(build, workbook):
    workbook(
        {"B1": "East", "C1": "West", "B2": 3, "D2": "South", "B4": 1, "C4": 2, "D4": 3, "E4": 4}
    )
    model = build(
        "region: GET DIRECT SUBSCRIPT('in.xlsx', 'Numbers', 'B1', 'D2', 'R ') ~~|\n"
        "a[region] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'B4') ~~|"
    )
    assert model.subscripts["region"] == ("R East", "R West", "R 3", "R South")
    assert model.run().iloc[0]["a[R South]"] == 4


def test_functions_of_data(build, workbook):
    """Points 10, 20, 40 at 0, 4, 8; outside them GET DATA BETWEEN TIMES gives :NA:."""
    workbook(COURSE)
    model = build(
        "d := GET DIRECT DATA('in.xlsx', 'Numbers', '1', 'B2') ~~|\n"
        "between = GET DATA BETWEEN TIMES(d, 6, 0) + 0 * Time ~~|\n"
        "ahead = GET DATA BETWEEN TIMES(d, Time - 2, 1) ~~|\n"
        "held = GET DATA BETWEEN TIMES(d, Time - 2, -1) ~~|\n"
        "mode = 1 ~~|\nchosen = GET DATA BETWEEN TIMES(d, 5, mode) ~~|\n"
        "at = GET DATA AT TIME(d, 4) ~~|\nnot at = GET DATA AT TIME(d, 5) ~~|\n"
        "first = GET DATA FIRST TIME(d) ~~|\nlast = GET DATA LAST TIME(d) ~~|\n"
        "later := TIME SHIFT(d, 2) ~~|"
    )
    frame = model.run()
    assert frame.loc[6.0, ["between", "ahead", "held", "chosen"]].tolist() == [30, 20, 20, 40]
    assert frame.loc[7.0, ["ahead", "held"]].tolist() == [40, 20]
    assert frame.loc[10.0, ["ahead", "held"]].tolist() == [40, 40]
    assert frame.loc[0.0, ["ahead", "held", "not at"]].isna().all()
    assert frame.loc[0.0, ["at", "first", "last", "later"]].tolist() == [20, 0, 8, 15]


def test_data_equations(build, workbook):
    """A data variable may be made of others, and read them in a mode of its own."""
    workbook(COURSE | {"B3": 1, "C3": 2, "D3": 3})
    model = build(
        "a := GET DIRECT DATA('in.xlsx', 'Numbers', '1', 'B2') ~~|\n"
        "b := GET DIRECT DATA('in.xlsx', 'Numbers', '1', 'B3') ~~|\nscale = 10 ~~|\n"
        "sum := a + scale * b ~~|\nheld :HOLD BACKWARD: := a + b ~~|"
    )
    frame = model.run()
    assert frame.loc[6.0, ["sum", "held"]].tolist() == [30 + 25, 22]


def test_data_is_a_parameter_like_any_other(build, workbook):
    workbook(COURSE)
    model = build(
        "d := GET DIRECT DATA('in.xlsx', 'Numbers', '1', 'B2') ~ Person ~ people |\n"
        "x = INTEG(d, 0) ~~|"
    )
    assert model.variables["d"].unit == "Person"
    assert model.run({"d": 1})["x"].iloc[-1] == 10
    series = pd.Series([0.0, 10.0], index=[0.0, 10.0])
    assert model.run({"d": series})["d"].iloc[-1] == 10
    many = model.ensemble(pd.DataFrame({"d": [1.0, 2.0]}), outputs=["x"])
    assert many["x"].to_numpy()[:, -1].tolist() == [10, 20]


# --- values handed over -----------------------------------------------------------------------

OUTSIDE = "r: p, q ~~|\nd[r] :HOLD BACKWARD: ~ Person ~|\ne ~~|\nx = d[p] + d[q] + e ~~|"
RUN = pd.DataFrame(
    {"d[p]": [1.0, 2.0], "d[q]": [10.0, 20.0], "E": [100.0, np.nan]}, index=[0.0, 5.0]
)


def run_file(tmp_path: Path, shape: str) -> object:
    frame = RUN.rename_axis("Time")
    if shape == "frame":
        return frame
    path = tmp_path / f"run{'.csv' if shape == 'csv' else '.tab'}"
    mark = "," if shape == "csv" else "\t"
    (frame.T if shape == "rows" else frame).to_csv(path, sep=mark)
    return path


@pytest.mark.parametrize("shape", ["csv", "tab", "rows", "frame"])
def test_data_of_another_run(write, tmp_path: Path, shape):
    model = nqpf.load(write(OUTSIDE), data=run_file(tmp_path, shape))
    frame = model.run()
    assert frame.loc[4.5, ["d[p]", "d[q]", "e", "x"]].tolist() == [1, 10, 100, 111]
    assert frame.loc[5.0, "x"] == 122


def test_data_of_several_runs(write, tmp_path: Path):
    """The first source that has a variable counts, unless the call says which."""
    other = RUN[["E"]] * 7
    path = write(OUTSIDE)
    assert nqpf.load(path, data=[other, RUN]).run()["e"].iloc[0] == 700
    files = {}
    for name, frame in (("a.csv", RUN), ("b.csv", RUN * 3)):
        frame.rename_axis("Time").to_csv(tmp_path / name)
        files[tmp_path / name] = ["e"] if name == "b.csv" else "D"
    first = nqpf.load(path, data=files).run().iloc[0]
    assert first[["d[p]", "e"]].tolist() == [1, 300]


def test_data_of_a_workbook_and_of_another_run(write, workbook, tmp_path: Path):
    """A workbook's first sheet, and NetCDF as ``nqpf run`` writes it."""
    path = write(OUTSIDE)
    expected = nqpf.load(path, data=RUN).run()
    times = {f"A{k + 2}": float(time) for k, time in enumerate(RUN.index)}
    cells: dict[str, float | str] = {"A1": "Time", **times}
    for letter, name in zip("BCD", RUN.columns, strict=True):
        values = RUN[name].tolist()
        cells |= {f"{letter}1": name}
        cells |= {f"{letter}{k + 2}": v for k, v in enumerate(values) if v == v}
    workbook(cells, file="run.xlsx")
    pd.testing.assert_frame_equal(nqpf.load(path, data=tmp_path / "run.xlsx").run(), expected)
    source = write(
        RANGES + "d[p] = Time ~~|\nd[q] = 2 * Time ~~|\ne = 3 ~~|",
        name="source.mdl",
        final=6,
        step=1,
    )
    runs = nqpf.load(source).ensemble(pd.DataFrame({"e": [3.0, 4.0]}), ["d", "e"])
    one = runs.isel(run=[1]).drop_vars("run").rename_dims(run="scenario")
    one.to_netcdf(tmp_path / "one.nc", engine="scipy")
    frame = nqpf.load(path, data=tmp_path / "one.nc").run()
    assert frame.loc[4.5, ["d[p]", "d[q]", "e"]].tolist() == [4.0, 8.0, 4.0]
    runs.drop_vars("failed_variable").to_netcdf(tmp_path / "two.nc", engine="scipy")
    text = message(lambda: nqpf.load(path, data=tmp_path / "two.nc"))
    assert "two.nc: holds 2 runs; expected a file with one of them" in text
    for name in ("torn.nc", "torn.xlsx"):
        (tmp_path / name).write_bytes(b"CDF\x01 and no more")
        text = message(lambda name=name: nqpf.load(path, data=tmp_path / name))
        assert f"{name}: not a " in text


def test_data_that_nobody_hands_over(write, tmp_path: Path):
    path = write(OUTSIDE)
    text = message(lambda: nqpf.load(path))
    assert '"d" is a data variable without data; give a file that holds it: --data' in text
    assert '"e" is a data variable without data' in text
    text = message(lambda: nqpf.load(path, data=RUN[["E"]]))
    assert text.endswith('"d" is a data variable that is not in the data frame')
    assert "a file of data ends in" in message(lambda: nqpf.load(path, data="run.pdf"))
    assert "run.csv: cannot be read" in message(lambda: nqpf.load(path, data="run.csv"))
    assert "a file or a DataFrame is expected, not 3" in message(lambda: nqpf.load(path, data=3))
    (tmp_path / "odd.csv").write_text("1,2\n3,4\n")
    text = message(lambda: nqpf.load(path, data=tmp_path / "odd.csv"))
    assert "not a table of values over time; expected names in the first row" in text


# --- the cache --------------------------------------------------------------------------------


def test_a_changed_file_is_noticed(write, workbook, tmp_path: Path):
    path = write("a = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'A1') ~~|\nx = a + Time ~~|")
    workbook({"A1": 1})
    first = nqpf.load(path)
    assert nqpf.load(path).hash == first.hash
    workbook({"A1": 2})
    second = nqpf.load(path)
    assert second.run()["x"].iloc[0] == 2
    assert second.hash != first.hash
    (tmp_path / "in.xlsx").unlink()
    assert "in.xlsx: cannot be read" in message(lambda: nqpf.load(path))


def test_the_same_model_beside_other_files(write, tmp_path: Path):
    text = "a = GET DIRECT CONSTANTS('a.csv', ',', 'A1') ~~|"
    values = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.csv").write_text(str(len(place) + len(values)))
        path = write(text, name=f"{place}/model.mdl")
        values.append(float(nqpf.load(path).constants["a"]))
    assert values == [3, 4]


# --- what is wrong in files -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("a = GET DIRECT CONSTANTS('im.xlsx', 'Numbers', 'A1')", 'Did you mean "in.xlsx"?'),
        ("a = GET DIRECT CONSTANTS('/dev/zero', ',', 'A1')", "/dev/zero: cannot be read"),
        ("a = GET DIRECT CONSTANTS('?in', 'Numbers', 'A1')", "through the settings of Vensim"),
        (
            "a = GET DIRECT CONSTANTS('in.xlsx', 'Number', 'A1')",
            'in.xlsx: has no sheet "Number"; it has Numbers. Did you mean "Numbers"?',
        ),
        (
            "a = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'A2')",
            '"a" reads in.xlsx, sheet "Numbers", cell A2: "low" is not a number',
        ),
        (
            "a[c] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'C1')",
            'in.xlsx, sheet "Numbers", cell E1: empty; expected a number (1 row of 3 cells from C1',
        ),
        (
            "a = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'rates')",
            '"rates" is neither a cell nor a name of cells there. Did you mean "rate"?',
        ),
        (
            "a[c] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'rate')",
            '"rate" names 2 rows of 1 cell; expected 1 row of 3 cells (a "*" behind the cell',
        ),
        (
            "a[r, c, z] = GET DIRECT CONSTANTS('in.xlsx', 'Numbers', 'A1')",
            "3 subscripts run over several elements, and a sheet has rows and columns",
        ),
        ("a := GET DIRECT DATA('in.xlsx', 'Numbers', '9', 'B9')", "no numbers from B9 on along 9"),
        ("a := GET DIRECT DATA('in.xlsx', 'Numbers', '-', 'B9')", '"-" is neither the number of a'),
        ("a := GET DIRECT DATA('in.xlsx', 'Numbers', '4', 'B2')", "5 stands twice along B4"),
        (
            "a := GET DIRECT DATA('in.xlsx', 'Numbers', '1', 'B3')",
            'cell C3: "much" is not a number',
        ),
        (
            "a = GET DIRECT CONSTANTS('in.ods', 'Numbers', 'A1')",
            "in.ods: .ods is not read; save it",
        ),
        ("a = GET DIRECT CONSTANTS('bad.xlsx', 'Numbers', 'A1')", "bad.xlsx: not a workbook that"),
        ("a = GET DIRECT CONSTANTS('bad.xls', 'Numbers', 'A1')", "bad.xls: not a workbook that"),
    ],
)
def test_what_is_wrong_is_named(write, workbook, tmp_path: Path, equation, expected):
    workbook(COURSE | {"B3": 1, "C3": "much", "B4": 5, "C4": 5, "D4": 6}, {"rate": "$B$2:$B$3"})
    for name in ("bad.xlsx", "bad.xls"):
        (tmp_path / name).write_bytes(b"\x00 no workbook")
    path = write(f"{RANGES}z: y, n ~~|\n{equation} ~~|")
    text = message(lambda: nqpf.load(path))
    assert expected in text
    assert text.startswith(f"{path}: ")


def test_all_that_is_missing_is_named_at_once(write):
    text = message(
        lambda: nqpf.load(
            write(
                "a = GET DIRECT CONSTANTS('a.csv', ',', 'A1') ~~|\n"
                "b := GET DIRECT DATA('b.csv', ',', '1', 'A2') ~~|\nc ~~|"
            )
        )
    )
    assert text.count("cannot be read") == 2
    assert '"c" is a data variable without data' in text


def test_functions_of_data_want_data(write):
    text = message(lambda: nqpf.load(write("a = Time ~~|\nb = GET DATA AT TIME(a, 3) ~~|")))
    assert '"b" uses GET DATA AT TIME of something that is not a data variable with points' in text


# --- tables over time -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["interpolate", "hold backward", "look forward"])
def test_one_point_holds_for_ever(mode):
    made = over_time([3.0], [7.0], mode)
    assert set(made.y) == {7.0}
    assert len(made.x) >= 2


def test_tables_rise():
    """The search for a segment needs points in order, in every mode."""
    x, y = [0.0, 1e-9, 1.0, 1e6], [1.0, 2.0, 3.0, 4.0]
    for mode in ("interpolate", "hold backward", "look forward", "raw"):
        for outside in (True, False):
            made = over_time(x, y, mode, outside=outside)
            assert (np.diff(made.x) >= 0).all()


# --- damaged files ----------------------------------------------------------------------------


def damaged(content: bytes, seed: int) -> bytes:
    """Return ``content`` with bytes changed, cut off or repeated."""
    random = np.random.default_rng(seed)
    made = bytearray(content)
    for place in random.integers(0, len(made), random.integers(1, 9)):
        made[place] = random.integers(0, 256)
    if seed % 3 == 0:
        del made[random.integers(0, len(made)) :]
    if seed % 5 == 0:
        made += made[: random.integers(0, len(made) + 1)]
    return bytes(made)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "csv"])
def test_damaged_files_are_read_or_refused(workbook, tmp_path: Path, kind):
    """Whatever a file holds: values, or one line; never a crash, and never another error."""
    workbook(COURSE)
    cells = {(0, 1): 0.0, (0, 2): 4.0, (0, 3): 8.0, (1, 1): 10.0, (1, 2): 20.0, (1, 3): 40.0}
    whole = {
        "xlsx": (tmp_path / "in.xlsx").read_bytes(),
        "xls": old_workbook(cells),
        "csv": b"year,0,4,8\nlow,10,20,40\n",
    }[kind]
    tab = {"xlsx": "Numbers", "xls": "Sheet 1", "csv": ","}[kind]
    refused: list[str] = []
    for seed in range(60):
        files = Files(tmp_path)
        (tmp_path / f"damaged.{kind}").write_bytes(damaged(whole, seed))
        try:
            points = read_points(files, (f"damaged.{kind}", tab, "1", "B2"), (), steps=False)
        except nqpf.InputError as error:
            refused.append(str(error))
        else:
            assert len(points) == 1
    assert 0 < len(refused) < 60
    assert not any("\n" in text for text in refused)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch, workbook):
    workbook(COURSE)
    monkeypatch.setattr("nqpf.engine.reader.sheets._MOST_UNPACKED", 1000)
    text = message(lambda: Files(tmp_path).sheet("in.xlsx", "Numbers"))
    assert "at most 1,000 are read" in text


def test_a_date_is_its_number(tmp_path: Path):
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["A1"] = datetime(2000, 1, 1, 12)
    book.save(tmp_path / "in.xlsx")
    assert Files(tmp_path).sheet("in.xlsx", "Sheet").number((0, 0)) == 36526.5


def test_statistics_of_data_stand_in_no_sum(write):
    path = write("r: p, q ~~|\nd[r] ~~|\nx = SUM(GET DATA MAX(d[r!], 0, 5)) ~~|")
    text = message(lambda: nqpf.load(path, data=RUN))
    assert '"x" uses GET DATA MAX of elements that are summed up around it; give it a var' in text
