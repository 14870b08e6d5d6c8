"""Dates, times of day and weekdays, in the forms and languages that answers use.

Where day and month could be either, slashes mean month first and dots mean day first.
"""

# ruff: noqa: SIM905 - lists of words read better as text
from __future__ import annotations

import datetime
import re
from functools import cache

from helicon.modes.answers.numerals import numeral
from helicon.modes.answers.values import Answer

_MONTHS = """
january jan januar janvier enero gennaio janeiro januari января январь
february feb februar février fevrier febrero febbraio fevereiro februari февраля февраль
march mar märz maerz mars marzo março marco maart марта март
april apr avril abril aprile апреля апрель
may mai mayo maggio maio mei мая май
june jun juni juin junio giugno junho июня июнь
july jul juli juillet julio luglio julho июля июль
august aug août aout agosto augustus августа август
september sep sept septembre septiembre settembre setembro сентября сентябрь
october oct oktober okt octobre octubre ottobre outubro октября октябрь
november nov novembre noviembre novembro ноября ноябрь
december dec dezember dez décembre decembre diciembre dicembre dezembro декабря декабрь
"""
_WEEKDAYS = """
monday mon montag lundi lunes lunedì lunedi maandag segunda-feira
tuesday tue tues dienstag mardi martes martedì martedi dinsdag terça-feira
wednesday wed mittwoch mercredi miércoles miercoles mercoledì mercoledi woensdag quarta-feira
thursday thu thur thurs donnerstag jeudi jueves giovedì giovedi donderdag quinta-feira
friday fri freitag vendredi viernes venerdì venerdi vrijdag sexta-feira
saturday sat samstag sonnabend samedi sábado sabato zaterdag
sunday sun sonntag dimanche domingo domenica zondag
"""
_NAMES = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_CLOCK = re.compile(
    r"(?:at )?(?P<hour>\d{1,2})(?:[:.h](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?"
    r"\s?(?P<half>[ap]\.?\s?m\.?)?(?:\s?(?:uhr|o'clock|hours|hrs))?",
    re.I,
)
_SPOKEN = re.compile(
    r"(?:a )?(?P<part>half|quarter|\w+(?:[- ](?!minutes?\b)\w+)?)(?P<minutes> minutes?)? "
    r"(?P<side>past|after|to|before) "
    r"(?P<hour>\w+)(?: o'clock)?(?P<half> (?:[ap]\.?\s?m\.?|in the (?:morning|afternoon|evening)))?",
    re.I,
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.年년]\s?(\d{1,2})[/.月월]\s?(\d{1,2})[日일]?")
_NUMBERS = re.compile(r"(\d{1,2})([/.-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})")
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º)?"
_MONTH = r"(?P<month>[^\W\d_]{3,10})\.?"
_YEAR = r"(?P<year>\d{4})(?: года| г)?"
_WORDED = tuple(
    re.compile(form, re.I)
    for form in (
        rf"(?:the )?{_DAY}(?: of| de)? {_MONTH}(?:,? (?:de |del )?{_YEAR})?",
        rf"{_MONTH} (?:the )?{_DAY}(?:,? {_YEAR})?",
        rf"{_MONTH},? (?:of )?{_YEAR}",
        rf"{_YEAR},? {_MONTH} {_DAY}",
        rf"{_DAY}-{_MONTH}-{_YEAR}",
        _MONTH,
    )
)


def calendar(text: str) -> Answer | None:
    """A weekday, a time of day, a date, or a date with a time."""
    plain = re.sub(r"^(?:on|in|at|am|den|um|le|el|il|en|à|a las|om|op) (?=\S)", "", text.strip(), flags=re.I)
    day = weekday(plain)
    if day is not None:
        return Answer("weekday", day, _DAYS[day])
    return clock(plain) or _spoken_time(plain) or _date_and_time(plain)


def weekday(text: str) -> int | None:
    """Monday is 0."""
    return _words(_WEEKDAYS).get(text.casefold().rstrip("."))


def clock(text: str) -> Answer | None:
    """A time of day. Without am or pm an hour up to 12 is vague."""
    plain = text.casefold()
    if plain in ("noon", "midday", "12 noon", "midnight", "12 midnight"):
        seconds = 0 if "midnight" in plain else 12 * 3600
        return _time(seconds, vague=False)
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, half = int(found["hour"]), (found["half"] or "").casefold()[:1]
    dotted = found["minute"] is not None and text[found.end("hour")] == "."
    named = bool(half) or bool(re.search(r"uhr|clock", plain))
    if (found["minute"] is None or dotted) and not named:
        return None
    if hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    seconds = hour * 3600 + int(found["minute"] or 0) * 60 + int(found["second"] or 0)
    leading_zero = found["hour"].startswith("0")
    return _time(seconds, vague=not half and 1 <= hour <= 12 and not leading_zero)


