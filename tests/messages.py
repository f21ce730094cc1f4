"""What the program's code may say when it refuses something, read off its syntax trees.

Every text given to an exception is followed to its parts: names to what they were set to, calls to
what the functions of the same file return. What only a run would tell is one figure, ``7``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

import nqpf

SOURCE = Path(nqpf.__file__).parent
UNKNOWN = "7"
HINT = ' Did you mean "7"?'
REASON = "no such file."  # stands for the message of another error
_MOST = 4  # readings of one part
_ERRORS = {"InputError", "UsageError"}
_MESSAGES = {"error", "said"}  # names, and functions of other files, that stand for a message
_WRITERS = {"one_line", "unwritable"}


def messages(file: Path, inside: str | None = None) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of what a file says to whoever gave wrong input.

    ``inside``: name of the only class that is looked at. In files with pydantic's tables, what
    their validators raise counts, too, as `nqpf.study.toml` words it.
    """
    tree = ast.parse(file.read_text("utf-8"))
    tables = any(isinstance(n, ast.ImportFrom) and n.module == "pydantic" for n in ast.walk(tree))
    for function in _functions(tree, inside):
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and getattr(function, "name", "") == "lacks":
                yield from ((node.lineno, text) for text in _returns(node, tree, function))
            if not isinstance(node, ast.Call) or not node.args:
                continue
            named = _name(node.func)
            if named in _ERRORS or (named == "ValueError" and tables):
                end = "." if named == "ValueError" else ""
                for text in _texts(node.args[0], tree, function):
                    if re.search("[a-z]", text.replace(REASON, "")):  # else all is another's
                        yield node.lineno, re.sub(r"(?<!\.)\.\.$", ".", text + end)


def announcements(file: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of what a file says about how far it is."""
    text = file.read_text("utf-8")
    if not re.search(r"\b(tell|progress)\(", text):
        return
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in ("tell", "progress"):
            first = node.args[0]
            if isinstance(first, ast.Constant | ast.JoinedStr):
                yield from ((node.lineno, text) for text in _texts(first, tree, tree))


def _returns(node: ast.Return, tree: ast.Module, function: ast.AST) -> list[str]:
    said = isinstance(node.value, ast.JoinedStr)
    return _texts(node.value, tree, function) if said and node.value else []


def _functions(tree: ast.Module, inside: str | None) -> Iterator[ast.AST]:
    """Yield the functions of a file that are in no other."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef):
            if inside is None or node not in tree.body:
                yield node
        elif isinstance(node, ast.ClassDef):
            waiting += node.body if inside in (None, node.name) else []
    if inside is None:
        yield from (n for n in tree.body if isinstance(n, ast.Assign | ast.Expr))


def _texts(node: ast.expr, tree: ast.Module, function: ast.AST) -> list[str]:
    """Return what an expression may read as."""

    def of(each: ast.expr) -> list[str]:
        return _texts(each, tree, function)

    match node:
        case ast.Constant(value=str(text)):
            found = [text]
        case ast.JoinedStr(values=parts):
            found = _joined([of(part) for part in parts])
        case ast.FormattedValue(value=value):
            found = of(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            found = _joined([of(left), of(right)])
        case ast.IfExp(body=one, orelse=other):
            found = [*of(one), *of(other)]
        case ast.BoolOp(values=values):
            found = [text for value in values for text in of(value)]
        case ast.Call(func=ast.Name(id="did_you_mean")):
            found = [HINT]
        case ast.Call(func=ast.Name(id=called)) if called in _WRITERS:
            found = [REASON]
        case ast.Call(func=ast.Name(id="str"), args=[argument]):
            found = of(argument)
        case ast.Call(func=ast.Name(id=called)):
            found = [text for value in _returned(called, tree) for text in of(value)]
        case ast.Name(id=name) if name in _MESSAGES and not [*_set(name, tree, function)]:
            found = [REASON]
        case ast.Name(id="hint"):
            found = [HINT]
        case ast.Name(id="stage"):
            found = ["reading"]
        case ast.Name(id=name):
            found = [text for value in _set(name, tree, function) for text in of(value)]
        case _:
            found = []
    return list(dict.fromkeys(found))[:_MOST] or [UNKNOWN]


def _joined(parts: list[list[str]]) -> list[str]:
    return ["".join(each) for each in islice(product(*parts), _MOST)]


def _returned(called: str, tree: ast.Module) -> Iterator[ast.expr]:
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name == called:
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and isinstance(
                    node.value, ast.JoinedStr | ast.Constant
                ):
                    yield node.value


def _set(name: str, tree: ast.Module, function: ast.AST) -> Iterator[ast.expr]:
    """Yield the texts that a name is set to, in the function or, where it is not, in the file."""
    for scope in (ast.walk(function), tree.body):
        found = [
            node.value
            for node in scope
            if isinstance(node, ast.Assign)
            and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
            and isinstance(
                node.value, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp | ast.Call
            )
            and name not in {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        ]
        if found:
            yield from found
            return


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
