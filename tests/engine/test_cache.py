"""The disk cache: same results, damage repaired, helpers and equations part of the key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nqpf
from nqpf.engine import cache

EQUATIONS = "x = INTEG(x * a, 1) ~~|\na = 0.1 ~~|\ny = EXP(x) / 3 ~~|"

SCRIPT = """
import sys, nqpf, numpy as np, pandas as pd
said = []
model = nqpf.load(sys.argv[1], progress=said.append)
frame = pd.DataFrame({"a": np.linspace(0, 1, 37)})
many = model.ensemble(frame, ["x", "y"], threads=2).to_array().to_numpy()
print((model.run().to_numpy().tobytes() + many.tobytes()).hex())
print(",".join(said))
"""


def run_elsewhere(path: Path, folder: Path) -> tuple[str, str]:
    """Run the model in another process with its cache in ``folder``; returns (bits, stages)."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)],
        env={**os.environ, "NQPF_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    bits, stages = done.stdout.split("\n")[:2]
    return bits, stages


def test_results_are_the_same_bits_after_a_cache_hit(write, tmp_path):
    path, folder = write(EQUATIONS), tmp_path / "cache 缓存"
    cold, said_cold = run_elsewhere(path, folder)
    warm, said_warm = run_elsewhere(path, folder)
    assert cold == warm
    assert said_cold == "reading,compiling"
    assert said_warm == ""


def test_a_damaged_entry_is_made_again(write, tmp_path, monkeypatch):
    monkeypatch.setenv("NQPF_CACHE_DIR", str(tmp_path / "cache"))
    path = write(EQUATIONS)
    first = nqpf.load(path).run()
    entries = [*(tmp_path / "cache" / "models").iterdir()]
    assert entries
    for entry in entries:
        entry.write_bytes(entry.read_bytes()[:-7] + b"damaged")
    np.testing.assert_array_equal(nqpf.load(path).run(), first)


@pytest.mark.skipif(os.name == "nt", reason="permissions work differently there")
def test_a_cache_that_cannot_be_written_is_done_without(write, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("NQPF_CACHE_DIR", str(blocked / "cache"))
    assert nqpf.load(write(EQUATIONS + "\nz = 17 * Time ~~|")).run()["z"].iloc[-1] == 170


def test_the_key_depends_on_the_content():
    assert cache.digest("a", "bc") != cache.digest("ab", "c")
    assert cache.digest("a") == cache.digest("a")


def test_a_changed_equation_is_compiled_anew(write):
    assert nqpf.load(write("x = INTEG(1, 0) ~~|")).run()["x"].iloc[-1] == 10
    assert nqpf.load(write("x = INTEG(2, 0) ~~|")).run()["x"].iloc[-1] == 20
