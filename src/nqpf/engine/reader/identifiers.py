"""Names of a model file -> names that Python takes, the same ones that PySD gives.

Whoever comes from PySD finds a variable under the name that PySD's translation of the file has.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

# Names of a module that PySD translates a model to (PySD 3.14): a variable called so gets a number.
_OF_PYSD = (
    "active_initial allocate_available allocate_by_priority compute_shape constant_cache dataclass "
    "datetime deepcopy detect_encoding erfc get_current_computer_time get_return_elements "
    "get_key_and_value_by_insensitive_key_or_value get_time_value if_then_else importlib "
    "incomplete inspect integer invert_matrix itertools json least_squares load_model_data "
    "load_modules load_outputs load_workbook modulo not_implemented_function np os p pd "
    "print_objects_format prod progressbar pulse quantum ramp random re rearrange step utils "
    "vector_rank vector_reorder vector_select vector_sort_order vmax vmin warn warnings wraps xidz "
    "xr xrsplit zidz"
)
_RESERVED = frozenset(_OF_PYSD.split()) | frozenset(keyword.kwlist) | frozenset(dir(builtins))


class Identifiers:
    """The identifiers given so far in one namespace."""

    def __init__(self) -> None:
        self._taken = set(_RESERVED)

    def new(self, name: str) -> str:
        """Return an identifier for ``name``, with a number behind it if it is taken."""
        text = re.sub(r"[\s_]+", "_", name.lower())
        text = unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode()
        text = re.sub(r"[^0-9a-z_]", "", text)
        if not text or text[0].isdigit() or text[0] == "_":
            text = f"nvs_{text}"
        stem = re.sub(r"_+", "_", text)
        identifier, number = stem, 0
        while identifier in self._taken:
            number += 1
            identifier = f"{stem}_{number}"
        self._taken.add(identifier)
        return identifier
