"""Models that nobody means: refused in one line before time or memory is spent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import nqpf
from nqpf.engine import limits
from nqpf.errors import MAX_MESSAGE

CONTROL = "\nFINAL TIME = 2 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
SECONDS = 10.0  # of processor time: most take a tenth of one, the largest texts two


def refused(path: Path, text: str, *said: str) -> None:
    path.write_text(text, encoding="utf-8")
    start = time.process_time()
    with pytest.raises(nqpf.InputError) as caught:
        nqpf.load(path)
    assert time.process_time() - start < SECONDS
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) <= MAX_MESSAGE
    for part in said:
        assert part in message


def _macros(count: int) -> str:
    """Macros that call the one before twice: 2 ** count uses."""
    first = ":MACRO: f0(x)\nf0 = x + 1 ~~|\n:END OF MACRO:\n"
    others = (
        f":MACRO: f{i}(x)\nf{i} = f{i - 1}(x) + f{i - 1}(x * 2) ~~|\n:END OF MACRO:\n"
        for i in range(1, count)
    )
    return first + "".join(others) + f"y = f{count - 1}(Time) ~~|"


R = "r: (a1-a2000) ~~|\nq: (b1-b2000) ~~|\n"


@pytest.mark.parametrize(
    ("equations", "said"),
    [
        (R + "x[r, q] = Time ~~|", '"x" has 4,000,000 elements; a model has at most 1,000,000'),
        (R + "x[r, q] ~~|", '"x" has 4,000,000 elements'),
        (R + "x[r, q] = GET DIRECT CONSTANTS('a.csv', ',', 'A1') ~~|", "4,000,000 elements"),
        (
            "r: (a1-a900) ~~|\ns: (b1-b900) ~~|\nx[r, s] = Time ~~|\ny[r, s] = x[r, s] ~~|",
            'the variables have 1,620,004 elements, most of them "x" (810,000)',
        ),
        (
            "r: (a1-a900) ~~|\nx[r] = Time ~~|\nz = SUM(x[r!] * SUM(x[r!] * SUM(x[r!]))) ~~|",
            'read elements of one another 729,810,900 times, most of all "z"',
        ),
        ("r: (a1-a1000000000) ~~|", "at most 10,000 elements"),
        ("r: (a1-a99999999999999999999) ~~|", "at most 10,000 elements"),
        (f"x = {'(' * 1000}1{')' * 1000} ~~|", "nested more than 150 deep"),
        (f"x = {'-' * 100_000}1 ~~|", "nested more than 150 deep"),
        (f"x = {'+'.join(['Time'] * 20_000)} ~~|", "over 250 operators in a row"),
        (f"x = {'SMOOTH(' * 140}Time{', 2)' * 140} ~~|", "at most 20,000 parts"),
        (f"x = {'1+' * 1_600_000}1 ~~|", "3,200,006 characters; at most 3,000,000 are read"),
        (f"x = {'9' * 400} ~~|", "beyond the largest number"),
        (_macros(14), "more than 10,000 calls"),
        (_macros(400), "30 inside one another"),
        (
            "".join(f"r{i}: r{i + 1}, r{i + 1} ~~|\n" for i in range(2000)) + "r2000: a ~~|",
            "subscript ranges stand in one another, more than 150 deep",
        ),
        (f"y = z ~ {'[' * 2_000_000} ~|", '"z", which is not defined'),
        (f"x = 1 {'{' * 2_000_000}", "a comment is never closed"),
        ("\\" * 3_000_000, ""),
        ('"\\' * 400_000, ""),
        ("x" * 2_000_000 + " = 1 ~~|\ny = z ~~|", '"z", which is not defined'),
        ("".join(f"v{i} = {'w' * 50}{i} ~~|\n" for i in range(300)), "more"),
    ],
    ids=lambda value: value[:30].strip() if isinstance(value, str) else None,
)
def test_absurd_models_of_vensim(tmp_path: Path, equations: str, said: str) -> None:
    refused(tmp_path / "model.mdl", "{UTF-8}\n" + equations + CONTROL, said)


SPECS = "<sim_specs><start>0</start><stop>{stop}</stop><dt>{dt}</dt></sim_specs>"


@pytest.mark.parametrize(
    ("before", "inside", "said"),
    [
        ("<dimensions><dim name='X' size='1000000000'/></dimensions>", "", "a size of 1 to 10,000"),
        (f"<dimensions><dim name='X' size='{'9' * 5000}'/></dimensions>", "", "a size of 1 to"),
        (f"{'<x>' * 1000}", "", "not a model that can be read"),
        ("", f"<aux name='x'><eqn>{'(' * 1000}1{')' * 1000}</eqn></aux>", "nested more than 150"),
        (
            "",
            "<module name='m'/></variables></model>"
            + "".join(
                f"<model name='{name}'><variables><module name='a{i}' model='{after}'/>"
                f"<module name='b{i}' model='{after}'/></variables></model>"
                for i, (name, after) in enumerate(
                    [("m", "m1"), *((f"m{i}", f"m{i + 1}") for i in range(1, 20))]
                )
            )
            + "<model name='m20'><variables>",
            "modules hold modules, more than 10,000 in all",
        ),
    ],
    ids=["size", "digits", "tags", "brackets", "modules"],
)
def test_absurd_models_of_xmile(tmp_path: Path, before: str, inside: str, said: str) -> None:
    specs = SPECS.format(stop=1, dt=1)
    text = f"<xmile>{specs}{before}<model><variables>{inside}</variables></model></xmile>"
    refused(tmp_path / "model.xmile", text, said)


@pytest.mark.parametrize(
    ("final", "step", "said"),
    [
        ("1e300", "1e-300", "TIME STEP 1e-300 makes inf steps from 0 to 1e+300"),
        ("1e300", "1", "makes 1e+300 steps"),
        ("10", "1e-300", "makes 1e+301 steps"),
        ("10", "0", "steps must be above zero"),
    ],
)
def test_a_run_without_end(build, final: str, step: str, said: str) -> None:
    model = build("x = INTEG(1, 0) ~~|", final=final, step=step)
    with pytest.raises(nqpf.InputError) as caught:
        model.run()
    assert said in str(caught.value)


def test_times_beyond_all_measure_are_no_times_of_the_run(build) -> None:
    model = build("x = INTEG(1, 0) ~~|")
    with pytest.raises(nqpf.InputError, match="1e\\+300 is not one of the times"):
        model.run(return_timestamps=[0, 1e300], final_time=10)


def test_a_file_beyond_all_measure(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    with path.open("wb") as stream:
        stream.truncate(limits.MAX_FILE + 1)  # takes no room on the disk
    with pytest.raises(nqpf.InputError, match="104,857,601 bytes; a model file has at most"):
        nqpf.load(path)


def test_what_is_large_and_sound_is_read(build) -> None:
    """The bounds are far above what models have."""
    model = build(
        "r: (a1-a2000) ~~|\nq: (b1-b20) ~~|\nx[r, q] = Time ~~|\n"
        f"y = {'+'.join(['Time'] * 200)} ~~|\nz = {'(' * 100}Time{')' * 100} ~~|\n"
        f"m = {'MODULO(' * 100}Time{', 7)' * 100} ~~|"
    )
    assert model.variables["x"].size == 40_000
