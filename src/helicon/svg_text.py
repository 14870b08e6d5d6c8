"""Text for an SVG: escaped, about measured, cut and wrapped. Pure; it knows no fonts.

An SVG has no line breaks of its own and whoever draws it has their own fonts, so widths are those of a
wide sans-serif face: a narrower one leaves room.
"""

from __future__ import annotations


def escaped(text: str) -> str:
    """Text for an SVG: no markup, and no character that XML forbids or that hides or turns what is read."""
    kept = "".join(char for char in text if _readable(char))
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _readable(char: str) -> bool:
    code = ord(char)
    if code < 0x20 or 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE:
        return False
    hidden = ((0x200B, 0x200F), (0x2028, 0x202E), (0x2066, 0x2069), (0xFDD0, 0xFDEF), (0xE0000, 0xE007F))
    return code not in (0x061C, 0xFEFF) and not any(first <= code <= last for first, last in hidden)


def one_line(text: str) -> str:
    return " ".join(text.split())


def measured(text: str, size: float) -> float:
    """About how wide a text is in a sans-serif face of that size; errs to the wide side."""
    return sum(_advance(char) for char in text) * size


def _advance(char: str) -> float:
    if char in " .,:;'|!ijltfI()[]·":
        return 0.32
    if char in "mwMW%@—":
        return 0.92
    if ord(char) >= 0x1100:
        return 1.05
    return 0.7 if char.isupper() else 0.63 if char.isdigit() else 0.6


def fitting(text: str, room: float, size: float) -> str:
    """As much of a text's beginning as fits on one line."""
    text = one_line(text[:2000])
    if measured(text, size) <= room:
        return text
    used = measured("…", size)
    for place, char in enumerate(text):
        used += _advance(char) * size
        if used > room:
            return text[:place].rstrip() + "…"
    return text


def joined(parts: list[str], room: float, size: float) -> list[str]:
    """The parts with dots between them, in as few lines as fit."""
    lines: list[str] = []
    for part in parts:
        if lines and measured(f"{lines[-1]} · {part}", size) <= room:
            lines[-1] += f" · {part}"
        else:
            lines.append(fitting(part, room, size))
    return lines


def wrapped(text: str, room: float, size: float, most: int) -> list[str]:
    """A text in at most ``most`` lines; what is left over is cut."""
    lines = [""]
    words = one_line(text[:2000]).split(" ")
    while words:
        word = words.pop(0)
        longer = f"{lines[-1]} {word}".strip()
        if measured(longer, size) <= room:
            lines[-1] = longer
        elif len(lines) == most:
            lines[-1] = fitting(" ".join([lines[-1], word, *words]), room, size)
            break
        elif not lines[-1]:
            fits = max(1, len(fitting(word, room, size)) - 1)
            lines[-1] = word[:fits]
            words.insert(0, word[fits:])
            lines.append("")
        else:
            lines.append("")
            words.insert(0, word)
    return [line for line in lines if line]
