"""What checks say: every message in both languages, from one template each and the same values."""

from __future__ import annotations

from collections.abc import Iterable

from nqpf.errors import InputError
from nqpf.study.toml import Text


def both(en: str, zh: str, /, **values: object) -> Text:
    """Return a message; a `Text` among the values gives each language its own words."""
    return Text(en=_filled(en, "en", values), zh=_filled(zh, "zh", values))


def same(name: str) -> Text:
    """Return what reads alike in every language: a name, an expression."""
    return Text(en=name, zh=name)


def joined(parts: Iterable[Text]) -> Text:
    """Return several messages as one."""
    parts = list(parts)
    return Text(en=", ".join(each.en for each in parts), zh="，".join(each.zh for each in parts))


_TIME_UNITS = {
    **{"year": "年", "quarter": "个季度", "month": "个月", "week": "周", "day": "天"},
    **{"hour": "小时", "minute": "分钟", "second": "秒"},
}


def time_unit(unit: str) -> Text:
    """Return a unit of time; as the model has it where it is none of the usual ones."""
    return Text(en=unit, zh=_TIME_UNITS.get(unit.casefold().removesuffix("s"), unit))


class Refusal(InputError):
    """Bad input that becomes part of what a check says."""

    def __init__(self, said: Text) -> None:
        super().__init__(said.en)
        self.said = said


def said_by(error: Exception) -> Text:
    """Return the message of an error; in English alone where the engine speaks of a model file."""
    return error.said if isinstance(error, Refusal) else same(str(error))


def _filled(template: str, lang: str, values: dict[str, object]) -> str:
    return template.format_map(
        {key: each.in_(lang) if isinstance(each, Text) else each for key, each in values.items()}
    )


NO_STOCKS = both("no stocks", "没有存量")
NO_RANGES = both("no constant has a range", "常数均未给出范围")
AS_IN_FILE = both("as in the file", "按模型文件")
