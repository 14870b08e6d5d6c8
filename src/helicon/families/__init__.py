"""Families: facts about lines of models, and how to recognise them."""

from helicon.families.family import Delimiters, Family, Switch

__all__ = ["Delimiters", "Family", "Switch"]
