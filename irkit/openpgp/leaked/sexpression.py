"""S-expressions as libgcrypt writes them, canonical and advanced (Rivest's draft, sections 4 and 6.3). Pure.

https://datatracker.ietf.org/doc/html/draft-rivest-sexp
"""

from __future__ import annotations

import re
from typing import TypeAlias

from irkit.errors import BadInput

Expression: TypeAlias = "bytes | tuple[Expression, ...]"

_DEEPEST, _MOST = 32, 4096  # a private key has a depth of six and some fifty atoms
_TOKEN = re.compile(
    rb"""\s*(?: (?P<open>\() | (?P<close>\)) | (?P<size>\d{1,7}): | \#(?P<hex>[0-9A-Fa-f\s]*)\#
            | "(?P<text>(?:[^"\\]|\\.)*)" | (?P<word>[A-Za-z0-9_./*+=-]+) )""",
    re.VERBOSE | re.DOTALL,
)


def parse(data: bytes) -> Expression:
    """The first expression in `data`; atoms are bytes. BadInput when it is none, or deeper or longer than a key ever is."""
    stack: list[list[Expression]] = [[]]
    at = count = 0
    while match := _TOKEN.match(data, at):
        at, count = match.end(), count + 1
        if match["open"]:
            stack.append([])
        elif match["close"]:
            if len(stack) == 1:
                break
            closed = tuple(stack.pop())
            stack[-1].append(closed)
        elif match["size"]:
            size = int(match["size"])
            if at + size > len(data):
                break
            stack[-1].append(data[at : at + size])
            at += size
        else:
            stack[-1].append(_atom(match))
        if len(stack) == 1:
            return stack[0][0]
        if len(stack) > _DEEPEST or count > _MOST:
            break
    raise BadInput("this is no whole S-expression", why="it is cut off or damaged", do="get the whole file")


def _atom(match: re.Match[bytes]) -> bytes:
    if match["hex"] is not None:
        digits = b"".join(match["hex"].split()).decode()
        return bytes.fromhex(digits if len(digits) % 2 == 0 else digits[:-1])
    if match["text"] is not None:
        return re.sub(rb"\\(.)", rb"\1", match["text"])
    return match["word"]


def named(expression: Expression, name: bytes) -> tuple[Expression, ...]:
    """What follows `name` in the first list below `expression` that begins with it; empty when there is none."""
    if isinstance(expression, bytes):
        return ()
    if expression and expression[0] == name:
        return expression[1:]
    return next((found for inner in expression if (found := named(inner, name))), ())


def atom(expression: tuple[Expression, ...], at: int = 0) -> bytes:
    """The atom at one place of a list; b"" when there is none, or a list."""
    one = expression[at] if at < len(expression) else b""
    return one if isinstance(one, bytes) else b""
