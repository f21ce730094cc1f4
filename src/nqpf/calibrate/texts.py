"""What a calibration says, in both languages: one key a sentence, figures filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

_TEXTS: Mapping[str, tuple[str, str]] = {
    # How it goes on.
    "study": ("Reading the study", "读取研究资料"),
    "loading": ("Loading the model", "载入模型"),
    "loading: reading": ("Loading the model: reading", "载入模型：读取"),
    "loading: compiling": ("Loading the model: compiling", "载入模型：编译"),
    "finish": (
        "Best fit, finish {number} of {count}: cost {cost:.2f}",
        "最优拟合，第 {number}／{count} 次收尾：目标值 {cost:.2f}",
    ),
    "profiles": (
        "Profiles: {count} values, the other parameters fitted again at each",
        "剖面似然：{count} 个取值，各取值处重新拟合其余参数",
    ),
    "warm-up": ("Warming up, {steps} steps", "预热，{steps} 步"),
    "drawing": ("Drawing", "抽样"),
    "damaged": (
        "{file} is damaged; going on from the draws before it",
        "{file} 已损坏；从其之前的抽样继续",
    ),
    "chains": (
        "{draws:,} draws of {chains} chains: R-hat {r_hat:.3f}, effective draws {ess:,.0f}, "
        "best {best:.2f}",
        "{chains} 条链各 {draws:,} 次抽样：R-hat {r_hat:.3f}，有效样本 {ess:,.0f}，最优 {best:.2f}",
    ),
    "holdout fit": (
        "Hold-out: fitting to the years up to {year}",
        "样本外检验：用 {year} 年及以前的数据拟合",
    ),
    "writing": ("Writing", "写出结果"),
    # What the data say.
    "nothing": ("The data say nothing about: {names}.", "数据完全不能说明：{names}。"),
    "little": ("The data say little about: {names}.", "数据几乎不能说明：{names}。"),
    "tangled": (
        "Not to be told apart: {one} and {other} (correlation {correlation:+.2f}).",
        "无法区分：{one} 与 {other}（相关系数 {correlation:+.2f}）。",
    ),
    "bounded nowhere": (
        "Without their own priors the data set no bound to: {names}.",
        "不计其自身先验，数据对下列参数没有约束：{names}。",
    ),
    "bounded once": (
        "Without their own priors the data bound on one side only: {names}.",
        "不计其自身先验，数据仅单侧约束：{names}。",
    ),
    "bounded twice": (
        "Without their own priors the data bound on both sides: {names}.",
        "不计其自身先验，数据双侧约束：{names}。",
    ),
    "constraint": (
        "Part of the likelihood: {variable} of {year} between {low:g} and {high:g}.",
        "似然函数的一部分：{year} 年 {variable} 介于 {low:g} 与 {high:g} 之间。",
    ),
    "coverage": (
        "{name}: {inside:.0%} of {n} points lie within the 90 % band.",
        "{name}：{n} 个数据点中有 {inside:.0%} 落在 90 % 区间内。",
    ),
    "beaten": (
        "A naive forecast does better on: {names}.",
        "简单外推预测更准的序列：{names}。",
    ),
    "recovering": (
        "Finding known parameters again, {number} of {count}",
        "找回已知参数，第 {number}／{count} 次",
    ),
    "between names": (", ", "、"),
}


class Tell(Protocol):
    """Hears what a calibration is doing: a key of the texts, and its figures."""

    def __call__(self, key: str, /, **figures: object) -> None: ...


def silent(key: str, /, **figures: object) -> None:
    """Tell nobody."""


def said(key: str, lang: str, /, **figures: object) -> str:
    """Return a text in ``lang`` with its figures; lists of names are joined."""
    text = _TEXTS[key][lang == "zh"]
    comma = _TEXTS["between names"][lang == "zh"]
    shown = {
        name: comma.join(map(str, value)) if isinstance(value, list | tuple) else value
        for name, value in figures.items()
    }
    return text.format(**shown)
