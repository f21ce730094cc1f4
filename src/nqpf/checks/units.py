"""Units of measurement as products of base units with rational exponents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from nqpf.checks.wording import Refusal, both, said_by
from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.errors import InputError
from nqpf.study.toml import Text

# Spellings that Vensim takes for one unit unless the model says otherwise (reference manual, Units
# Synonyms), and the abbreviations that go with them.
SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("Dmnl", "Dimensionless", "Unitless", "No units", "Fraction", "Nondimensional", "1"),
    ("$", "Dollar", "Dollars", "$s"),
    ("Second", "Seconds", "sec", "secs"),
    ("Minute", "Minutes", "min", "mins"),
    ("Hour", "Hours", "hr", "hrs"),
    ("Day", "Days"),
    ("Week", "Weeks", "wk", "wks"),
    ("Month", "Months", "mo", "mos"),
    ("Quarter", "Quarters"),
    ("Year", "Years", "yr", "yrs"),
    ("Person", "People", "Persons"),
    ("Unit", "Units"),
)
_PIECES = re.compile(r"\s*([*/^()]|[^*/^()]+)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")
MAX_LENGTH, MAX_BRACKETS = 1000, 50


@dataclass(frozen=True)
class Unit:
    """``factors``: (base unit, exponent), sorted by name, no exponent zero."""

    factors: tuple[tuple[str, Fraction], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        return _product([*self.factors, *other.factors])

    def __truediv__(self, other: Unit) -> Unit:
        return self * other**-1

    def __pow__(self, exponent: Fraction | int) -> Unit:
        return _product((name, power * exponent) for name, power in self.factors)

    def __str__(self) -> str:
        above = [_power(name, power) for name, power in self.factors if power > 0]
        below = [_power(name, -power) for name, power in self.factors if power < 0]
        text = "*".join(above) or ("1" if below else "Dmnl")
        return "/".join([text, *below])


DIMENSIONLESS = Unit()


def _product(factors: Iterable[tuple[str, Fraction]]) -> Unit:
    total: dict[str, Fraction] = {}
    for name, power in factors:
        total[name] = total.get(name, Fraction(0)) + power
    return Unit(tuple(sorted((name, power) for name, power in total.items() if power)))


def _power(name: str, power: Fraction) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"


class Units:
    """Reads units as a model writes them.

    ``synonyms``: groups of spellings of one unit, beside the usual ones; the first is shown.
    ``meanings``: names of units -> what they stand for, as ``J`` for ``newton*meter``.
    """

    def __init__(
        self, synonyms: Iterable[Iterable[str]] = (), meanings: Mapping[str, str] | None = None
    ) -> None:
        self._base: dict[str, str] = {}
        for group in (*SYNONYMS, *synonyms):
            names = list(group)
            shown = next(
                (self._base[n] for n in map(canonical, names) if n in self._base), names[0]
            )
            for name in names:
                self._base[canonical(name)] = shown
        self._shown: dict[str, str] = {}
        self._meant: dict[str, Unit] = {}
        for name, meaning in (meanings or {}).items():
            self._meant[canonical(name)] = self.parse(meaning)

    @classmethod
    def of(cls, own: Iterable[ir.UnitNames]) -> Units:
        """Return a reader of the units of a model that brings names of its own.

        A group that stands for what is no unit is a group of synonyms.
        """
        plain = cls()
        groups, meanings = [], {}
        for each in own:
            if each.meaning and _is_unit(plain, each.meaning):
                meanings |= dict.fromkeys(each.names, each.meaning)
            elif each.names:
                groups.append(each.names)
        return cls(groups, meanings)

    def parse(self, text: str) -> Unit:
        """Return the unit of ``text``, such as ``CNY/(Person*Year)``.

        Raises
        ------
        InputError
            The text is not a product of units; the message says where it stops making sense.
        """
        if len(text) > MAX_LENGTH:
            raise Refusal(
                both(
                    "unit of {length} characters; at most {most} are read",
                    "单位有 {length} 个字符，最多读取 {most} 个",
                    length=len(text),
                    most=MAX_LENGTH,
                )
            )
        if text.count("(") > MAX_BRACKETS:
            raise _wrong(
                f"{text[:20]}...", "more than {n} brackets", "括号超过 {n} 个", MAX_BRACKETS
            )
        pieces = [piece.strip() for piece in _PIECES.findall(text)]
        pieces = [piece for piece in pieces if piece]
        unit, rest = self._product(pieces, text) if pieces else (DIMENSIONLESS, [])
        if rest:
            raise _wrong(text, '"{n}" was not expected', "多出“{n}”", rest[0])
        return unit

    def _product(self, pieces: list[str], text: str) -> tuple[Unit, list[str]]:
        unit, rest = self._factor(pieces, text)
        while rest and rest[0] in "*/":
            factor, after = self._factor(rest[1:], text)
            unit = unit * factor if rest[0] == "*" else unit / factor
            rest = after
        return unit, rest

    def _factor(self, pieces: list[str], text: str) -> tuple[Unit, list[str]]:
        if not pieces or pieces[0] in "*/^)":
            raise _wrong(text, "a unit is missing", "缺少一个单位")
        first, *rest = pieces
        if first == "(":
            unit, rest = self._product(rest, text)
            if not rest or rest[0] != ")":
                raise _wrong(text, "a bracket is not closed", "括号未闭合")
            rest = rest[1:]
        else:
            unit = DIMENSIONLESS if _NUMBER.match(first) else self._named(first)
        if rest and rest[0] == "^":
            exponent, rest = self._exponent(rest[1:], text)
            unit = unit**exponent
        return unit, rest

    def _exponent(self, pieces: list[str], text: str) -> tuple[Fraction, list[str]]:
        """``2``, ``-1``, ``0.5``, ``(1/2)``."""
        closed = pieces[:1] == ["("] and ")" in pieces
        end = pieces.index(")") if closed else 1
        written = "".join(pieces[1:end] if closed else pieces[:1])
        try:
            return Fraction(written).limit_denominator(1000), pieces[end + closed :]
        except (ValueError, ZeroDivisionError):
            raise _wrong(text, '"{n}" is not an exponent', "“{n}”不是指数", written) from None

    def _named(self, name: str) -> Unit:
        key = canonical(name)
        if key in self._meant:
            return self._meant[key]
        known = self._base.get(key)
        if known == "Dmnl":
            return DIMENSIONLESS
        return Unit(((known or self._shown.setdefault(key, name), Fraction(1)),))


def _wrong(text: str, en: str, zh: str, at: object = None) -> Refusal:
    """Return what is wrong with a unit; ``{n}`` in its wording stands for ``at``."""
    said = both('unit "{unit}": {what}', "单位“{unit}”：{what}", unit=text, what=both(en, zh, n=at))
    return Refusal(said)


def _is_unit(units: Units, text: str) -> bool:
    try:
        units.parse(text)
    except InputError:
        return False
    return True


def declared(units: Units, texts: Mapping[str, str]) -> tuple[dict[str, Unit], dict[str, Text]]:
    """Return (name -> unit, name -> what is wrong) of the units that variables state.

    A variable without a unit is in neither.
    """
    found: dict[str, Unit] = {}
    wrong: dict[str, Text] = {}
    for name, text in texts.items():
        if not text.strip():
            continue
        try:
            found[name] = units.parse(text)
        except InputError as error:
            wrong[name] = said_by(error)
    return found, wrong
