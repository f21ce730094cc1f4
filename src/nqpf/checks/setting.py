"""What a study says of its model: statements, scenarios, history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nqpf.checks.statements import FILE as STATEMENTS
from nqpf.checks.statements import StatementFile, read_statements
from nqpf.engine.model import Model
from nqpf.study.folder import Study
from nqpf.study.names import names_of
from nqpf.study.toml import Text

if TYPE_CHECKING:
    import pandas as pd

    from nqpf.study.statistics import Statistics
    from nqpf.study.targets import Target


@dataclass(frozen=True)
class Setting:
    """What a study says of its model.

    ``scenarios``: name -> constants that the scenario sets. ``targets`` of history with their
    ``statistics``; None for a study without. ``names``: what readers call the variables.
    """

    stated: StatementFile
    scenarios: Mapping[str, Mapping[str, float]]
    targets: Mapping[str, Target] | None = None
    statistics: Statistics | None = None
    names: Mapping[str, Text] = field(default_factory=dict)

    @property
    def observed(self) -> float | None:
        """Last time of history, which no scenario may change."""
        return None if not self.targets else max(each.years[1] for each in self.targets.values())

    def history(self, model: Model, lang: str = "en") -> pd.DataFrame | None:
        """Return the table of `nqpf.study.history.reproduce`; None without targets."""
        if self.targets is None or self.statistics is None:
            return None
        from nqpf.study.history import reproduce
        from nqpf.study.project import history

        return reproduce(history(model), self.statistics, self.targets, lang)


NOTHING_SAID = Setting(StatementFile(), {})


def read_setting(study: Study) -> Setting:
    """Read what a study says of its model.

    Raises
    ------
    InputError
        One line that names the file and what was expected.
    """
    from nqpf.study.statistics import read_statistics
    from nqpf.study.targets import FILE as TARGETS
    from nqpf.study.targets import read_targets

    stated = read_statements(study.folder / "model" / STATEMENTS)
    scenarios = {name: dict(each.parameters) for name, each in study.scenarios.items()}
    file = study.calibration / TARGETS
    names = names_of(study)
    if not file.exists():
        return Setting(stated, scenarios, names=names)
    statistics = read_statistics(study.calibration / "statistics")
    return Setting(stated, scenarios, read_targets(file), statistics, names)
