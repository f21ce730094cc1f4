"""Mutations of a file: of its tokens, lines and brackets, of its encoding, of its bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

LARGEST = 300_000  # bytes of an input: what is larger takes longer and shows nothing more
DEEP = (3, 40, 160, 1100, 5000)  # around the limits of the parsers, and of Python's stack

_TOKEN = re.compile(rb"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|[^\W\d][\w ]*\w|\w|\s+|[^\w\s]")
_NUMBER = re.compile(rb"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")

NUMBERS = (
    *(b"0", b"-0", b"1", b"-1", b"2", b"1e-300", b"5e-324", b"1e300", b"1e309", b"-1e309", b"1e-6"),
    *(b"nan", b"inf", b"-inf", b"NaN", b"1e9", b"1000000000", b"2147483648", b"9" * 19, b"9" * 400),
    *(
        b"0x10",
        b"1_000",
        b"1,5",
        b"1e",
        b".",
        b"1.2.3",
        "１２".encode(),
        "٣".encode(),
        "²".encode(),
    ),
)
# Names that would mean something if they were ever pasted into code, a path, a format or a message.
NAMES = (
    *(b'"); import os; os.system("touch broken_out") #', b"__import__('os').system('x')", b"os"),
    *(
        b'"a\\n    import os\\n"',
        b'"""',
        b"'''",
        b"{0.__class__}",
        b"{M}",
        b"%s%n",
        b"$(x)",
        b"`x`",
    ),
    *(b"lambda", b"None", b"M", b"lane", b"self", b"def", b"\\", b"\\\\", b"a\\", b"../../x", b"/"),
    *(b"CON", b"x" * 300, "变量".encode(), "İ".encode(), "ﬁ".encode(), "e\u0301".encode(), b"\xff"),
    *("\u202e".encode(), "\u2028".encode(), b"\x1b[31m", b"\x00", b"\x85", "\U0001f40b".encode()),
    *(b"time", b"Time", b"TIME STEP", b"FINAL TIME", b"saveper", b"!", b"*", b"", b" ", b"_", b"."),
)
_BRACKETS = (b"()", b"[]", b"{}", b'""', b"''", b"<>", b"::")


@dataclass(frozen=True)
class Material:
    """What inputs of one format are made of.

    ``seeds``: sound files. ``words``: tokens of the format that a mutation may put in.
    """

    seeds: Sequence[bytes]
    words: Sequence[bytes]


def mutated(random: Random, material: Material) -> bytes:
    """Return one sound file with a few mutations; the same for the same ``random``."""
    data = random.choice(material.seeds)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4, 8))):
        data = random.choice(_MUTATIONS)(random, data, material)[:LARGEST]
    return data


# --- tokens -----------------------------------------------------------------------------------


def _tokens(random: Random, data: bytes) -> tuple[list[bytes], int]:
    """Return the tokens of ``data``, and the place of one that is not white space."""
    tokens = _TOKEN.findall(data) or [b""]
    place = random.randrange(len(tokens))
    for _ in range(5):
        if not tokens[place].isspace():
            break
        place = random.randrange(len(tokens))
    return tokens, place


def _other_token(random: Random, data: bytes, material: Material) -> bytes:
    tokens, place = _tokens(random, data)
    tokens[place] = _word(random, tokens, material)
    return b"".join(tokens)


def _word(random: Random, tokens: Sequence[bytes], material: Material) -> bytes:
    source = random.choice((tokens, tokens, material.words, material.words, NAMES, NUMBERS))
    return random.choice(source)


def _one_more_token(random: Random, data: bytes, material: Material) -> bytes:
    tokens, place = _tokens(random, data)
    tokens.insert(place, _word(random, tokens, material))
    return b"".join(tokens)


def _no_token(random: Random, data: bytes, _: Material) -> bytes:
    tokens, place = _tokens(random, data)
    del tokens[place : place + random.choice((1, 1, 2, 5))]
    return b"".join(tokens)


def _swapped(random: Random, data: bytes, _: Material) -> bytes:
    tokens, place = _tokens(random, data)
    other = random.randrange(len(tokens))
    tokens[place], tokens[other] = tokens[other], tokens[place]
    return b"".join(tokens)


