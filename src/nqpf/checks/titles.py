"""What the checks of every model are called; statements bring titles of their own."""

from __future__ import annotations

_TITLES = {
    "units": {"en": "Units of both sides agree", "zh": "方程两边单位一致"},
    "described": {"en": "Every variable has unit and text", "zh": "变量均有单位和说明"},
    "sources": {"en": "Every number has a source", "zh": "数字均有来源"},
    "ranges": {"en": "Every constant has a range, and is in it", "zh": "常数均在给定范围内"},
    "unused": {"en": "Every number is used", "zh": "数字均被使用"},
    "ends": {"en": "What nothing reads is a result", "zh": "未被引用者均为结果变量"},
    "cuts": {"en": "No link is cut by a factor 0", "zh": "没有被零切断的联系"},
    "names": {"en": "No names to be confused", "zh": "没有易混的名称"},
    "flows": {"en": "Flows arrive whole, once", "zh": "流量不漏损、不重复"},
    "outflows": {"en": "Outflows follow from their stock", "zh": "流出取决于存量"},
    "balance": {"en": "Stocks change by their flows alone", "zh": "存量变化等于流量"},
    "time constants": {"en": "Time step against time constants", "zh": "步长与时间常数"},
    "time step": {"en": "Error of integration", "zh": "积分误差"},
    "tables": {"en": "Tables read within their points", "zh": "查表不超出端点"},
    "jumps": {"en": "Courses without jumps", "zh": "变量没有跳变"},
    "bounds": {"en": "Results within their own ranges", "zh": "结果在给定范围内"},
    "extremes": {"en": "Each constant at both ends of its range", "zh": "各常数取范围两端"},
    "draws": {"en": "Random draws over all ranges", "zh": "全部范围随机抽样"},
    "effects": {"en": "Every constant has an effect", "zh": "各常数均有作用"},
    "scenarios": {"en": "Scenarios act, after history", "zh": "情景有作用且不改变历史"},
    "symmetry of": {"en": "Alike elements behave alike:", "zh": "条件相同则结果相同："},
}


def title(name: str, lang: str) -> str:
    """Return what a check is called, with what its name says beyond its kind."""
    for kind, titles in _TITLES.items():
        if name.startswith(kind):
            own = name[len(kind) :]
            return titles[lang] + (own.lstrip() if lang == "zh" else own)
    return name
