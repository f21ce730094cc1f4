"""Equations -> trees, in Vensim's spelling and in XMILE's."""

from __future__ import annotations

import pytest

from nqpf.engine.reader import syntax, vensim
from nqpf.engine.reader.lexer import Dialect, Malformed
from nqpf.engine.reader.parser import Parser


def shown(node: object) -> str:
    """Write a tree with every bracket."""
    match node:
        case str():
            return node
        case syntax.Number(value):
            return f"{value:g}"
        case syntax.Name(name, subscripts):
            return name + (f"[{','.join(map(shown, subscripts))}]" if subscripts else "")
        case syntax.Negative(operand):
            return f"(-{shown(operand)})"
        case syntax.Not(operand):
            return f"(not {shown(operand)})"
        case syntax.Binary(op, left, right):
            return f"({shown(left)} {op} {shown(right)})"
        case syntax.Conditional(condition, then, otherwise):
            return f"({shown(condition)} ? {shown(then)} : {shown(otherwise)})"
        case syntax.Call(function, arguments, outputs):
            behind = f" : {','.join(map(shown, outputs))}" if outputs else ""
            return f"{shown(function)}({','.join(map(shown, arguments))}{behind})"
        case syntax.Span(first, last):
            return f"{shown(first)}:{shown(last)}"
        case syntax.Transposed(operand):
            return f"{shown(operand)}'"
        case _:
            return repr(node)


def read(text: str, dialect: Dialect = "vensim") -> str:
    parser = Parser(text, dialect)
    node = parser.expression()
    parser.finish()
    return shown(node)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a - b - c", "((a - b) - c)"),
        ("-2^2", "(-(2 ^ 2))"),
        ("2^-a^2", "(2 ^ (-(a ^ 2)))"),
        ("2^3^2", "(2 ^ (3 ^ 2))"),
        ("a * -b + c", "((a * (-b)) + c)"),
        ("-a * b", "((-a) * b)"),
        ("1 :OR: 0 :AND: 0", "(1 or (0 and 0))"),
        (":NOT: a * 2 > 5 :AND: b", "((not ((a * 2) > 5)) and b)"),
        ("a < b = c", "((a < b) = c)"),
        (".5 + 5. + 1e-3 + 2E2", "(((0.5 + 5) + 0.001) + 200)"),
        ("GDP per\\\n\t\thead {a comment} / 2", "(GDP per head / 2)"),
        ('"odd, (name)" + x', '("odd, (name)" + x)'),
        ("SUM( a[dim!, B] )", "SUM(a[dim!,B])"),
        ("MACRO(a, b : c, d[e])", "MACRO(a,b : c,d[e])"),
        ("投资 + été", "(投资 + été)"),
    ],
)
def test_what_binds_how_in_vensim(text: str, tree: str):
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("NOT a = b", "((not a) = b)"),
        ("if a > 1 and not b then -1 else c mod 3", "(((a > 1) and (not b)) ? (-1) : (c mod 3))"),
        ("a // b", "(a // b)"),
        ("a && b || c != 1", "((a and b) or (c <> 1))"),
        ("SUM(a[*, dim]) + b[1, i+1] + c[2:4]", "((SUM(a[*,dim]) + b[1,(i + 1)]) + c[2:4])"),
        ("matrix[d, e]' * 2", "(matrix[d,e]' * 2)"),
        ('sector.price + "a b"', '(sector.price + "a b")'),
        ("x {why} + 1", "(x + 1)"),
        ("IF x THEN 1 ELSE IF y THEN 2 ELSE 3", "(x ? 1 : (y ? 2 : 3))"),
    ],
)
def test_what_binds_how_in_xmile(text: str, tree: str):
    """XMILE 1.0, section 3.3.1 (operators) and 3.7 (arrays)."""
    assert read(text, "xmile") == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a + * b", 'has "*" behind "a +" where a name, a number or a bracket was expected'),
        ("(a + b", 'ends where ")" for the "(" before was expected'),
        ("a b] c", 'has "]" behind "a b" where an operator or the end was expected'),
        ("MAX(a, b", 'ends where ")" behind the arguments of "MAX" was expected'),
        ("3 apples", 'has "apples" behind "3" where an operator or the end was expected'),
        ('"abc', "a double quote is never closed"),
        ("a ? b", '"?" is not part of an equation'),
        ("(" * 500, "is nested more than 150 deep"),
        ("-" * 500 + "1", "is nested more than 150 deep"),
        ("", "ends where a name, a number or a bracket was expected"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str):
    with pytest.raises(Malformed) as caught:
        read(text)
    assert str(caught.value) == message


