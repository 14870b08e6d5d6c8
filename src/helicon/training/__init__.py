"""How nano is made: generated tasks, tokenizer, network, training, export.

Importing this package costs nothing and needs nothing beyond the runtime; the
parts that need torch or another package of the ``train`` extra are loaded when
they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helicon.training.everyday import EVERYDAY_QUESTIONS as EVERYDAY_QUESTIONS
    from helicon.training.export import export_checkpoint as export_checkpoint
    from helicon.training.export import write_gguf as write_gguf
    from helicon.training.grading import answer_of as answer_of
    from helicon.training.grading import is_right as is_right
    from helicon.training.grading import majority as majority
    from helicon.training.model import Nano as Nano
    from helicon.training.outside import DECLINE as DECLINE
    from helicon.training.sizes import NanoConfig as NanoConfig
    from helicon.training.tasks import FAMILIES as FAMILIES
    from helicon.training.tasks import LEVELS as LEVELS
    from helicon.training.tasks import TaskQuestion as TaskQuestion
    from helicon.training.tasks import held_out as held_out
    from helicon.training.tasks import is_held_out as is_held_out
    from helicon.training.tasks import make_question as make_question
    from helicon.training.template import CHAT_TEMPLATE as CHAT_TEMPLATE
    from helicon.training.trainer import TrainConfig as TrainConfig
    from helicon.training.trainer import Trainer as Trainer

_HOME = {
    "CHAT_TEMPLATE": "template",
    "DECLINE": "outside",
    "EVERYDAY_QUESTIONS": "everyday",
    "FAMILIES": "tasks",
    "LEVELS": "tasks",
    "Nano": "model",
    "NanoConfig": "sizes",
    "TaskQuestion": "tasks",
    "TrainConfig": "trainer",
    "Trainer": "trainer",
    "answer_of": "grading",
    "export_checkpoint": "export",
    "held_out": "tasks",
    "is_held_out": "tasks",
    "is_right": "grading",
    "majority": "grading",
    "make_question": "tasks",
    "write_gguf": "export",
}
"""Where each public name lives."""

__all__ = [
    "CHAT_TEMPLATE",
    "DECLINE",
    "EVERYDAY_QUESTIONS",
    "FAMILIES",
    "LEVELS",
    "Nano",
    "NanoConfig",
    "TaskQuestion",
    "TrainConfig",
    "Trainer",
    "answer_of",
    "export_checkpoint",
    "held_out",
    "is_held_out",
    "is_right",
    "majority",
    "make_question",
    "write_gguf",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
