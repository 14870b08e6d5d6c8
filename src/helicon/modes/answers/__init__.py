"""Typed answers: reading the short answer out of a text, and comparing answers by meaning."""

from helicon.modes.answers.canonical import canonical
from helicon.modes.answers.comparing import group, same
from helicon.modes.answers.reading import read_answer
from helicon.modes.answers.values import Answer, Kind, Measure

__all__ = ["Answer", "Kind", "Measure", "canonical", "group", "read_answer", "same"]
