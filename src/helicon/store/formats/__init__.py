"""Exports of other programs and of our own: read as streams, written as streams."""

from __future__ import annotations

from helicon.store.formats.helicon_json import write_export as write_export
from helicon.store.formats.markdown import branch as branch
from helicon.store.formats.markdown import markdown as markdown
from helicon.store.formats.reading import read_export as read_export

__all__ = ["branch", "markdown", "read_export", "write_export"]
