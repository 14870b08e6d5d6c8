"""Families: facts about lines of models, how to recognise them, and how to split their text."""

from helicon.families.catalogue import FAMILIES
from helicon.families.detection import detect
from helicon.families.family import Delimiters, Family, Switch
from helicon.families.splitter import Piece, Splitter
from helicon.families.unknown import UNKNOWN

__all__ = ["FAMILIES", "UNKNOWN", "Delimiters", "Family", "Piece", "Splitter", "Switch", "detect"]
