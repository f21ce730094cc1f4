"""The engine and PySD agree on every variable of the study's model, in every scenario."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_variable_in_every_scenario():
    """A year a step, which PySD needs a minute for; the script's own step is the model's."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.against_pysd", "--study", ROOT, "--time-step", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    scenarios = [path.stem for path in (ROOT / "scenarios").glob("*.toml")]
    assert scenarios
    assert all(f"\n{name} " in done.stdout for name in scenarios)
