"""Engines: what turns messages into a stream of tokens.

Names are imported when first used: an HTTP client or a model's host costs nothing to a program
that only wants the protocol's values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helicon.lazy import exports

if TYPE_CHECKING:
    from helicon.engines.dialects import DIALECTS as DIALECTS
    from helicon.engines.dialects import Dialect as Dialect
    from helicon.engines.discovery import Found as Found
    from helicon.engines.discovery import discover as discover
    from helicon.engines.embedded import EmbeddedEngine as EmbeddedEngine
    from helicon.engines.gguf_check import ModelFile as ModelFile
    from helicon.engines.gguf_check import check_file as check_file
    from helicon.engines.openai_client import OpenAIEngine as OpenAIEngine
    from helicon.engines.opening import open_engine as open_engine
    from helicon.engines.protocol import AnswerText as AnswerText
    from helicon.engines.protocol import Capabilities as Capabilities
    from helicon.engines.protocol import Delta as Delta
    from helicon.engines.protocol import Engine as Engine
    from helicon.engines.protocol import Finish as Finish
    from helicon.engines.protocol import FinishReason as FinishReason
    from helicon.engines.protocol import Health as Health
    from helicon.engines.protocol import ModelInfo as ModelInfo
    from helicon.engines.protocol import Prefill as Prefill
    from helicon.engines.protocol import Request as Request
    from helicon.engines.protocol import Running as Running
    from helicon.engines.protocol import Shared as Shared
    from helicon.engines.protocol import ThinkingText as ThinkingText
    from helicon.engines.protocol import ToolCallDelta as ToolCallDelta
    from helicon.engines.scripted import Script as Script
    from helicon.engines.scripted import ScriptedEngine as ScriptedEngine
    from helicon.engines.scripted import script as script
    from helicon.engines.spec import ModelSpec as ModelSpec
    from helicon.engines.spec import parse_spec as parse_spec
    from helicon.engines.timeouts import Timeouts as Timeouts

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "dialects": ("DIALECTS", "Dialect"),
        "discovery": ("Found", "discover"),
        "embedded": ("EmbeddedEngine",),
        "gguf_check": ("ModelFile", "check_file"),
        "opening": ("open_engine",),
        "openai_client": ("OpenAIEngine",),
        "protocol": (
            "AnswerText",
            "Capabilities",
            "Delta",
            "Engine",
            "Finish",
            "FinishReason",
            "Health",
            "ModelInfo",
            "Prefill",
            "Request",
            "Running",
            "Shared",
            "ThinkingText",
            "ToolCallDelta",
        ),
        "scripted": ("Script", "ScriptedEngine", "script"),
        "spec": ("ModelSpec", "parse_spec"),
        "timeouts": ("Timeouts",),
    },
)
