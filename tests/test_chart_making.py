"""From files of calibrations, sweeps and models to drawings: the numbers and names in them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from crowded import assert_readable
from nqpf.charts.draw import draw
from nqpf.charts.drawing import (
    Bars,
    Courses,
    Densities,
    Diagram,
    Drawing,
    Fits,
    Inequality,
    Matrix,
    Pareto,
    Profiles,
)
from nqpf.charts.gallery import Gallery
from nqpf.charts.material import Results
from nqpf.engine.names import canonical
from nqpf.errors import InputError
from nqpf.study.folder import open_study, shipped_study
from nqpf.study.model import load_model
from nqpf.study.names import read_names
from nqpf.study.results import write_record
from small_study import write_study
from test_charts import results

Kind = TypeVar("Kind", bound=Drawing)
HEAD = 'title = { en = "What", zh = "什么" }\nsubtitle = "of it"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_study(tmp_path)


def drawn(folder: Path, spec: str, kind: type[Kind], lang: str = "en") -> dict[str, Kind]:
    """Return the drawings of one chart from the results of a study, by what their files add."""
    (folder / "plots" / "x.toml").write_text(HEAD + spec, "utf-8")
    gallery = Gallery(open_study(folder))
    charts = gallery.choose(["x"])
    found = gallery.results(charts, folder / "results", named=True)
    made: dict[str, Kind] = {}
    for name, drawing in gallery.drawn(charts, found, lang).items():
        assert isinstance(drawing, kind)
        made[Path(name).name.partition(".")[0].removeprefix("x")] = drawing
    return made


# --- of a calibration ---------------------------------------------------------------------------


@pytest.fixture
def calibrated(folder: Path) -> Path:
    """Return a study with a calibration of one parameter and one target."""
    out = folder / "results"
    out.mkdir()
    years = {"year output": [2020, 2021, 2022]}
    level = np.linspace(-1, 1, 101)[None, :, None]
    groups = {
        "posterior": xr.Dataset({"Effect": (("chain", "draw"), np.full((2, 50), 0.02))}),
        "prior": xr.Dataset({"Effect": (("chain", "draw"), np.linspace(0, 0.04, 101)[None])}),
        "posterior_predictive": xr.Dataset(
            {"output": (("chain", "draw", "year output"), level * 10 + [200.0, 210, 220])}, years
        ),
        "observed_data": xr.Dataset({"output": ("year output", [200.0, 208.5, 217.0])}, years),
    }
    for number, (name, data) in enumerate(groups.items()):
        path, mode = out / "calibration.nc", "a" if number else "w"
        data.to_netcdf(path, group=name, mode=mode, engine="h5netcdf")
    pd.DataFrame(
        {"parameter": ["Effect"], "unit": ["1/Year"], "kind": ["calibrated"], "file": [0.02],
         "ratio": [0.1], "data": ["much"], "best": [0.02], "bounded": [1.0]}
    ).to_csv(out / "parameters.csv", index=False)  # fmt: skip
    return folder


def test_fit_and_residuals(calibrated: Path) -> None:
    (fit,) = drawn(calibrated, 'kind = "fit"\ntargets = ["output"]\n', Fits)[""].fits
    np.testing.assert_allclose(fit.median, [200, 210, 220])
    np.testing.assert_allclose(fit.observed - fit.median, [0, -1.5, -3])
    wide, narrow = fit.bands
    np.testing.assert_allclose(wide.high - fit.median, 9)
    np.testing.assert_allclose(fit.median - narrow.low, 5)
    assert fit.error == "mean error 0.701 %"  # (1.5/208.5 + 3/217)/3
    with pytest.raises(InputError, match=r'no target "outptu"\. Did you mean "output"'):
        drawn(calibrated, 'kind = "fit"\ntargets = ["outptu"]\n', Fits)


def test_prior_against_posterior(calibrated: Path) -> None:
    (density,) = drawn(calibrated, 'kind = "posterior"\n', Densities)[""].densities
    assert density.title == "Effect"
    assert density.own == 0.02
    assert density.prior.sum() == pytest.approx(100)
    assert density.posterior.max() == pytest.approx(100)  # all draws in one bin
    place = np.searchsorted(density.edges, 0.02) - 1
    assert density.posterior[place] == density.posterior.max()
    assert density.said == "sd × 0.10 · data say much"
    with pytest.raises(InputError, match=r'no parameter "Efect"\. Did you mean "Effect"'):
        drawn(calibrated, 'kind = "posterior"\nparameters = ["Efect"]\n', Densities)


def test_profiles(calibrated: Path) -> None:
    value = [0.0, 0.01, 0.02, 0.04]
    lost = [-4.0, -1.0, 0.0, -np.inf]
    rows = {"parameter": "Effect", "unit": "1/Year", "value": value, "log_likelihood": lost}
    pd.DataFrame(rows).to_csv(calibrated / "results" / "profiles.csv", index=False)
    table = (calibrated / "results" / "parameters.csv").read_text("utf-8")
    drawing = drawn(calibrated, 'kind = "profiles"\n', Profiles)[""]
    (profile,) = drawing.profiles
    # Between values it is a parabola: at 0.005 the root of what is lost is 1.5.
    assert np.interp(0.005, profile.x, profile.y) == pytest.approx(-2.25, abs=0.01)
    assert profile.best == (0.02, 0)
    assert profile.said == "bounded on one side"
    np.testing.assert_allclose(profile.prior, (0.002, 0.038))
    assert drawing.drop == pytest.approx(1.9207, abs=1e-4)  # half of the 95 % point of chi squared
    (calibrated / "results" / "parameters.csv").write_text("parameter,unit\nEffect,1\n", "utf-8")
    with pytest.raises(InputError, match=r"parameters.csv: is broken or not of .nqpf calibrate."):
        drawn(calibrated, 'kind = "profiles"\n', Profiles)
    (calibrated / "results" / "parameters.csv").write_text(table, "utf-8")
    with pytest.raises(InputError, match=r'no parameter "Efect"\. Did you mean "Effect"'):
        drawn(calibrated, 'kind = "profiles"\nparameters = ["Efect"]\n', Profiles)


def test_a_holdout_shows_what_came_after_the_fit(calibrated: Path) -> None:
    out, spec = calibrated / "results", 'kind = "holdout"\ntargets = ["output"]\n'
    with pytest.raises(InputError, match=r"no holdout_series.csv here.*--holdout YEAR"):
        drawn(calibrated, spec, Courses)
    series = pd.DataFrame(
        {"target": "output", "element": "", "year": [2020, 2021, 2022],
         "observed": [200.0, 208.5, 217.0]}
    )  # fmt: skip
    series.to_csv(out / "series.csv", index=False)
    bands = {f"data {share}%": 210.0 + share / 10 for share in (5, 25, 50, 75, 95)}
    series[1:].assign(**bands).to_csv(out / "holdout_series.csv", index=False)
    errors = {"target": ["output"], "element": [""], "MAPE": 2.0, "random walk": 4.0, "trend": 0.5}
    pd.DataFrame(errors).to_csv(out / "holdout.csv", index=False)
    drawing = drawn(calibrated, spec, Courses)[""]
    (panel,) = drawing.panels
    (curve,) = panel.curves
    np.testing.assert_allclose(curve.x, [2021, 2022])
    np.testing.assert_allclose(curve.bands[0].high - curve.bands[0].low, 9)
    assert panel.dots is not None
    np.testing.assert_allclose(panel.dots[0], [2020, 2021, 2022])
    assert drawing.first_projected == 2021
    assert "up to 2020" in curve.name
    assert panel.unit.endswith("error 2 %; naive forecast better, 0.5 %")
    assert drawing.footer.endswith("Observed: the survey.")


# --- of a sweep ---------------------------------------------------------------------------------

OUTCOME = {
    "y": {"title": {"en": "Output", "zh": "产出"}, "unit": "bn", "digits": 2},
    "loss": {"title": "Loss", "less_is_better": True},
}


def analysed(folder: Path, tables: Mapping[str, list[dict[str, Any]]]) -> None:
    """Write tables of analyses of a sweep into the results of a study."""
    store = folder / "results" / "sweeps" / "s"
    (store / "analysis").mkdir(parents=True, exist_ok=True)
    write_record({"identity": {"spec": {"outcomes": OUTCOME}}}, store / "record.json")
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(store / "analysis" / name, index=False)


def index(factor: str, total: float, time: float = np.nan) -> dict[str, Any]:
    row = {"outcome": "y", "time": time, "factor": factor, "S1": total / 2, "ST": total, "n": 64}
    return row | {f"{each}_{end}": total for each in ("S1", "ST") for end in ("low", "high")}


def test_sobol_bars_are_in_order(folder: Path) -> None:
    rows = [index("Effect", 0.3), index("E", 0.6), index("fitted draw", 0.1), index("E", 9, 2030)]
    analysed(folder, {"sobol.csv": rows})
    spec = 'kind = "sobol"\nsweep = "s"\nmost = 2\n[[outcome]]\nname = "y"\n'
    (panel,) = drawn(folder, spec, Bars)[""].panels
    assert panel.title == "Output"  # from the sweep's own specification
    assert [bar.name for bar in panel.bars] == ["Effort", "Effect"]  # the lever by its title
    assert panel.bars[0].ends == (0.3, 0.6)
    assert drawn(folder, spec, Bars, "zh")[""].panels[0].title == "产出"


def test_tornado_bars_start_in_the_middle(folder: Path) -> None:
    ends = {"at_low_low": 4, "at_low_high": 6, "at_high_low": 13, "at_high_high": 15}
    row = {"outcome": "y", "factor": "Effect", "low_value": 0.1, "high_value": 0.9, "middle": 10}
    weak = row | ends | {"factor": "Weak", "at_low": 9, "at_high": 10.5, "n": 8}
    strong = row | ends | {"at_low": 5, "at_high": 14, "n": 8}
    analysed(folder, {"tornado.csv": [weak, strong]})
    spec = 'kind = "tornado"\nsweep = "s"\n[[outcome]]\nname = "y"\nscale = 2\n'
    (panel,) = drawn(folder, spec, Bars)[""].panels
    assert [bar.name for bar in panel.bars] == ["Effect", "Weak"]
    assert panel.bars[0].starts == (20, 20)
    assert panel.bars[0].ends == (10, 28)
    assert panel.bars[0].whiskers == ((8, 12), (26, 30))


def test_ranks_begin_with_the_best(folder: Path) -> None:
    def row(policy: str, rank: int) -> dict[str, Any]:
        ends = {"rank_low": rank, "rank_high": rank + 1}
        return {"outcome": "y", "policy": policy, "label": policy, "rank": rank, "n": 9} | ends

    analysed(folder, {"ranks.csv": [row("a", 3), row("b", 1), row("c", 2)]})
    spec = 'kind = "ranks"\nsweep = "s"\nmost = 2\n[[outcome]]\nname = "y"\n'
    matrix = drawn(folder, spec, Matrix)[""]
    assert matrix.rows == ("b", "c")
    assert matrix.texts == (("1 (1–2)",), ("2 (2–3)",))
    titles = [{"policy": each, "title_en": f"Policy {each}"} for each in "abc"]
    analysed(folder, {"policies.csv": titles})
    assert drawn(folder, spec, Matrix)[""].rows == ("Policy b", "Policy c")


def test_synergies_below_the_diagonal(folder: Path) -> None:
    def row(lever: str, other: str, synergy: float) -> dict[str, Any]:
        ends = {"synergy_low": synergy - 1, "synergy_high": synergy + 1}
        return {"outcome": "y", "lever": lever, "other": other, "synergy": synergy, "n": 9} | ends

    rows = [row("A", "B", 3.0), row("C", "A", -0.5), row("B", "C", -2.0)]
    own = [{"outcome": "y", "lever": "B", "effect": 7.0}]
    analysed(folder, {"synergies.csv": rows, "main_effects.csv": own})
    spec = 'kind = "synergy"\nsweep = "s"\n[outcome]\nname = "y"\ndigits = 1\n'
    matrix = drawn(folder, spec, Matrix)[""]
    assert matrix.columns == ("A", "B", "C")
    # In brackets what may be nothing, on the diagonal a lever's own effect.
    assert matrix.texts == (("", "", ""), ("+3.0", "+7.0", ""), ("(−0.5)", "−2.0", ""))
    assert matrix.limits == (-3, 3)


def test_a_pareto_front_is_in_order(folder: Path) -> None:
    def row(point: int, E: float, y: float, z: float, on_front: bool) -> dict[str, Any]:
        return {"point": point, "E": E, "y": y, "z": z, "on_front": on_front}

    # The second is on the front of the analysis for another objective's sake: here it is beaten.
    rows = [row(0, 0.9, 3, 1, True), row(1, 0.5, 0.5, 2, True), row(2, 0.1, 1, 5, True)]
    analysed(folder, {"pareto.csv": rows})
    spec = 'kind = "pareto"\nsweep = "s"\n[x]\nname = "y"\n[y]\nname = "z"\ntitle = "Z"\n'
    pareto = drawn(folder, spec, Pareto)[""]
    np.testing.assert_allclose(pareto.front, [[1, 5], [3, 1]])
    np.testing.assert_allclose(pareto.others, [[0.5, 2]])
    np.testing.assert_allclose(pareto.strengths, [[0.1, 0.9]])
    assert pareto.axes[0] == "Output, bn"
    assert pareto.names == ((0, "A"), (1, "B"))
    spec = spec.replace('name = "z"', 'name = "loss"')
    analysed(folder, {"pareto.csv": [each | {"loss": each["z"]} for each in rows]})
    # Where less of the second is better the first beats both.
    np.testing.assert_allclose(drawn(folder, spec, Pareto)[""].front, [[3, 1]])
    analysed(folder, {"pareto.csv": [each | {"loss": 0, "on_front": False} for each in rows]})
    with pytest.raises(InputError, match="no setting on the front"):
        drawn(folder, spec, Pareto)


# --- of projections -----------------------------------------------------------------------------


def test_lorenz_curves_rank_by_output_over_weight(folder: Path) -> None:
    out = folder / "results"
    out.mkdir()
    data = results()
    data["People"] = (("scenario", "time", "Region"), np.full((4, 11, 2), [30.0, 10.0]))
    data.to_netcdf(out / "projections.nc", engine="scipy")
    (out / "record.json").write_text(json.dumps({}), "utf-8")
    spec = (
        'kind = "inequality"\nscenarios = ["baseline"]\n[[panel]]\nvariable = "North share"\n'
        'title = "Share"\nunit = "%"\n[lorenz]\nvariable = "Output"\nweight = "People"\n'
        'subscript = "Region"\ntitle = "L"\nx = "x"\ny = "y"\nequality = "equal"\n'
        '[[lorenz.curve]]\nscenario = "baseline"\nyear = 2025\n'
    )
    drawing = drawn(folder, spec, Inequality)[""]
    (curve,) = drawing.lorenz
    # The North has 120 of 200 and 30 of 40: 4 a head against 8.
    np.testing.assert_allclose(curve.x, [0, 75, 100])
    np.testing.assert_allclose(curve.y, [0, 60, 100])
    assert drawing.places == ("The North", "South")


# --- of the model -------------------------------------------------------------------------------

RESERVOIR = """{UTF-8}
\t.Water
~ ~ |
lake = INTEG(rain - outflow - 0.01*lake, 10) ~ m3 ~ Stock.|
rain = 2 + STEP(1, 5) ~ m3/Year ~ Flow.|
outflow = lake/residence ~ m3/Year ~ Flow.|
sea = INTEG(outflow, 0) ~ m3 ~ Stock.|
residence = 5 ~ Year ~ Constant.|
\t.Fish
~ ~ |
fish = INTEG(births - deaths, 100) ~ fish ~ Stock.|
births = fish*food ~ fish/Year ~ Flow.|
deaths = fish*0.1 ~ fish/Year ~ Flow.|
food = lake/100 ~ 1/Year ~ Auxiliary.|
FINAL TIME = 30 ~ Year ~ |
INITIAL TIME = 20 ~ Year ~ |
SAVEPER = 1 ~ Year ~ |
TIME STEP = 1 ~ Year ~ |
"""


@pytest.fixture
def water(folder: Path) -> Path:
    (folder / "model" / "two.mdl").write_text(RESERVOIR, "utf-8")
    (folder / "model" / "names.toml").write_text('[zh]\n"lake" = "湖水"\n', "utf-8")
    return folder


def test_stocks_pipes_and_pages(water: Path) -> None:
    pages = drawn(water, 'kind = "structure"\n', Diagram)
    first, second = pages["-01"], pages["-02"]
    assert [page.title for page in (first, second)] == ["What: Water", "What: Fish"]
    kinds = {node.name: node.kind for node in first.nodes if node.kind != "cloud"}
    assert kinds == {"lake": "stock", "sea": "stock", "rain": "flow", "outflow": "flow", "": "flow"}
    pipes = {(link.start, link.end) for link in first.links if link.kind == "pipe"}
    assert {("lake", "outflow"), ("outflow", "sea"), ("rain", "lake")} <= pipes
    assert len(pipes) == 6  # rain from a cloud, and what evaporates into one
    links = {(link.start, link.end): link.polarity for link in first.links if link.kind == "link"}
    assert links["lake", "outflow"] == 1
    # On the other page the lake is only a name.
    assert [node.name for node in second.nodes if node.kind == "shadow"] == ["lake"]
    for page in pages.values():
        assert_readable(draw(page), fewest=5)
    assert "湖水" in [node.name for node in drawn(water, 'kind = "structure"\n', Diagram, "zh")["-01"].nodes]  # fmt: skip  # noqa: E501


def test_loops_have_names(water: Path) -> None:
    page = drawn(water, 'kind = "structure"\n', Diagram)["-02"]
    assert [(loop.name, loop.path) for loop in page.loops] == [("R1", "R1: fish → births → fish")]
    given = '[[loop]]\nname = "{}1"\ntitle = "death"\nthrough = ["{}", "{}"]\n'
    spec = 'kind = "structure"\n' + given.format("B", "fish", "deaths")
    page = drawn(water, spec, Diagram)["-02"]
    assert [loop.path for loop in page.loops] == ["B1 death: fish → deaths → fish"]
    for name, one, other, said in (
        ("R", "fish", "deaths", 'loop "R1" balances: R reinforces, B balances'),
        ("R", "fish", "birhts", 'Did you mean "births"'),
        ("R", "fish", "sea", "no way leads through these variables"),
    ):
        with pytest.raises(InputError, match=said):
            drawn(water, 'kind = "structure"\n' + given.format(name, one, other), Diagram)
    with pytest.raises(InputError, match=r'no part "Fsh" of the model\. Did you mean "Fish"'):
        drawn(water, 'kind = "structure"\ngroups = ["Fsh"]\n', Diagram)


def test_the_shipped_study_is_named_in_chinese() -> None:
    """What diagrams, calibrations and sweeps show has a name, and every name a variable."""
    study = open_study(shipped_study())
    gallery = Gallery(study)
    names = read_names(study.folder / "model" / "names.toml")
    shown = {
        canonical(node.key)
        for page in gallery.drawn(gallery.of("model"), Results(), "zh").values()
        if isinstance(page, Diagram)
        for node in page.nodes
        if node.kind != "cloud" and "#" not in node.key
    }
    fitted = tomllib.loads((study.calibration / "parameters.toml").read_text("utf-8"))
    shown |= {canonical(name) for name in fitted["parameters"]}
    for sweep in (study.folder / "scenarios" / "sweeps").glob("*.toml"):
        spec = tomllib.loads(sweep.read_text("utf-8"))
        shown |= {canonical(name) for name in spec.get("uncertainties", {})}
    assert not shown - set(names)
    model = load_model(study)
    assert not set(names) - {canonical(name) for name in model.variables}
