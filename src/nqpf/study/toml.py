"""TOML files of a study, checked against a pydantic model."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from nqpf.errors import InputError, did_you_mean

LANGUAGES = ("en", "zh")

Finite = Annotated[float, Field(allow_inf_nan=False)]
Pair = Annotated[list[Finite], Field(min_length=2, max_length=2)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Table(BaseModel):
    """A table of a TOML file: keys that it does not name are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Text(Table):
    """A text for readers, in each language; a plain string serves for both."""

    en: Line
    zh: Line

    @model_validator(mode="before")
    @classmethod
    def _one_for_both(cls, text: object) -> object:
        return dict.fromkeys(LANGUAGES, text) if isinstance(text, str) else text

    def in_(self, lang: str) -> str:
        """Return the text in ``lang`` (one of `LANGUAGES`)."""
        return self.zh if lang == "zh" else self.en


Schema = TypeVar("Schema", bound=BaseModel)


def load_toml(path: Path, schema: type[Schema]) -> Schema:
    """Read ``path`` and check it against ``schema``.

    Raises
    ------
    InputError
        One line that names the file, the key and what was expected.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{shown(path)}: no such file.") from None
    except UnicodeDecodeError:
        raise InputError(f"{shown(path)}: not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read: {error.strerror}.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{shown(path)}: not valid TOML: {error}.") from None
    except ValueError:
        raise InputError(f"{shown(path)}: not valid TOML: a number of too many digits.") from None
    except RecursionError:
        raise InputError(f"{shown(path)}: not valid TOML: brackets nested too deep.") from None
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{shown(path)}: {one_line(error, schema)}") from None


def shown(path: Path) -> str:
    """Return ``path`` as a reader writes it: relative to where one stands, if below it."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def one_line(error: ValidationError, schema: type[BaseModel]) -> str:
    """Return what is wrong, in one line: the key and what was expected."""
    # A misspelt key is also a missing one; the misspelling says more.
    found = error.errors(include_url=False)
    first, *others = sorted(found, key=lambda each: each["type"] != "extra_forbidden")
    *table, key = first["loc"] or ("",)
    where = f" in [{_dotted(table)}]" if table else ""
    match first["type"]:
        case "extra_forbidden":
            hint = did_you_mean(str(key), _keys(schema))
            said = f'unknown key "{key}"{where}.{hint}'
        case "missing":
            said = f'key "{key}" is missing{where}.'
        case _:
            given = first["input"]
            value = "" if isinstance(given, dict | list) else f" = {given!r}"
            said = f"{_dotted(first['loc'])}{value}: {_sentence(first['msg'])}"
    return said + (f" ({len(others)} more of the kind.)" if others else "")


def _dotted(keys: Any) -> str:
    """Return a path of keys as TOML writes it, tables of an array counted from 1."""
    path = ""
    for key in keys:
        if isinstance(key, int):
            path += f" #{key + 1}"
        else:
            path += ("." if path else "") + (f'"{key}"' if set(" .") & set(str(key)) else str(key))
    return path


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Input ")
    return message.rstrip(".") + "."


def _keys(schema: type[BaseModel]) -> Iterator[str]:
    """Yield every key that a file of this schema may hold, at any depth."""
    layout = schema.model_json_schema()
    for table in (layout, *layout.get("$defs", {}).values()):
        yield from table.get("properties", {})
