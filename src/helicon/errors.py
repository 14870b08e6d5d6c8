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

A message names the value, what was expected and the next step; ``retryable`` says whether
the same call may work a moment later. Errors keep their arguments, so they survive pickling.
"""

from __future__ import annotations


class HeliconError(Exception):
    """The one root to catch."""

    retryable: bool = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        """What happened, with the value that caused it and what was expected."""
        self.hint = hint
        """The next step, as a sentence or a command; may be empty."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[HeliconError], message: str, hint: str) -> HeliconError:
    return kind(message, hint=hint)


class InputError(HeliconError, ValueError):
    """What was asked cannot be done as asked; asking again changes nothing."""


class UnknownModel(InputError):
    """No model of that name or at that place."""


class UnknownMode(InputError):
    """The mode is none of instant, thinking, contemplating, auto."""


class BadOption(InputError):
    """An option has a wrong name, type or range."""


class BadMessages(InputError):
    """The conversation is empty, or a message has a wrong form."""


class PromptTooLong(InputError):
    """The prompt has more tokens than the model's context."""


class BadImage(InputError):
    """The bytes or the data URI are no image that can be read."""


class ForbiddenAddress(InputError):
    """A URL that must not be fetched: private, loopback, or a foreign scheme."""


class Unsupported(InputError):
    """The engine or the mode lacks the ability asked for."""


class BadModelFile(InputError):
    """A model file that is missing, cut short, or of another format."""


class EngineError(HeliconError):
    """The engine did not do its part."""


class EngineUnavailable(EngineError, ConnectionError):
    """Nobody answers at the engine's place, or it is starting again."""

    retryable = True


class EngineTimeout(EngineError, TimeoutError):
    """The engine was too slow to connect, to begin, or to go on."""

    retryable = True


class EngineBusy(EngineError):
    """The engine has no room now."""

    retryable = True


class EngineRefused(EngineError):
    """The engine answered with an error of its own."""


class EngineProtocol(EngineError):
    """The engine answered something that is not the protocol."""


class EngineDied(EngineError, ConnectionError):
    """The engine ended in the middle of a stream."""

    retryable = True


class OutOfMemory(EngineError, MemoryError):
    """The model does not fit into this machine's memory."""


class ServerBusy(HeliconError):
    """Our own queue is full."""

    retryable = True


class Unauthorized(HeliconError, PermissionError):
    """No key, or a wrong one."""


class StoreError(HeliconError):
    """The database cannot be opened, read or written."""

    retryable = True


class SetupError(HeliconError):
    """Something of this machine: a taken port, an unwritable folder, a missing extra, a setting."""
