"""Compile the statistics of a study from a collection of published figures.

Usage: python tools/compile_statistics.py COLLECTION [--out FOLDER] [--country KOR]

COLLECTION is a folder with the tables ``china_statistics.csv`` and ``china_model_inputs.csv``, and
``other_countries.csv`` for a country that --country names: one row per published figure, often
several vintages of the same one. ``series.toml`` in FOLDER says
which series and vintage the study takes, and why; this script carries that out and nothing else,
so that the same collection always gives the same files.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nqpf.errors import InputError
from nqpf.study.statistics import CATALOGUE, COLUMNS, AddedValue, Catalogue, SeriesEntry
from nqpf.study.toml import load_toml

FIRST_YEAR, LAST_YEAR, LAST_PROJECTED = 1995, 2022, 2050
PROJECTIONS = "demography"
REGIONS = ("East", "Central", "West", "Northeast")
TABLES = ("china_statistics.csv", "china_model_inputs.csv")
OTHERS = ("other_countries.csv",)  # with a column for the country

# A derivation is carried over where it is plain arithmetic; other remarks of the collection are
# not, because some of them quote figures of later years.
ARITHMETIC = re.compile(
    r"derived(?: from the stated change on the previous year)?:?\s*([\d.]+\s*[-+*/x]\s*[\d.]+)"
)

Row = dict[str, str]


def main() -> int:
    """Compile and say what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("collection", type=Path, help="folder of the published figures")
    parser.add_argument("--out", type=Path, default=Path("calibration/statistics"))
    parser.add_argument("--country", help="code of the country; China without it")
    options = parser.parse_args()
    try:
        files = compile_statistics(options.collection, options.out / CATALOGUE, options.country)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    for file, rows in files.items():
        path = options.out / f"{file}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"{path}: {len(rows)} values")
    return 0


def compile_statistics(
    collection: Path, catalogue_file: Path, country: str | None = None
) -> dict[str, list[Row]]:
    """Return the rows of each file that the catalogue asks for, in its order."""
    catalogue = load_toml(catalogue_file, Catalogue).root
    figures = list(read_collection(collection, country))
    found = {
        name: select(figures, name, entry)
        for name, entry in catalogue.items()
        if name not in COMPUTED
    }
    for name, compute in COMPUTED.items():
        if name in catalogue:
            found[name] = compute(found, name, catalogue[name])
    files: dict[str, list[Row]] = {}
    for name, entry in catalogue.items():
        files.setdefault(entry.file, []).extend(found[name])
    return files


def read_collection(folder: Path, country: str | None = None) -> Iterator[Row]:
    """Yield the figures as text; no published value passes through a float on its way."""
    tables = TABLES if country is None else OTHERS
    for name in tables:
        try:
            with (folder / name).open(encoding="utf-8", newline="") as stream:
                yield from (row for row in csv.DictReader(stream) if row.get("country") == country)
        except FileNotFoundError:
            wanted = " and ".join(tables)
            raise InputError(
                f"{folder / name}: no such file. Give the folder of {wanted}."
            ) from None


def select(figures: list[Row], name: str, entry: SeriesEntry) -> list[Row]:
    """Return the rows of one series, one per region and year, in the study's columns."""
    origin = entry.origin or name
    if entry.file != "regional":
        return [
            row | {"series": name, "region": ""} for row in _one_vintage(figures, origin, entry)
        ]
    return [
        row | {"series": name, "region": region}
        for region in REGIONS
        for row in _one_vintage(figures, f"{origin}_{region.lower()}", entry)
    ]


def _one_vintage(figures: list[Row], origin: str, entry: SeriesEntry) -> list[Row]:
    last = LAST_PROJECTED if entry.file == PROJECTIONS else LAST_YEAR
    last = min(last, entry.last or last)
    by_year: dict[int, list[Row]] = {}
    for row in figures:
        year = int(row["year"]) if row["series"] == origin else 0
        if (entry.first or FIRST_YEAR) <= year <= last and row["confidence"] == "seen":
            if row["unit"] != entry.unit:
                unit = row["unit"]
                raise InputError(f'{origin}: unit "{unit}", but "{entry.unit}" in the catalogue.')
            by_year.setdefault(year, []).append(row)
    if not by_year:
        raise InputError(f'the collection has no seen value of "{origin}".')
    for added in entry.added:
        if added.year > LAST_YEAR or added.year in by_year:
            raise InputError(f"{origin}: {added.year} is not to be added: it is there or too late.")
        by_year[added.year] = [_row(added, entry)]
    rows = []
    for year, candidates in sorted(by_year.items()):
        best = min(_rank(row, entry) for row in candidates)
        chosen = [row for row in candidates if _rank(row, entry) == best]
        if entry.only and best == len(entry.prefer):
            continue
        if len(chosen) > 1:
            raise InputError(f"{origin}: {year} is there twice; name a source to prefer.")
        rows.append(_cited(chosen[0], year, entry))
    return rows


def _row(added: AddedValue, entry: SeriesEntry) -> Row:
    return {
        "year": str(added.year),
        "value": added.value,
        "unit": entry.unit,
        "source": added.source,
        "source_locator": added.locator,
        "vintage": added.vintage,
        "notes": "",
    }


def _rank(row: Row, entry: SeriesEntry) -> int:
    matches = (i for i, wanted in enumerate(entry.prefer) if row["source"].startswith(wanted))
    return next(matches, len(entry.prefer))


