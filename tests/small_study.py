"""A study of two regions and one lever, small enough to reckon by hand."""

from __future__ import annotations

from pathlib import Path

MODEL = """{UTF-8}
Region: North, South ~~ Two regions.|
Effort[Region] = 0, 0 ~ Dmnl [0, 1] ~ Strength of the measure.|
Effort start = 2024 ~ Year [2020, 2040] ~ First year of the measure.|
Base growth[Region] = 0.05, 0.03 ~ 1/Year [0, 0.2] ~ Growth without the measure.|
Effect = 0.02 ~ 1/Year ~ Growth that the full measure adds.|
Own part[Region] = Base growth[Region] ~ 1/Year ~ Part of growth.|
Effort part[Region] = Effect*Effort[Region]*STEP(1, Effort start) ~ 1/Year ~ Part of growth.|
Growth[Region] = Own part[Region] + Effort part[Region] ~ 1/Year ~ Growth of output.|
Output[Region] = INTEG(Output[Region]*Growth[Region], 100) ~ bn CNY/Year ~ Output.|
Total output = SUM(Output[Region!]) ~ bn CNY/Year ~ Output of both regions.|
North share = Output[North]/Total output ~ Dmnl ~ Share of the North.|
FINAL TIME = 2030 ~ Year ~ End.|
INITIAL TIME = 2020 ~ Year ~ Start.|
SAVEPER = 1 ~ Year ~ Saved.|
TIME STEP = 0.5 ~ Year ~ Step.|
"""

LEVERS = """
["E"]
parameter = "Effort"
start = "Effort start"
title = "Effort"
"""

SCENARIOS = {
    "baseline": 'title = { en = "Baseline", zh = "基准" }\norder = 1\n',
    "effort": 'title = { en = "Effort", zh = "努力" }\norder = 2\n[levers]\nE = 0.5\n',
    "late": (
        'title = { en = "Late effort", zh = "迟到的努力" }\norder = 3\ninclude = ["effort"]\n'
        "[levers]\nE = { strength = 1, start = 2028 }\n"
    ),
    "north": (
        'title = "North only"\norder = 4\n[parameters]\n"Effort[North]" = 1.0\n"effect" = 0.03\n'
    ),
}

STYLE = """
baseline = "baseline"
first_projected_year = 2023
[footer]
en = "One run per scenario, no band; first projected year 2023; source: the test."
zh = "每个情景一次运行；2023 年起为预测；资料来源：测试。"
[observed_source]
en = "Observed: the survey."
zh = "观测值：调查。"
[words.observed]
en = "observed"
zh = "观测值"
[words.projection]
en = "projection, from {year}"
zh = "预测（{year} 年起）"
[elements]
North = { en = "The North", zh = "北方" }
"""

CHARTS = {
    "output": """
kind = "lines"
order = 1
title = { en = "How output grows", zh = "产出如何增长" }
subtitle = { en = "Total of both regions", zh = "两个地区合计" }
scenarios = ["baseline", "effort", "late"]
[[panel]]
variable = "Total output"
transform = "ratio"
digits = 1
title = { en = "Against the baseline", zh = "与基准之差" }
unit = { en = "%", zh = "%" }
[[panel]]
variable = "Total output"
observed = "output"
title = { en = "Output", zh = "产出" }
unit = { en = "bn CNY a year", zh = "十亿元／年" }
""",
    "places": """
kind = "regions"
order = 2
subscript = "Region"
title = { en = "Where output grows", zh = "哪里增长" }
subtitle = { en = "By region", zh = "分地区" }
scenarios = ["baseline", "north"]
[[panel]]
variable = "Output"
transform = "growth"
title = { en = "Growth", zh = "增速" }
unit = { en = "% a year", zh = "%／年" }
""",
    "sources": """
kind = "contributions"
order = 3
title = { en = "What growth is made of", zh = "增长的来源" }
subtitle = { en = "In the North", zh = "北方" }
scenarios = ["baseline", "effort"]
[[panel]]
variable = "Growth[North]"
transform = "percent"
title = { en = "Growth", zh = "增速" }
unit = { en = "points a year", zh = "百分点／年" }
[[part]]
variable = "Own part[North]"
colour = "#0072B2"
title = { en = "Own", zh = "自身" }
[[part]]
variable = "Effort part[North]"
colour = "#E69F00"
title = { en = "Effort", zh = "努力" }
""",
    "both": """
kind = "panels"
order = 4
title = { en = "Both at a glance", zh = "一览" }
subtitle = { en = "Two regions", zh = "两个地区" }
scenarios = ["baseline", "north"]
[[panel]]
variable = "North share"
transform = "percent"
title = { en = "Share of the North", zh = "北方占比" }
unit = { en = "%", zh = "%" }
[[panel]]
variable = "Output[South]"
transform = "index"
base = 2023
title = { en = "Output of the South", zh = "南方产出" }
unit = { en = "2023 = 100", zh = "2023 年 = 100" }
""",
}

SUMMARY = """
title = { en = "Two regions", zh = "两个地区" }
rows = { en = "Scenario", zh = "情景" }
[[column]]
variable = "Total output"
statistic = "growth"
years = [2023, 2030]
title = { en = "Growth", zh = "增速" }
unit = { en = "%/a", zh = "%／年" }
[[column]]
variable = "Growth[North]"
statistic = "mean"
years = [2023, 2030]
scale = 100
title = { en = "North", zh = "北方" }
unit = { en = "%/a", zh = "%／年" }
[[column]]
variable = "North share"
statistic = "value"
year = 2030
digits = 3
title = { en = "Share", zh = "占比" }
unit = { en = "-", zh = "-" }
[[column]]
variable = "Total output"
statistic = "ratio"
year = 2030
digits = 1
signed = true
title = { en = "Output", zh = "产出" }
unit = { en = "% vs base", zh = "较基准 %" }
"""

CATALOGUE = """
[output]
file = "national"
unit = "billion yuan"
annual = true
definition = "Output of both regions."
choice = "The only one."
"""

TARGETS = """
[output]
title = { en = "Output", zh = "产出" }
series = "output"
variable = "Total output"
unit = "billion yuan"
model_unit = "bn CNY/Year"
factor = 1.0
window = [2020, 2022]
measure = "MAPE"
bar = 5.0
reason = "A test."
"""


def write_study(folder: Path) -> Path:
    """Write the study into ``folder`` and return it."""
    files = {
        "model/two.mdl": MODEL,
        "model/levers.toml": LEVERS,
        "plots/style.toml": STYLE,
        "plots/summary.toml": SUMMARY,
        "calibration/targets.toml": TARGETS,
        "calibration/statistics/series.toml": CATALOGUE,
        "calibration/statistics/national.csv": _statistics(),
        **{f"scenarios/{name}.toml": text for name, text in SCENARIOS.items()},
        **{f"plots/{name}.toml": text for name, text in CHARTS.items()},
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _statistics() -> str:
    head = "series,region,year,value,unit,source,source_locator,vintage,status,notes\n"
    values = {2020: 200.0, 2021: 208.5, 2022: 217.0}
    return head + "".join(
        f"output,,{year},{value},billion yuan,The test,here,2023,seen,\n"
        for year, value in values.items()
    )