def _repeated(random: Random, data: bytes, _: Material) -> bytes:
    tokens, place = _tokens(random, data)
    span = random.choice((1, 1, 2, 3, 4))
    times = random.choice((2, 2, *DEEP))
    tokens[place : place + span] = tokens[place : place + span] * times
    return b"".join(tokens)


def _nested(random: Random, data: bytes, material: Material) -> bytes:
    """Put brackets, or a call, around a few tokens, many times."""
    tokens, place = _tokens(random, data)
    brackets = random.choice(_BRACKETS)
    opened, closed = brackets[:1], brackets[1:]
    if random.random() < 0.3:
        opened = random.choice(material.words) + opened
    depth = random.choice((1, 1, *DEEP))
    end = place + random.choice((1, 1, 3))
    tokens.insert(end, closed * (depth if random.random() < 0.8 else depth // 2))
    tokens.insert(place, opened * depth)
    return b"".join(tokens)


def _chained(random: Random, data: bytes, _: Material) -> bytes:
    """Write ``x + x + x ...`` or ``--x`` for x."""
    tokens, place = _tokens(random, data)
    sign = random.choice((b"+", b"-", b"*", b"^", b",", b"<", b":AND:", b" and ", b"."))
    times = random.choice(DEEP)
    tokens[place] = random.choice(
        (sign.join([tokens[place]] * times), sign * times + tokens[place])
    )
    return b"".join(tokens)


def _other_number(random: Random, data: bytes, _: Material) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    one = random.choice(found)
    return data[: one.start()] + random.choice(NUMBERS) + data[one.end() :]


def _renamed(random: Random, data: bytes, _: Material) -> bytes:
    """Give a word another name, wherever it stands."""
    tokens, place = _tokens(random, data)
    name = random.choice(NAMES)
    if random.random() < 0.5:
        name = b'"' + name.strip(b'"') + b'"'
    return data.replace(tokens[place], name, 1000) if len(tokens[place]) > 1 else data


# --- lines ------------------------------------------------------------------------------------


def _lines(random: Random, data: bytes, material: Material) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    place, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(5):
        case 0:
            del lines[place]
        case 1:
            lines.insert(other, lines[place])
        case 2:
            lines[place], lines[other] = lines[other], lines[place]
        case 3:
            lines[place] = lines[place].rstrip() + b" " * random.choice((1, 80, 20_000)) + b"\n"
        case _:
            others = random.choice(material.seeds).splitlines(keepends=True) or [b""]
            lines.insert(place, random.choice(others))
    return b"".join(lines)


def _joined(random: Random, data: bytes, material: Material) -> bytes:
    """Go on with another file from some place on."""
    other = random.choice(material.seeds)
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


# --- bytes ------------------------------------------------------------------------------------


def _cut(random: Random, data: bytes, _: Material) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] if random.random() < 0.7 else data[place:]


def _without(random: Random, data: bytes, _: Material) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + data[place + random.choice((1, 2, 10, 100)) :]


def _noise(random: Random, data: bytes, _: Material) -> bytes:
    place = random.randrange(len(data) + 1)
    noise = bytes(random.randrange(256) for _ in range(random.choice((1, 1, 4, 64))))
    return data[:place] + noise + data[place + random.choice((0, len(noise))) :]


def _flipped(random: Random, data: bytes, _: Material) -> bytes:
    changed = bytearray(data)
    for _number in range(random.choice((1, 1, 4))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _recoded(random: Random, data: bytes, _: Material) -> bytes:
    text = data.decode("utf-8", errors="replace")
    coding = random.choice(("utf-16", "utf-16-le", "utf-8-sig", "gb18030", "latin-1", "utf-32"))
    if random.random() < 0.5:
        return text.encode(coding, errors="replace")
    ends = random.choice(("\r", "\r\n", "\n\r", "\u2028", "\x0b", ""))
    return text.replace("\n", ends).encode()


def _case(random: Random, data: bytes, _: Material) -> bytes:
    return random.choice((data.upper, data.lower, data.swapcase))()


_MUTATIONS: tuple[Callable[[Random, bytes, Material], bytes], ...] = (
    *(_other_token, _one_more_token) * 3,
    *(_no_token, _other_number, _renamed, _lines, _nested) * 2,
    *(_swapped, _repeated, _chained, _joined, _cut, _without, _noise, _flipped, _recoded, _case),
)