def section(text: str) -> syntax.Section:
    problems: list[str] = []
    found = vensim.sections(text, problems)
    assert not problems
    return found[0]


def test_the_fields_of_an_equation():
    (equation,) = section(
        "{UTF-8}\n********\n\t.Group\n********~\n\twhat it is |\n"
        "rate of\\\n\t growth[dim, A] :EXCEPT: [B, A],[C, A] :INTERPOLATE: :=\n\ta + 1\n"
        '\t~ 1/Year [0,?,0.1]\n\t~ "odd quote, and a line\\\n\tbehind ~ :SUPPLEMENTARY\n\t|\n'
        "\\\\\\---/// Sketch information\n*View 1\nnot = an (equation"
    ).equations
    assert (equation.name, equation.subscripts) == ("rate of growth", ("dim", "A"))
    assert equation.excepted == (("B", "A"), ("C", "A"))
    assert (equation.kind, equation.mode) == ("data", "INTERPOLATE")
    assert (equation.unit, equation.limits) == ("1/Year", (0.0, None))
    assert equation.doc == '"odd quote, and a line behind'
    assert equation.line == 6


def test_subscript_ranges_as_written():
    ranges = section(
        "all: a, (b1-b3), c ~~|\nsome: b2, c -> other, (big: x, y) ~~|\ncopy <-> all ~~|\n"
        "read: GET XLS SUBSCRIPT('f.xlsx', 't', 'A1', 'A3', '') ~~| padded: (n08-n10) ~~|"
    ).ranges
    assert [each.elements for each in ranges] == [
        ("a", "b1", "b2", "b3", "c"),
        ("b2", "c"),
        ("all",),
        (),
        ("n08", "n09", "n10"),
    ]
    assert ranges[1].mappings == (syntax.Mapping("other"), syntax.Mapping("big", ("x", "y")))
    source = ranges[3].source
    assert source is not None
    assert [type(each) for each in source.arguments] == [syntax.Text] * 5


@pytest.mark.parametrize(
    "text",
    ["t((0,1),(2,-3))", "t( [(0,0)-(9,9),(1,1)], (0,1) , (2,-3) )", "t(0, 2, 1, -3)"],
)
def test_tables_in_all_their_spellings(text: str):
    (equation,) = section(f"{text} ~~|").equations
    assert (equation.kind, equation.body) == ("lookup", syntax.Points((0.0, 2.0), (1.0, -3.0)))


def test_macros_are_sections_of_their_own():
    found = vensim.sections(
        ":MACRO: M(a, b : c)\nM = a + c ~~|\nc = b ~~|\n:END OF MACRO:\nx = M(1, 2 : y) ~~|", []
    )
    assert [(each.name, each.parameters, each.outputs) for each in found] == [
        ("", (), ()),
        ("M", ("a", "b"), ("c",)),
    ]
    assert [equation.name for equation in found[1].equations] == ["M", "c"]
    assert [equation.name for equation in found[0].equations] == ["x"]


def test_reality_checks_are_kept_as_text():
    checks = section(
        "no work :THE CONDITION: workers[a] = 0 :IMPLIES: output[a] = 0 ~~|\n"
        "idle[s] :TEST INPUT: workers[s] = 0 ~~|"
    ).checks
    assert [(each.name, each.subscripts, each.kind, each.text) for each in checks] == [
        ("no work", (), "constraint", "workers[a] = 0 :IMPLIES: output[a] = 0"),
        ("idle", ("s",), "test input", "workers[s] = 0"),
    ]
