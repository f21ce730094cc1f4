"""A small study to calibrate: a disease spreads through farms, counted once a year.

The course of susceptible, infected and recovered (Kermack and McKendrick 1927), with statistics
that were drawn from the model itself: what a calibration should find is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

import nqpf

FIRST, LAST = 2000, 2020
ERROR = 0.1  # standard deviation of the logarithm of a count
TRUTH: Mapping[str, float] = {"Contact rate": 1.3, "Time infected": 2.4, "Infected at first": 8.0}
SEED = 7

MODEL = f"""{{UTF-8}}
Farms = 1000 ~ farms [500, 2000] ~ All farms.|
Contact rate = 1.2 ~ 1/Year [0.6, 2] ~ Infections by one infected farm among susceptible ones.|
Time infected = 2.5 ~ Year [1.5, 4] ~ Mean time until a farm is free of the disease.|
Infected at first = 10 ~ farms [2, 30] ~ Infected farms at the start.|
Price of milk = 1 ~ yuan [0.5, 2] ~ Moves nothing here.|
Infection = Contact rate*Infected*Susceptible/Farms ~ farms/Year ~ New infections.|
Recovery = Infected/Time infected ~ farms/Year ~ Farms that are free again.|
Susceptible = INTEG(-Infection, Farms - Infected at first) ~ farms ~ Never infected.|
Infected = INTEG(Infection - Recovery, Infected at first) ~ farms ~ Infected now.|
Recovered = INTEG(Recovery, 0) ~ farms ~ Were infected.|
FINAL TIME = {LAST} ~ Year ~ End.|
INITIAL TIME = {FIRST} ~ Year ~ Start.|
SAVEPER = 1 ~ Year ~ Saved.|
TIME STEP = 0.125 ~ Year ~ Step.|
"""

BASELINE = 'title = { en = "As it is", zh = "现状" }\norder = 1\n'

PARAMETERS = """
[parameters."Contact rate"]
kind = "calibrated"
prior = { distribution = "norm", loc = 1.2, scale = 0.25 }
unit = "1/Year"
source = "Other outbreaks; assumed"

[parameters."Time infected"]
kind = "calibrated"
unit = "Year"
source = "Uniform over the range of the model; assumed"

[parameters."Infected at first"]
kind = "tight"
prior = { distribution = "lognorm", s = 0.4, scale = 9.0 }
unit = "farms"
source = "First survey; assumed"
"""

TARGETS = f"""
[infected]
title = {{ en = "Infected farms", zh = "染病农场" }}
series = "infected"
variable = "Infected"
unit = "farms"
model_unit = "farms"
factor = 1.0
window = [{FIRST}, {LAST}]
measure = "MAPE"
bar = 20.0
reason = "The only count."
error = {{ kind = "relative", size = {ERROR}, reason = "Errors of counting; assumed." }}
"""

CATALOGUE = """
[infected]
file = "counts"
unit = "farms"
annual = true
definition = "Farms with the disease at the yearly count."
choice = "The only count."
"""

HEAD = "series,region,year,value,unit,source,source_locator,vintage,status,notes\n"


def write_study(folder: Path) -> Path:
    """Write the study into ``folder``, statistics drawn with `TRUTH` and `SEED`; return it."""
    _write(folder, {"model/sir.mdl": MODEL, "scenarios/baseline.toml": BASELINE})
    run = nqpf.load(folder / "model" / "sir.mdl").run(TRUTH, ["Infected"])["Infected"]
    noise = np.random.default_rng(SEED).standard_normal(len(run) - 1)
    counts = run.iloc[1:] * np.exp(ERROR * noise)
    rows = "".join(
        f"infected,,{int(year)},{value:.2f},farms,Yearly count,table 1,2021,seen,\n"
        for year, value in counts.items()
    )
    _write(
        folder,
        {
            "calibration/parameters.toml": PARAMETERS,
            "calibration/targets.toml": TARGETS,
            "calibration/statistics/series.toml": CATALOGUE,
            "calibration/statistics/counts.csv": HEAD + rows,
        },
    )
    return folder


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
