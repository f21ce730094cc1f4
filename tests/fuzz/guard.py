"""What an input may do: be read, or be refused in one line, in bounded time and memory."""

from __future__ import annotations

import ast
import io
import os
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from warnings import catch_warnings

import nqpf
from nqpf.errors import InputError

SECONDS = 10.0  # of processor time an input
MEMORY = 4 << 30  # bytes of address space; numba alone takes one and a half
GROWTH = 400 << 20  # bytes by which one input may raise the most that was ever in use
LONGEST = 5000  # characters of a message

_RUNS_SOMETHING = (
    *("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("subprocess.Popen", "pty.spawn", "ctypes.dlopen", "webbrowser.open", "ftplib.connect"),
    *("socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request"),
    *("os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.chmod", "shutil.rmtree"),
)


@dataclass(frozen=True)
class Fault:
    """An input was neither read nor refused. ``what``: equal for inputs that fail alike."""

    what: str
    detail: str


class _TooSlow(BaseException):
    """Not an ``Exception``, so that nothing on the way takes it for one of its own."""


class _Watch:
    """Notes what is not to happen while an input is read; there is no way to unhook it."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        self.folder = ""
        sys.addaudithook(self._event)

    def _event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in _RUNS_SOMETHING or (event == "exec" and not _installed(arguments[0])):
            self.seen.append(f"{event} {str(arguments)[:200]}")
        elif event == "open":
            path, mode, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            inside = isinstance(path, int) or os.fsdecode(path).startswith(self.folder)
            if (writes or set(str(mode or "")) & set("wax+")) and not inside:
                self.seen.append(f"open {path!r} for writing")

    @contextmanager
    def watching(self, folder: Path) -> Iterator[None]:
        self.seen.clear()
        self.folder = str(folder)
        self.on = True
        try:
            yield
        finally:
            self.on = False


def _installed(code: Any) -> bool:
    """Whether code is that of a library which is being imported."""
    where = getattr(code, "co_filename", "<text>")
    return where.startswith((sys.prefix, sys.base_prefix, "<frozen", _OWN))


_OWN = str(Path(nqpf.__file__).parent)
_watch: _Watch | None = None


def judge(read: Callable[[], object], folder: Path) -> tuple[str, Fault | None]:
    """Run ``read``, which may write below ``folder`` only; return ("read" or "refused", fault)."""
    global _watch
    _watch = _watch or _Watch()
    before = _most_used()
    printed = io.StringIO()
    try:
        with redirect_stdout(printed), _limited(), _watch.watching(folder), catch_warnings():
            warnings.simplefilter("error")
            read()
    except InputError as error:
        return "refused", _said_badly(str(error)) or _misdeed(_watch)
    except _TooSlow as error:
        return "", Fault("too slow", _place(error))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return "", Fault(f"{type(error).__name__} {_place(error)}", str(error)[:300])
    if _most_used() - before > GROWTH:
        grown = (_most_used() - before) >> 20
        return "", Fault("too much memory", f"{grown} MiB")
    if printed.getvalue():
        return "", Fault("printed something", printed.getvalue()[:300])
    return "read", _misdeed(_watch)


def _misdeed(watch: _Watch) -> Fault | None:
    return (
        Fault(f"ran something: {watch.seen[0][:60]}", "; ".join(watch.seen)) if watch.seen else None
    )


def _said_badly(message: str) -> Fault | None:
    if len(message.splitlines()) != 1:
        return Fault("message of several lines", repr(message[:300]))
    if not message.isprintable():
        return Fault("message that is not printable", repr(message[:300]))
    if len(message) > LONGEST:
        return Fault("message too long", f"{len(message):,}: {message[:300]!r}")
    return None


def _place(error: BaseException) -> str:
    """Return the innermost place in nqpf."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/nqpf/" in frame.filename] or frames
    frame = own[-1]
    return f"{frame.filename.rpartition('/nqpf/')[2]}:{frame.lineno} {frame.name}"


def _most_used() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def _limited() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TooSlow

    old = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


# --- generated code ---------------------------------------------------------------------------


def require_tame(source: str) -> None:
    """Raise unless a generated module holds nothing but imports of the engine and functions."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                modules = [each.name for each in names]
            case ast.ImportFrom(module=module):
                modules = [module or ""]
            case ast.Call(func=ast.Name(id=name)) if name in ("eval", "exec", "open", "__import__"):
                modules = [name]
            case ast.Attribute(attr=name) if name.startswith("__"):
                modules = [name]
            case _:
                continue
        for module in modules:
            if module.partition(".")[0] not in ("__future__", "math", "numba", "numpy", "nqpf"):
                raise AssertionError(f"generated code holds {module}")
