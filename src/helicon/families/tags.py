"""Delimiters that several families share."""

from __future__ import annotations

from helicon.families.family import Delimiters

THINK = Delimiters(open="<think>", close="</think>")
"""The tags most families use; the model writes both."""

THINK_PREOPENED = Delimiters(open="<think>", close="</think>", preopened=True)
"""The same tags, but the prompt already ends with the opener."""
