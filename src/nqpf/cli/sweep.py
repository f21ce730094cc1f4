"""``nqpf sweep``: many runs into a store that can be gone on with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nqpf.cli.console import bar, complain, progress, say
from nqpf.cli.options import lang_option, quiet_option, study_option

if TYPE_CHECKING:
    from nqpf.cli.console import Bar
    from nqpf.sweep import Progress
    from nqpf.sweep.estimate import Estimate

INTERRUPTED = 130

_TEXTS = {
    "en": {
        "study": "Reading the study",
        "trial": "Trying a few runs",
        "runs": "{runs:,} runs in {chunks:,} chunks: samples {samples:,} ({design}; factors "
        "{factors}) x policies {policies:,}.",
        "bytes": "About {size} on disk ({raw} of results, compressed); {free} are free.",
        "minutes": "About {time} on this machine ({rate:,.0f} runs a second).",
        "dry": "Nothing was run. Without --dry-run the results go to {out}.",
        "found": "{found:,} of {total:,} runs are there already; going on.",
        "damaged": "Chunk {number}: {file} is damaged; it is made again.",
        "bar": "{rate:,.0f} runs/s, {failures:,} failed",
        "done": "{total:,} runs, {failures:,} of them failed{rate}: {out}",
        "rate": ", {rate:,.0f} runs a second",
        "open": 'xarray.open_zarr("{data}"); pandas.read_parquet("{samples}")',
        "stopped": "nqpf: stopped. {kept:,} of {total:,} runs are kept in {out}; the same command "
        "goes on from there.",
    },
    "zh": {
        "study": "读取研究",
        "trial": "试运行",
        "runs": "共 {runs:,} 次运行，分 {chunks:,} 块：{samples:,} 个样本（{design}），"
        "{factors} 个因素，{policies:,} 个政策组合。",
        "bytes": "约占磁盘 {size}（结果 {raw}，压缩后）；剩余 {free}。",
        "minutes": "在本机约需 {time}（每秒 {rate:,.0f} 次）。",
        "dry": "未运行任何内容。去掉 --dry-run 后结果写入 {out}。",
        "found": "已有 {found:,} 次（共 {total:,} 次），继续运行。",
        "damaged": "第 {number} 块：{file} 已损坏，将重新计算。",
        "bar": "每秒 {rate:,.0f} 次，失败 {failures:,} 次",
        "done": "共 {total:,} 次运行，其中 {failures:,} 次失败{rate}：{out}",
        "rate": "，每秒 {rate:,.0f} 次",
        "open": 'xarray.open_zarr("{data}")；pandas.read_parquet("{samples}")',
        "stopped": "nqpf：已停止。{out} 中保留了 {kept:,} 次运行（共 {total:,} 次），"
        "再次运行同一命令即可继续。",
    },
}


class _Watcher:
    """Draws the bar, and remembers how far it went."""

    def __init__(self, shown: Bar, texts: dict[str, str]) -> None:
        self._bar, self._texts = shown, texts
        self.last: Progress | None = None

    def begin(self, progress: Progress) -> None:
        self.last = progress
        if progress.found:
            self._bar.note(self._texts["found"].format(found=progress.found, total=progress.total))
        self._bar.start(progress.total, progress.found)

    def damaged(self, number: int, file: str) -> None:
        self._bar.note(self._texts["damaged"].format(number=number, file=file))

    def step(self, progress: Progress) -> None:
        text = self._texts["bar"].format(rate=progress.rate, failures=progress.failures)
        self._bar.update(progress.found + progress.done, text)


@click.command()
@click.argument("spec", type=click.Path(path_type=Path))
@study_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of the store. Default: results/sweeps/ and the name of SPEC.",
)
@click.option("--dry-run", is_flag=True, help="Say how many runs, bytes and minutes; run nothing.")
@click.option("--overwrite", is_flag=True, help="Replace another sweep that stands in --out.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help='Address of a Dask scheduler, such as tcp://host:8786, or "local" to start one here.',
)
@click.option(
    "--threads", type=click.IntRange(min=1), help="Threads of this process; default: all."
)
@lang_option
@quiet_option
def sweep(
    spec: Path,
    study: Path | None,
    out: Path | None,
    dry_run: bool,
    overwrite: bool,
    cluster: str | None,
    threads: int | None,
    lang: str,
    quiet: bool,
) -> None:
    """Run the sweep that SPEC describes: a TOML file, or the name of one in scenarios/sweeps.

    A sweep that was stopped, by whatever, goes on with the same command. What its file may say
    stands in docs/sweeps.md; "nqpf analyse" works on what it leaves.
    """
    texts = _TEXTS[lang]
    with progress(texts["study"], quiet=quiet) as tell:
        from nqpf.study.folder import open_study
        from nqpf.sweep import plan_sweep, run_plan
        from nqpf.sweep.estimate import estimate, require_space
        from nqpf.sweep.store import DATA, SAMPLES

        plan, model = plan_sweep(open_study(study), str(spec))
        out = out or Path("results") / "sweeps" / spec.stem
        tell(texts["trial"])
        cost = estimate(plan, model, out)
        if not dry_run:
            require_space(cost, out)
    if not quiet:
        said = {
            "samples": plan.samples,
            "policies": plan.policies.count,
            "factors": len(plan.sources),
            "design": plan.spec.design,
        }
        _say_cost(cost, said, texts)
    if dry_run:
        say(texts["dry"].format(out=out))
        return
    with bar(quiet=quiet) as shown:
        watcher = _Watcher(shown, texts)
        try:
            done = run_plan(
                plan,
                model,
                out,
                command=["nqpf", *sys.argv[1:]],
                threads=threads,
                overwrite=overwrite,
                cluster=cluster,
                watcher=watcher,
            )
        except KeyboardInterrupt:
            last = watcher.last
            if last is None:
                raise
            shown.stop()
            kept = last.found + last.done
            complain(texts["stopped"].format(kept=kept, total=last.total, out=out))
            sys.exit(INTERRUPTED)
    if not quiet:
        rate = texts["rate"].format(rate=done.rate) if done.done else ""
        say(texts["done"].format(total=done.total, failures=done.failures, rate=rate, out=out))
        say(texts["open"].format(data=out / DATA, samples=out / SAMPLES))


def _say_cost(cost: Estimate, said: dict[str, object], texts: dict[str, str]) -> None:
    say(texts["runs"].format(runs=cost.runs, chunks=cost.chunks, **said))
    from nqpf.sweep.estimate import in_bytes

    sizes = {
        name: in_bytes(value)
        for name, value in (("size", cost.size), ("raw", cost.raw), ("free", cost.free))
    }
    say(texts["bytes"].format(**sizes))
    rate = cost.runs / max(cost.seconds, 1e-9)
    say(texts["minutes"].format(time=_time(cost.seconds), rate=rate))


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:,.1f} h"
