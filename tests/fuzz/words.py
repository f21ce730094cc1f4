"""Tokens that mutations put into files of each format, and small sound files."""

from __future__ import annotations

from nqpf.engine.reader.builtins import VENSIM, XMILE

VENSIM_WORDS = (
    *(b"~", b"|", b"~~|", b":=", b"==", b"=", b"->", b"<->", b"!", b"{", b"}", b"\\\n", b"[", b"]"),
    *(
        b":EXCEPT:",
        b":NA:",
        b":AND:",
        b":OR:",
        b":NOT:",
        b":RAW:",
        b":INTERPOLATE:",
        b":SUPPLEMENTARY",
    ),
    *(b":MACRO: f(x)\nf = f(x)~~|\n:END OF MACRO:", b":MACRO:", b":END OF MACRO:", b":TEST INPUT:"),
    *(
        b"\\\\\\---/// Sketch",
        b"///---\\\\\\",
        b"(A1-A1000000000)",
        b"(a1-a9)",
        b"(9-1)",
        b"r:r~~|",
    ),
    *(b"x=INTEG(x,x)~~|", b"GET DIRECT CONSTANTS('../../etc/passwd',',','A1')", b"TABBED ARRAY("),
    *(b"GET XLS DATA('x.xlsx','a','1','B2')", b"WITH LOOKUP(", b"[(0,0)-(1,1)]", b"((0,0),(1,1))"),
    *(f"{name.upper()}(".encode() for name in VENSIM),
)

XMILE_WORDS = (
    *(
        b"<",
        b">",
        b"</",
        b"/>",
        b"&",
        b"&amp;",
        b"&#0;",
        b"&#x110000;",
        b"&lol;",
        b"<![CDATA[",
        b"]]>",
    ),
    *(
        b'<!DOCTYPE x [<!ENTITY lol "lol">]>',
        b'<!ENTITY a SYSTEM "file:///etc/passwd">',
        b"<!--",
        b"-->",
    ),
    *(b'<?xml version="1.0" encoding="utf-16"?>', b"<?pi?>", b"xmlns:x='y'", b"<x:y/>", b"isee:"),
    *(b"<eqn>", b"</eqn>", b"<gf>", b"<xpts>0,1</xpts>", b"<ypts>", b'<xscale min="0" max="1"/>'),
    *(
        b'<dim name="A" size="1000000000"/>',
        b'size="0"',
        b"<element subscript='1'>",
        b"<non_negative/>",
    ),
    *(
        b'<module name="a"/>',
        b'<model name="a">',
        b"<macro name='f'>",
        b"<parm>x</parm>",
        b"<dt>0</dt>",
    ),
    *(
        b"<stop>1e300</stop>",
        b'<dt reciprocal="true">0</dt>',
        b"[1:1000000000]",
        b"[*]",
        b"@1",
        b"'",
    ),
    *(b"<stock name='s'>", b"<flow name='f'>", b"<inflow>f</inflow>", b"IF 1 THEN 2 ELSE", b"SELF"),
    *(f"{name}(".encode() for name in XMILE),
)

TOML_WORDS = (
    *(
        b"[x]",
        b"[[x]]",
        b"[[panel]]",
        b"[levers]",
        b"=",
        b'"""',
        b"'''",
        b"{",
        b"}",
        b"[",
        b"]",
        b"#",
    ),
    *(
        b"true",
        b"2020-01-01",
        b"12:30:00",
        b"nan",
        b"inf",
        b"0xff",
        b"[]",
        b"{}",
        b'""',
        b"title",
        b"en",
    ),
    *(
        b"order",
        b"include",
        b'["baseline"]',
        b"strength",
        b"start",
        b"ramp",
        b"parameter",
        b"years",
    ),
    *(
        b'"$x^{$"',
        b'"$\\\\frac{1}$"',
        b'"{year}"',
        b'"{0.__class__}"',
        b'"{"',
        b'"\\u0000"',
        b'"\\n"',
    ),
    *(b'"#12345"', b"[2030, 2020]", b"[2020]", b'"Output[North!]"', b'"growth:0"', b'"index:9999"'),
    *(
        b'"value:2021"',
        b'"Effort"',
        b'"Output[East]"',
        b"[0]",
        b"[-1.0]",
        b"[0.0, 0.0]",
        b"digits = 6",
    ),
)

STATEMENTS = """
symmetric = ["Region"]
[quantities]
"Sum of output" = "SUM(Output[Region!])"
[statements.stops]
kind = "extreme"
title = { en = "Nothing grows", zh = "不增长" }
reason = "A test."
change = [{ variable = "Growth", to = 0, since = 2025 }]
expect = [{ variable = "Total output", above = 0, between = [2025, 2030] }]
""".encode()

NUMBERS = b"""
[numbers."Base growth[North]"]
value = 0.04
unit = "1/Year"
source = "The test"
year = "2020"
status = "assumed"
"""

CSV_WORDS = (
    b",",
    b'"',
    b"\t",
    b";",
    b"\r",
    b"\n",
    b'""',
    b"2020",
    b"seen",
    b"=1+1",
    b"-",
    b"#N/A",
    b"output",
)

RUN = b"Time,supply,level[a],level[b]\n0,1,2,3\n1,1.5,,3\n2,2,4,5\n"

CELLS = b",A,B,C\nx,1,2,3\ny,2,4,8\nz,3,,27\n"

DATA_MODEL = """{UTF-8}
r: a, b ~~|
level[r] ~~|
supply :RAW: ~~|
x[r] = INTEG(supply + level[r], 0) ~~|
FINAL TIME = 2 ~~|
INITIAL TIME = 0 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""

CELLS_MODEL = """{UTF-8}
r: GET DIRECT SUBSCRIPT('%(file)s', '%(tab)s', 'A2', 'A', 'e ') ~~|
c = GET DIRECT CONSTANTS('%(file)s', '%(tab)s', 'B2') ~~|
t(GET DIRECT LOOKUPS('%(file)s', '%(tab)s', '2', 'B3')) ~~|
d := GET DIRECT DATA('%(file)s', '%(tab)s', 'B', 'C2') ~~|
x = INTEG(c * t(Time) + d, 0) ~~|
FINAL TIME = 2 ~~|
INITIAL TIME = 0 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""

WHOLE = b"\x00\x00\x00"  # the upper bytes of most numbers in a header

NETCDF_WORDS = (
    *(
        b"CDF\x01",
        b"CDF\x02",
        b"CDF\x05",
        b"\x89HDF\r\n\x1a\n",
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
    ),
    *(WHOLE + bytes([n]) for n in (0, 1, 2, 4, 6, 10, 11, 12, 13, 255)),
    *(
        b"time",
        b"scenario",
        b"Region",
        b"Output",
        b"units",
        b"_FillValue",
        b"scale_factor",
        b"dtype",
    ),
    *(
        b"days since 2000-01-01",
        b"calendar",
        b"{",
        b"}",
        b'"',
        b":",
        b"[",
        b"null",
        b"1e999",
        b"\\u0000",
    ),
)