def _spoken_time(text: str) -> Answer | None:
    """``half past two``, ``quarter to five``, ``twenty past six``, with or without ``pm``."""
    found = _SPOKEN.fullmatch(text)
    if found is None:
        return None
    hour = numeral(found["hour"])
    past = {"half": 30, "quarter": 15}.get(found["part"].lower())
    if past is None:
        minutes = numeral(found["part"])
        if minutes is None or (found["side"].lower() in ("to", "before") and not found["minutes"]):
            return None  # "ten to five" may as well be a ratio
        past = int(minutes.value) if minutes.value.denominator == 1 else 0
    if hour is None or hour.value.denominator != 1 or not 1 <= hour.value <= 12 or not 0 < past < 60:
        return None
    seconds = int(hour.value) % 12 * 3600 + (past if found["side"].lower() in ("past", "after") else -past) * 60
    half = (found["half"] or "").lower().strip()
    later = half.startswith("p") or half.endswith(("afternoon", "evening"))
    return _time((seconds + 43200 * later) % 86400, vague=not half)


def _time(seconds: int, *, vague: bool) -> Answer:
    hour, rest = divmod(seconds, 3600)
    text = f"{hour}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
    if not vague and 1 <= hour <= 12:
        text += " am" if hour < 12 else " pm"
    return Answer("time", (seconds, vague), text, vague=vague)


def _date_and_time(text: str) -> Answer | None:
    text = _without_weekday(text)
    day = _date(text)
    if day is not None:
        return _answer(*day)
    split = re.fullmatch(
        r"(?P<date>.{6,40}?)(?:,? at |T|, | )(?P<time>\d{1,2}[:h.\d]*\s?(?:[ap]\.?\s?m\.?)?)", text, re.I
    )
    if split is not None:
        day, time = _date(split["date"]), clock(split["time"])
        if day is not None and None not in day and time is not None:
            whole = _answer(*day)
            seconds = time.key[0] if isinstance(time.key, tuple) else 0
            return Answer("date", (*day, seconds), f"{whole.text} {seconds // 3600:02}:{seconds // 60 % 60:02}")
    return None


def _without_weekday(text: str) -> str:
    first, _, rest = text.partition(" ")
    if rest and weekday(first.rstrip(",")) is not None:
        return rest.strip()
    before, comma, last = text.rpartition(",")
    return before if comma and weekday(last.strip()) is not None else text


def _date(text: str) -> tuple[int | None, int | None, int | None] | None:
    """Year, month and day, as far as the text names them."""
    for pattern in (_ISO, _YEAR_FIRST):
        found = pattern.fullmatch(text)
        if found:
            return _checked(int(found[1]), int(found[2]), int(found[3]))
    found = _NUMBERS.fullmatch(text)
    if found:
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        year += (2000 if year < 70 else 1900) if len(found[4]) == 2 else 0
        if len(found[4]) == 2 and found[2] != "/":
            return None
        day_first = found[2] == "." or (found[2] == "-" and second <= 12) or first > 12
        return _checked(year, second, first) if day_first else _checked(year, first, second)
    for form in _WORDED:
        found = form.fullmatch(text)
        if found is None:
            continue
        groups = found.groupdict()
        month = _words(_MONTHS).get(groups["month"].casefold())
        if month is not None:
            year_text, day_text = groups.get("year"), groups.get("day")
            return _checked(int(year_text) if year_text else None, month + 1, int(day_text) if day_text else None)
    return None


def _checked(year: int | None, month: int, day: int | None) -> tuple[int | None, int | None, int | None] | None:
    try:
        datetime.date(year or 2000, month, day or 1)
    except ValueError:
        return None
    return year, month, day


def _answer(year: int | None, month: int | None, day: int | None) -> Answer:
    if year is not None and month is not None and day is not None:
        text = f"{year:04}-{month:02}-{day:02}"
    else:
        words = (str(day) if day else "", _NAMES[month - 1] if month else "", f"{year:04}" if year else "")
        text = " ".join(filter(None, words))
    return Answer("date", (year, month, day), text, vague=year is None)


@cache
def _words(table: str) -> dict[str, int]:
    lines = table.strip().split("\n")
    return {word: number for number, line in enumerate(lines) for word in line.split()}
