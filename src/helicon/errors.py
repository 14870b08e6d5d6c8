"""Every error Helicon raises on purpose.

::

    HeliconError
    ├── InputError                 what somebody asked for cannot be done as asked
    │   ├── UnknownModel           no such model here
    │   ├── UnknownMode            no such mode
    │   ├── BadOption              an option's name, type or range
    │   ├── BadMessages            the conversation itself
    │   ├── PromptTooLong          more tokens than the model's context
    │   ├── BadImage               bytes or a data URI that are no image
    │   ├── ForbiddenAddress       a URL this process must not fetch
    │   ├── Unsupported            the engine or the mode lacks the ability
    │   └── BadModelFile           missing, truncated, or no GGUF
    ├── EngineError                the engine did not do its part
    │   ├── EngineUnavailable      nobody answers, or it is starting again   (retryable)
    │   ├── EngineTimeout          too slow to connect, begin or go on       (retryable)
    │   ├── EngineBusy             it has no room now                        (retryable)
    │   ├── EngineRefused          it answered with an error
    │   ├── EngineProtocol         it answered something that is no protocol
    │   ├── EngineDied             it ended in the middle of a stream        (retryable)
    │   └── OutOfMemory            the model does not fit
    ├── ServerBusy                 our own queue is full                     (retryable)
    ├── Unauthorized               no key, or a wrong one
    ├── StoreError                 the database                              (retryable)
    └── SetupError                 this machine: port, folder, extra, settings

A message names the value and what was expected, which is then the next step; otherwise the next step is the
hint given with it or, without one, the class's own. ``retryable`` says whether the same call may work a moment
later. Errors keep their arguments, so they survive pickling.
The HTTP status of each leaf is in ``helicon.server.errors``, the exit code in ``helicon.cli``.
"""

from __future__ import annotations


class HeliconError(Exception):
    """The one root to catch."""

    retryable: bool = False
    next_step: str = ""
    """The hint of an error that was given none and whose message does not say what was expected."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        """What happened, with the value that caused it and what was expected."""
        says_what = "expected" in message or "should be" in message
        self.hint = hint or ("" if says_what else self.next_step)
        """The next step, as a sentence or a command; empty only where the message says what was expected."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[HeliconError], message: str, hint: str) -> HeliconError:
    return kind(message, hint=hint)


class InputError(HeliconError, ValueError):
    """What was asked cannot be done as asked; asking again changes nothing."""

    next_step = "Correct it and ask again."


class UnknownModel(InputError):
    """No model of that name or at that place."""

    next_step = "See what can be used here with 'helicon models'."


class UnknownMode(InputError):
    """The mode is none of instant, thinking, contemplating, auto."""


class BadOption(InputError):
    """An option has a wrong name, type or range."""


class BadMessages(InputError):
    """The conversation is empty, or a message has a wrong form."""


class PromptTooLong(InputError):
    """The prompt has more tokens than the model's context."""

    next_step = "Send less text, or use a model with a longer context."


class BadImage(InputError):
    """The bytes or the data URI are no image that can be read."""

    next_step = "Check that the picture opens, or give another one."


class ForbiddenAddress(InputError):
    """A URL that must not be fetched: private, loopback, or a foreign scheme."""

    next_step = "Send the picture itself, as a base64 data URI."


class Unsupported(InputError):
    """The engine or the mode lacks the ability asked for."""

    next_step = "Leave it out, or choose another model or mode."


class BadModelFile(InputError):
    """A model file that is missing, cut short, or of another format."""

    next_step = "Check the file, download it again, or name another one."


class EngineError(HeliconError):
    """The engine did not do its part."""

    next_step = "Ask again; the engine's own log says more."

    def __init__(self, message: str, *, hint: str = "", retry_after_seconds: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds
        """When the engine asked to be asked again; ``None`` where it did not say."""

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_engine, (type(self), self.message, self.hint, self.retry_after_seconds))


def _rebuild_engine(kind: type[EngineError], message: str, hint: str, seconds: float | None) -> EngineError:
    return kind(message, hint=hint, retry_after_seconds=seconds)


class EngineUnavailable(EngineError, ConnectionError):
    """Nobody answers at the engine's place, or it is starting again."""

    retryable = True
    next_step = "Check that the engine runs, then ask again."


class EngineTimeout(EngineError, TimeoutError):
    """The engine was too slow to connect, to begin, or to go on."""

    retryable = True
    next_step = "Ask again; if it stays so slow, ask for less or look at the engine's load."


class EngineBusy(EngineError):
    """The engine has no room now."""

    retryable = True
    next_step = "Ask again in a moment."


class EngineRefused(EngineError):
    """The engine answered with an error of its own."""

    next_step = "The engine's own log says more."


class EngineProtocol(EngineError):
    """The engine answered something that is not the protocol."""

    next_step = "Check that the address is that of an OpenAI-compatible engine."


class EngineDied(EngineError, ConnectionError):
    """The engine ended in the middle of a stream."""

    retryable = True
    next_step = "Ask again; the engine's own log says why it ended."


class OutOfMemory(EngineError, MemoryError):
    """The model does not fit into this machine's memory."""

    next_step = "Use a smaller model or quantisation, or a shorter context."


class ServerBusy(HeliconError):
    """Our own queue is full."""

    retryable = True
    next_step = "Try again in a moment."


class Unauthorized(HeliconError, PermissionError):
    """No key, or a wrong one."""

    next_step = "Give a key that is valid there."


class StoreError(HeliconError):
    """The database cannot be opened, read or written."""

    retryable = True
    next_step = "Check the database and the room on its disk, or serve without --database."


class SetupError(HeliconError):
    """Something of this machine: a taken port, an unwritable folder, a missing extra, a setting."""

    next_step = "Change that setting; 'helicon config' shows where each comes from."
