"""Text that arrives in pieces (a print, and another), redacted so that no cut lets a secret through."""

from __future__ import annotations

from codecs import getincrementaldecoder

from irkit.redact import Redactor


class TextStream:
    """Feed text, show what comes back; `end()` gives what was held because it could have been the beginning of a secret."""

    def __init__(self, redactor: Redactor) -> None:
        self._stream = redactor.stream()
        # Binary needles may cut a character in two; what is left of it is shown as a replacement character.
        self._decoder = getincrementaldecoder("utf-8")("replace")

    def feed(self, text: str) -> str:
        return self._decoder.decode(self._stream.feed(text.encode("utf-8", "replace")))

    def end(self) -> str:
        return self._decoder.decode(self._stream.end(), final=True)
