"""Arithmetic written out: each function returns the lines a small model can follow.

Every step is an equation without spaces, steps are separated by one space, and
the last number of the text is the result.
"""

from __future__ import annotations


def places(number: int) -> list[int]:
    """347 -> [300, 40, 7], zeros left out."""
    digits = str(number)
    parts = [int(d) * 10 ** (len(digits) - 1 - i) for i, d in enumerate(digits)]
    return [part for part in parts if part]


def add(a: int, b: int) -> str:
    """a+b, place by place when both have several."""
    if min(a, b) < 10 or min(len(places(a)), len(places(b))) == 1:
        return f"{a}+{b}={a + b}"
    large, small = max(a, b), min(a, b)
    out = [f"{large}+{small}:"]
    for part in places(small):
        out.append(f"{large}+{part}={large + part}")
        large += part
    return " ".join(out)


def subtract(a: int, b: int) -> str:
    """a-b for a >= b, place by place when b has several."""
    if b < 10 or len(places(b)) == 1:
        return f"{a}-{b}={a - b}"
    out = [f"{a}-{b}:"]
    for part in places(b):
        out.append(f"{a}-{part}={a - part}")
        a -= part
    return " ".join(out)


def signed(a: int, change: int) -> str:
    """a+change or a-change, whichever the sign asks for."""
    return add(a, change) if change >= 0 else subtract(a, -change)


def multiply(a: int, b: int) -> str:
    """a*b by the places of the shorter factor, then of the longer one."""
    if len(str(b)) > len(str(a)):
        a, b = b, a
    product = a * b
    if b < 10:
        parts = places(a)
        if len(parts) <= 1 or b in (0, 1):
            return f"{a}*{b}={product}"
        out = [f"{a}*{b}:"] + [f"{part}*{b}={part * b}" for part in parts]
        total = parts[0] * b
        for part in parts[1:]:
            out.append(f"{total}+{part * b}={total + part * b}")
            total += part * b
        return " ".join(out)
    parts = places(b)
    if len(parts) == 1:
        return f"{a}*{b}={product}"
    out = [f"{a}*{b}:"]
    for part in parts:
        digit = int(str(part)[0])
        zeros = part // digit
        inner = multiply(a, digit)
        out.append(inner)
        if zeros > 1:
            out.append(f"{a}*{part}={a * part}")
    total = a * parts[0]
    for part in parts[1:]:
        out.append(f"{total}+{a * part}={total + a * part}")
        total += a * part
    return " ".join(out)


def divide(a: int, b: int) -> str:
    """a/b without rest, digit by digit when the quotient is long."""
    if a < 100 or a % b:
        return f"{a}/{b}={a // b}"
    out = [f"{a}/{b}:"]
    rest = 0
    started = False
    for digit in str(a):
        rest = rest * 10 + int(digit)
        if rest < b and not started:
            continue
        started = True
        out.append(f"{rest}={rest // b}*{b}+{rest % b}")
        rest %= b
    out.append(f"so {a // b}")
    return " ".join(out)


def compare(a: int, b: int) -> str:
    """a against b: by their number of digits, else digit by digit to the first difference."""
    if len(str(a)) != len(str(b)):
        longer = len(str(a)) > len(str(b))
        return f"{a}|{b} #{len(str(a))}{'>' if longer else '<'}{len(str(b))}"
    out = [f"{a}|{b}"]
    for x, y in zip(str(a), str(b), strict=True):
        out.append(f"{x}{'=' if x == y else '>' if x > y else '<'}{y}")
        if x != y:
            break
    return " ".join(out)


def money(cents: int) -> str:
    """340 -> 3.40."""
    return f"{cents // 100}.{cents % 100:02d}"
