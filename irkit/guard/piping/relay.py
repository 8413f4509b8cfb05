"""From a command's output to ours, redacted as it comes. Standard output and standard error stay apart where they are apart.

What could be the beginning of a secret is held back until more comes or the command pauses; then `ReadingStream.pause` says what of it may
be seen.
"""

from __future__ import annotations

import errno
import fcntl
import os
import selectors
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from irkit.guard.piping.reading import ReadingStream
from irkit.redact import Redactor

PIECE = 1 << 20
"""Bytes read at once, and what a pipe is asked to hold (https://man7.org/linux/man-pages/man7/pipe.7.html)."""

PAUSE_S = 0.03
"""A silence after which what is held back is shown or hidden: less than a person sees, more than two writes of one print are apart."""

LINGER_S = 1.0
"""How long a pipe that others still hold open is listened to when the command itself has ended and nothing more comes."""

_TYPED = 1 << 16


@dataclass
class Channel:
    """One way out: read from `source`, written to `target`, through a redacting stream."""

    source: int
    target: int
    stream: ReadingStream
    heard_at: float = 0.0


@dataclass
class Relay:
    """The channels of a command, and what is typed to it: read from `keyboard`, written to `terminal`, None where there is none.

    `ended` is readable when the command has ended (a pidfd). `wake` is called once in a while where there is no such thing.
    """

    redactor: Redactor
    ended: int
    keyboard: int | None = None
    terminal: int | None = None
    wake: Callable[[], bool] | None = None
    unwritten: str = ""
    """Why something could not be written, other than that nobody reads it."""
    _channels: list[Channel] = field(default_factory=list)
    _select: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _typed: bytes = b""

    def add(self, source: int, target: int) -> None:
        with suppress(OSError, AttributeError):
            fcntl.fcntl(source, fcntl.F_SETPIPE_SZ, PIECE)
        channel = Channel(source, target, ReadingStream(self.redactor))
        self._channels.append(channel)
        self._select.register(source, selectors.EVENT_READ, channel)

    def run(self) -> None:
        """Until every channel has ended, or the command has and no more comes."""
        if self.ended >= 0:
            self._select.register(self.ended, selectors.EVENT_READ)
        over_at: float | None = None
        while self._channels and (over_at is None or time.monotonic() - over_at < LINGER_S):
            self._listen_for_typing()
            ready = [key for key, _ in self._select.select(self._patience(over_at))]
            for key in ready:
                if isinstance(key.data, Channel):
                    self._pass_on(key.data)
                elif key.fd == self.keyboard:
                    self._type()
            self._pauses()
            if (over_at is None and self._has_ended(ready)) or (over_at is not None and ready):
                over_at = time.monotonic()
        for channel in list(self._channels):
            self._close(channel)

    def _has_ended(self, ready: list[selectors.SelectorKey]) -> bool:
        if any(key.fd == self.ended for key in ready):
            self._select.unregister(self.ended)
            return True
        return self.wake is not None and self.wake()

    def _patience(self, over_at: float | None) -> float | None:
        """How long to wait for something: for ever, while nothing is held back and somebody says when the command has ended."""
        if self._typed or any(channel.stream.holds for channel in self._channels):
            return PAUSE_S
        return LINGER_S / 4 if over_at is not None or self.wake else None

    def _pass_on(self, channel: Channel) -> None:
        try:
            data = os.read(channel.source, PIECE)
        except BlockingIOError:
            return
        except OSError:  # a terminal whose other end is closed
            data = b""
        if data:
            channel.heard_at = time.monotonic()
            self._write(channel, channel.stream.feed(data))
        else:
            self._close(channel)

    def _pauses(self) -> None:
        """Show or hide what a channel holds that has been silent for a while, however busy another one is."""
        now = time.monotonic()
        for channel in list(self._channels):
            if channel.stream.holds and now - channel.heard_at >= PAUSE_S:
                self._write(channel, channel.stream.pause())

    def _close(self, channel: Channel) -> None:
        self._write(channel, channel.stream.end())
        self._leave(channel)

    def _leave(self, channel: Channel) -> None:
        if channel in self._channels:
            self._channels.remove(channel)
            self._select.unregister(channel.source)
            os.close(channel.source)

    def _write(self, channel: Channel, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(channel.target, view) :]
            except BlockingIOError:
                _until_writable(channel.target)
            except OSError as error:  # nobody reads us: nor do we read, and the command is told by its next write
                if error.errno not in (errno.EPIPE, errno.EIO):
                    self.unwritten = self.unwritten or error.strerror or type(error).__name__
                self._leave(channel)
                return

    def _listen_for_typing(self) -> None:
        """What is typed waits at the keyboard while the command does not read."""
        if self.keyboard is None or self.terminal is None:
            return
        self._give_typed()
        wanted = selectors.EVENT_READ if len(self._typed) < _TYPED else 0
        _want(self._select, self.keyboard, wanted)

    def _type(self) -> None:
        assert self.keyboard is not None
        try:
            data = os.read(self.keyboard, 4096)
        except OSError:
            data = b""
        if not data:
            _want(self._select, self.keyboard, 0)
            self.keyboard = None
        self._typed += data

    def _give_typed(self) -> None:
        assert self.terminal is not None
        try:
            self._typed = self._typed[os.write(self.terminal, self._typed[:_TYPED]) :] if self._typed else b""
        except BlockingIOError:
            return
        except OSError:
            self._typed = b""


def _want(select: selectors.BaseSelector, file: int, events: int) -> None:
    known = file in select.get_map()
    if events and not known:
        select.register(file, events)
    elif known and not events:
        select.unregister(file)


def _until_writable(file: int) -> None:
    """Until a target that does not block can be written again."""
    with selectors.DefaultSelector() as select:
        select.register(file, selectors.EVENT_WRITE)
        select.select()
