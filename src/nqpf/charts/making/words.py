"""What readers call the factors, outcomes and policies of a sweep."""

from __future__ import annotations

from typing import Any

from nqpf.charts.material import Material

_TOGETHER = {
    "en": {"fitted draw": "All fitted parameters together", "policy": "Policy"},
    "zh": {"fitted draw": "全部标定参数", "policy": "政策"},
}


class SweepWords:
    """Names of a sweep in the language of ``material``, as its own specification has them."""

    def __init__(self, sweep: str, material: Material) -> None:
        self._sweep, self._material = sweep, material
        self._spec = material.results.sweep(sweep)

    @property
    def outcomes(self) -> list[str]:
        """Names of the outcomes in the order of the specification."""
        return list(self._spec.get("outcomes", {}))

    def factor(self, name: str, *, code: bool = False) -> str:
        """Return what a factor is called: a lever (with its code), a parameter, all fitted ones."""
        together = _TOGETHER[self._material.lang].get(name)
        if together is not None:
            return together
        lever = self._material.study.levers.get(name)
        if lever is None:
            return self._material.variable(name)
        title = self._material.say(lever.title)
        return f"{name} {title}" if code else title

    def title(self, name: str) -> str:
        """Return what an outcome, or that of an objective, is called."""
        return self._written(name, "title") or name

    def unit(self, name: str) -> str:
        """Return the unit of an outcome."""
        return self._written(name, "unit")

    def direction(self, name: str) -> float:
        """Return 1 where more of an outcome is better, else -1."""
        return -1.0 if self._entry(name).get("less_is_better") else 1.0

    def digits(self, name: str) -> int:
        """Return with how many decimals an outcome is written."""
        found = self._entry(name).get("digits")
        return found if isinstance(found, int) else 1

    def policies(self) -> dict[object, str]:
        """Return the titles of the policies by their numbers."""
        table = self._material.results.analysis(self._sweep, "policies.csv")
        column = f"title_{self._material.lang}"
        if table is None or not {"policy", column} <= set(table):
            return {}
        rows = table.dropna(subset=[column])
        titles = dict(zip(rows["policy"].tolist(), map(str, rows[column]), strict=True))
        # Combinations of measures on one scenario need not name it each time.
        start = f"{min(titles.values(), key=len)} + " if titles else ""
        together = all(start.startswith(each) or each.startswith(start) for each in titles.values())
        return {key: each.removeprefix(start) if together else each for key, each in titles.items()}

    def _written(self, name: str, key: str) -> str:
        text = self._entry(name).get(key)
        found = text.get(self._material.lang) if isinstance(text, dict) else text
        return found if isinstance(found, str) else ""

    def _entry(self, name: str) -> dict[str, Any]:
        """Return what the specification says of an outcome, or of an objective's."""
        objective = self._spec.get("objectives", {}).get(name, {})
        return self._spec.get("outcomes", {}).get(objective.get("outcome", name), {})
