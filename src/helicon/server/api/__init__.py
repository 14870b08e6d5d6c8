"""The page's API: its routes, one file a noun. What it promises is in docs/app.md."""

from helicon.server.api.operation import Operation, perform
from helicon.server.api.routes import OPERATIONS, doors

__all__ = ["OPERATIONS", "Operation", "doors", "perform"]
