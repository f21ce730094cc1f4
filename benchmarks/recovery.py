"""Are intervals as wide as they should be? Known parameters, found again from made data.

``python -m benchmarks.recovery``: simulation-based calibration of ``nqpf calibrate`` on the small
study of `benchmarks.sir` (Talts and others 2018). The 90 % intervals should hold the truth in 85 to
95 % of the repetitions, and truths should be spread evenly over the ranks of their draws.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

from benchmarks.sir import write_study
from nqpf.calibrate.recovery import rank_counts, recover, summary
from nqpf.calibrate.whole import open_posterior
from nqpf.study.folder import open_study
from nqpf.study.model import load_model

BETWEEN = (0.85, 0.95)
UNEVEN = 0.01  # of three tests one in 33 is below it by chance


def main() -> int:
    """Run it and say what came out; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        study = open_study(write_study(Path(folder)))
        posterior = open_posterior(study, load_model(study))
        table = recover(posterior, chosen.repetitions, chosen.seed, _tell)
    found, counts = summary(table), rank_counts(table)
    print(f"{chosen.repetitions} repetitions, seed {chosen.seed}", file=sys.stderr)
    held = True
    for row in found.to_dict(orient="records"):
        inside = BETWEEN[0] <= row["within 90%"] <= BETWEEN[1] and row["p"] > UNEVEN
        held &= inside
        print(
            f"{row['parameter']:20s} in 50 % {row['within 50%']:6.1%}  "
            f"in 90 % {row['within 90%']:6.1%}  ranks uniform: p = {row['p']:.2f}  "
            f"R-hat up to {row['r_hat']:.3f}  {'ok' if inside else 'MISSED'}"
        )
        print(f"{'':20s} ranks {' '.join(map(str, counts[row['parameter']]))}")
    return 0 if held else 1


def _tell(key: str, /, **figures: object) -> None:
    number = figures.get("number")
    if key == "recovering" and isinstance(number, int) and number % 10 == 0:
        print(f"{number} of {figures['count']}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