def _cited(row: Row, year: int, entry: SeriesEntry) -> Row:
    if year > LAST_YEAR:
        status, notes = "projected", "projection: an input of the model, not a statistic"
    elif entry.derived:
        status, notes = "derived", entry.derived
    elif re.search(r"\b(derived|computed)\b", row["notes"]):
        match = ARITHMETIC.match(row["notes"])
        # A first operand such as 2013 is the year whose value was used, not a value.
        plain = match[1] if match and not match[1].startswith("20") else "see the catalogue"
        status, notes = "derived", f"derived: {plain}"
    else:
        status, notes = "seen", ""
    locator = re.sub(r"[^(]*excerpt without address; ", "", row["source_locator"])
    return row | {
        "status": status,
        "notes": notes,
        "vintage": entry.vintage or row["vintage"],
        "source_locator": locator.replace("scraped copy", "copy"),
    }


def gdp_real(found: dict[str, list[Row]], name: str, entry: SeriesEntry) -> list[Row]:
    """Real GDP at prices of 2000: the nominal level of that year moved by official growth."""
    level, chain = 1.0, {}
    for year, growth in _values(found["gdp_real_growth"]).items():
        level *= 1 + growth / 100
        chain[year] = level
    base = _values(found["gdp_nominal"])[2000] / 10  # 100 million to billion yuan
    values = {year: base * level / chain[2000] for year, level in chain.items()}
    return _computed(found["gdp_real_growth"], values, name, entry)


def gerd_real(found: dict[str, list[Row]], name: str, entry: SeriesEntry) -> list[Row]:
    """R&D expenditure at prices of 2000: share of GDP times real GDP."""
    gdp = _values(found["gdp_real"])
    shares = _values(found["gerd_share_gdp_rebased"])
    values = {year: share / 100 * gdp[year] for year, share in shares.items()}
    return _computed(found["gerd_nominal"], values, name, entry)


def tertiary_completed(found: dict[str, list[Row]], name: str, entry: SeriesEntry) -> list[Row]:
    """Persons with tertiary education less students, in the years of both."""
    students = _values(found["he_enrolment_regular"])
    educated = _values(found["population_tertiary_stock"])
    values = {year: educated[year] - students[year] for year in educated if year in students}
    return _computed(found["population_tertiary_stock"], values, name, entry)


def tertiary_employed(found: dict[str, list[Row]], name: str, entry: SeriesEntry) -> list[Row]:
    """Employed persons with tertiary education: their share of employment times employment."""
    employed = _values(found["pwt110_emp"])
    shares = _values(found["employed_tertiary_share"])
    values = {year: share / 100 * employed[year] for year, share in shares.items()}
    return _computed(found["employed_tertiary_share"], values, name, entry)


def employment_rate(found: dict[str, list[Row]], name: str, entry: SeriesEntry) -> list[Row]:
    """Persons engaged per person aged 20-64."""
    persons = _values(found["population_20_64"])
    engaged = _values(found["employment"])
    values = {y: 1000 * engaged[y] / persons[y] for y in engaged if y in persons}
    return _computed(found["employment"], values, name, entry)


def cohort_turning_18(found: dict[str, list[Row]], name: str, entry: SeriesEntry) -> list[Row]:
    """Persons who turn 18: a sixth of those aged 18-23 two and a half years later."""
    persons = _values(found["population_18_23"])
    values = {y: (persons[y + 2] + persons[y + 3]) / 12 for y in persons if y + 3 in persons}
    return _computed(found["population_18_23"], values, name, entry)


def researchers(found: dict[str, list[Row]], name: str, entry: SeriesEntry) -> list[Row]:
    """Researchers in full-time equivalents: their density times the population."""
    population = _values(found["population"])
    density = _values(found["researchers_per_million"])
    values = {y: density[y] * population[y] / 1e6 for y in density if y in population}
    return _computed(found["researchers_per_million"], values, name, entry)


def gerd_share_spliced(found: dict[str, list[Row]], name: str, entry: SeriesEntry) -> list[Row]:
    """R&D over GDP from three series on one GDP vintage, each for the years that the next lacks."""
    parts = ("gerd_share_gdp_early", "gerd_share_gdp_oecd", "gerd_share_gdp")
    rows = {int(row["year"]): row for part in parts for row in found[part]}
    return [row | {"series": name, "unit": entry.unit} for _, row in sorted(rows.items())]


# In this order: the second uses the first.
COMPUTED = {
    "gdp_real": gdp_real,
    "gerd_real": gerd_real,
    "tertiary_completed": tertiary_completed,
    "tertiary_employed": tertiary_employed,
    "employment_rate": employment_rate,
    "cohort_turning_18": cohort_turning_18,
    "researchers": researchers,
    "gerd_share_spliced": gerd_share_spliced,
}


def _values(rows: list[Row]) -> dict[int, float]:
    return {int(row["year"]): float(row["value"]) for row in rows}


def _computed(
    like: list[Row], values: dict[int, float], name: str, entry: SeriesEntry
) -> list[Row]:
    changed = {
        "series": name,
        "unit": entry.unit,
        "status": "derived",
        "notes": entry.derived or "",
    }
    return [
        row | changed | {"value": f"{values[int(row['year'])]:.6g}"}
        for row in like
        if int(row["year"]) in values
    ]


if __name__ == "__main__":
    sys.exit(main())
