"""Server-sent events, read incrementally: bytes in, the data of whole events out.

Knows nothing of sockets or JSON. Comment lines (":" pings) and fields other than ``data`` are
dropped, line ends may be LF, CRLF or CR, broken UTF-8 becomes U+FFFD, a byte order mark at the
start is dropped. Whole events come as soon as their blank line has arrived, however the bytes
are cut. ``flush`` also gives up an event whose blank line never came, for the servers that end so.

Form: html.spec.whatwg.org, section 9.2.6.
"""

from __future__ import annotations

MAX_EVENT_BYTES = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class EventTooLong(ValueError):
    """An event, or a line, of more than ``MAX_EVENT_BYTES``."""


class EventDecoder:
    """``decode(chunk)`` and ``flush()``."""

    def __init__(self) -> None:
        self._rest = b""
        """Bytes of a line that has not ended yet."""
        self._data: list[bytes] = []
        """Data lines of the event that has not ended yet."""
        self._size = 0
        self._first = True

    def decode(self, chunk: bytes) -> list[str]:
        """The data of the events that are complete now.

        Raises:
            EventTooLong: the event under way is too long to be kept.
        """
        if not (self._rest or self._data) and (events := _plain(chunk)) is not None:
            self._first = False
            return events
        whole = self._rest + chunk if self._rest else chunk
        if self._first:
            if len(whole) < len(_BOM) and _BOM.startswith(whole):
                self._rest = whole
                return []
            self._first = False
            whole = whole.removeprefix(_BOM)
        lines = whole.splitlines(keepends=True)  # bytes: splits at LF, CR and CRLF only
        # A line that ends in a bare CR may go on with an LF, so it waits for the next byte.
        self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise EventTooLong(f"an event of more than {MAX_EVENT_BYTES} bytes")
        return self._take(lines)

    def flush(self) -> list[str]:
        """What is left when the stream ends."""
        lines, self._rest = self._rest.splitlines(), b""
        events = self._take(lines)
        if self._data:
            events.append(self._event())
        return events

    def _take(self, lines: list[bytes]) -> list[str]:
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                value = line[5:].rstrip(b"\r\n").removeprefix(b" ")
                self._size += len(value)
                if self._size > MAX_EVENT_BYTES:
                    raise EventTooLong(f"an event of more than {MAX_EVENT_BYTES} bytes")
                self._data.append(value)
            elif not line.rstrip(b"\r\n"):
                if self._data:
                    events.append(self._event())
            elif line.rstrip(b"\r\n") == b"data":
                self._data.append(b"")
        return events

    def _event(self) -> str:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data = []
        self._size = 0
        return data.decode("utf-8", "replace")


def _plain(chunk: bytes) -> list[str] | None:
    """The data of a chunk of whole events in their usual form, one ``data`` line each; ``None`` for any other chunk."""
    if not chunk.endswith(b"\n\n") or b"\r" in chunk or len(chunk) > MAX_EVENT_BYTES:
        return None
    events = chunk[:-2].decode("utf-8", "replace").split("\n\n")
    for event in events:
        if not event.startswith("data: ") or "\n" in event:
            return None
    return [event[6:] for event in events]
