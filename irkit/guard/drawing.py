"""matplotlib draws no secret of an open case: words are redacted where they are read to be laid out and drawn.

A text may have been set long before a case was opened, so what is stored stays as it is and every reading of it is redacted: layout,
wrapping, drawing, what is asked for by name. Beside the words: addresses and identifiers that SVG and PDF files keep, the metadata of
files, paths made of letters (`TextPath`, markers), and the title of a window. The patches are applied when matplotlib is imported, and
cost nothing where it is not.

What a figure was written as is remembered by digest: such a picture may be shown (`irkit.guard.opaque` asks), no other may. Not covered:
the pixels of a picture that is given to matplotlib (`imshow`), and a secret that code itself cuts into several texts.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any
from xml.parsers import expat

from irkit.guard.active import get_redactor
from irkit.redact import Hidden

_REMEMBERED = 4096
_HEAD, _DOCUMENT = 4096, 2 << 20  # bytes in which a drawing begins, and of one that is read as a document
_LARGEST = 256 << 20  # bytes of a picture that is read back to know it again
_MARKUP = re.compile(r"\\([^A-Za-z\s])|\\[A-Za-z]+\s*|[{}$^_]")
"""Of a formula: what is drawn as it is behind a backslash, commands, and what only groups and places."""


class Drawn:
    """Digests of what guarded matplotlib wrote, the newest few thousand. They count as long as the same secrets are hidden:
    what was drawn before a case was opened may show what the case hides."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()
        self._hidden: tuple[Hidden, ...] = ()
        self._lock = Lock()

    def add(self, data: bytes) -> None:
        """Remember a picture, unless a secret stands in its bytes all the same."""
        if get_redactor().finds(data):
            return
        with self._lock:
            self._keep_up()
            for digest in _digests(data):
                self._digests[digest] = None
            while len(self._digests) > _REMEMBERED:
                self._digests.popitem(last=False)

    def __contains__(self, data: bytes) -> bool:
        with self._lock:
            self._keep_up()
            return any(digest in self._digests for digest in _digests(data))

    def _keep_up(self) -> None:
        hidden = get_redactor().hidden
        if hidden != self._hidden:
            self._hidden = hidden
            self._digests.clear()


def _digests(data: bytes) -> Iterator[bytes]:
    """Of the bytes, and of an SVG drawing as a document: who shows one may write its lines and quotes anew (`IPython.display.SVG`)."""
    yield hashlib.sha256(data).digest()
    if b"<svg" in data[:_HEAD] and b"<!ENTITY" not in data and len(data) <= _DOCUMENT:
        with suppress(expat.ExpatError, ValueError):
            yield _document(data)


def _document(svg: bytes) -> bytes:
    """A digest of elements, attributes and words, in time that grows with the size alone. ExpatError when it is not well-formed."""
    digest, words_between = hashlib.sha256(), [""]

    def took(kind: str, name: str, attributes: dict[str, str]) -> None:
        digest.update(repr(("".join(words_between).strip(), kind, name, sorted(attributes.items()))).encode())
        words_between.clear()

    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: took("<", name, attributes)
    parser.EndElementHandler = lambda name: took(">", name, {})
    parser.CharacterDataHandler = words_between.append
    parser.Parse(svg, True)
    return digest.digest()


drawn = Drawn()


def guard() -> None:
    """Patch what is imported of matplotlib and pandas, and the rest as it is imported. Doing it twice changes nothing."""
    for name, patch in _PATCHES.items():
        module = sys.modules.get(name)
        if module is not None:
            patch(module)
    if not any(isinstance(finder, _Watch) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def words(text: Any) -> Any:
    """A text as it may be drawn. A formula that spells a secret between its braces is drawn as plain words."""
    redactor = get_redactor()
    if not redactor or not isinstance(text, str):
        return text
    clean = redactor.text(text)
    if "$" not in text:
        return clean
    plain = _MARKUP.sub(lambda found: found[1] or "", text)
    for spelled in (plain, "".join(plain.split())):  # a formula leaves spaces out
        if (hidden := redactor.text(spelled)) != spelled:
            return hidden.replace("$", r"\$")
    return clean.replace("$", r"\$") if clean != text else text


def _tree(value: Any) -> Any:
    return get_redactor().tree(value)


class _Read:
    """An attribute that is stored as it was set and redacted whenever it is read."""

    def __init__(self, name: str, clean: Callable[[Any], Any]) -> None:
        self._name = name
        self._clean = clean

    def __get__(self, instance: Any, _owner: Any = None) -> Any:
        if instance is None:
            return self
        try:
            return self._clean(vars(instance)[self._name])
        except KeyError:
            raise AttributeError(self._name) from None

    def __set__(self, instance: Any, value: Any) -> None:
        vars(instance)[self._name] = value

    def __delete__(self, instance: Any) -> None:
        vars(instance).pop(self._name, None)


def _reads(where: type, clean: Callable[[Any], Any], *names: str) -> None:
    for name in names:
        if not isinstance(vars(where).get(name), _Read):
            setattr(where, name, _Read(name, clean))


def _wraps(where: Any, name: str) -> Callable[[Callable[..., Any]], None]:
    """Put `wrapper(original, *args, **named)` in the place of a function, once."""

    def put(wrapper: Callable[..., Any]) -> None:
        original = getattr(where, name)
        if getattr(original, "guards", None):
            return

        @functools.wraps(original)
        def guarded(*args: Any, **named: Any) -> Any:
            return wrapper(original, *args, **named)

        guarded.guards = True  # type: ignore[attr-defined]  # a mark on our own function
        setattr(where, name, guarded)

    return put


# What is patched, by module


def _text(module: ModuleType) -> None:
    _reads(module.Text, words, "_text")


def _artist(module: ModuleType) -> None:
    _reads(module.Artist, _tree, "_label", "_url", "_gid")


def _collections(module: ModuleType) -> None:
    _reads(module.Collection, _tree, "_urls")


def _textpath(module: ModuleType) -> None:
    """A path made of letters keeps them, so that it can be made again when there is more to hide."""

    @_wraps(module.TextToPath, "get_text_path")
    def _letters(original: Any, itself: Any, prop: Any, s: Any, ismath: Any = False, **named: Any) -> Any:
        clean = words(s)
        # A formula in which something was hidden is none any more.
        return original(itself, prop, clean, ismath=ismath if clean == s else False, **named)

    @_wraps(module.TextPath, "__init__")
    def _made(original: Any, itself: Any, xy: Any, s: Any, *args: Any, **named: Any) -> None:
        original(itself, xy, s, *args, **named)
        itself._letters = _Letters(s, words(s), functools.partial(itself.__init__, xy, s, *args, **named))

    @_wraps(module.TextPath, "_revalidate_path")
    def _asked(original: Any, itself: Any) -> None:
        letters: _Letters | None = getattr(itself, "_letters", None)
        if letters is not None and words(letters.given) != letters.drawn:
            size = itself.get_size()
            letters.again()
            itself.set_size(size)
        original(itself)


@dataclass(frozen=True)
class _Letters:
    """What a path spells: as it was given, as it was drawn, and how it is drawn again."""

    given: Any
    drawn: Any
    again: Callable[[], None]


def _backend_bases(module: ModuleType) -> None:
    _reads(module.FigureManagerBase, _tree, "_window_title")

    @_wraps(module.FigureManagerBase, "set_window_title")
    def _titled(original: Any, itself: Any, title: Any) -> Any:
        return original(itself, _tree(title))

    @_wraps(module.FigureCanvasBase, "print_figure")
    def _printed(original: Any, itself: Any, filename: Any, *args: Any, **named: Any) -> Any:
        result = original(itself, filename, *args, **_described(named))
        if get_redactor() and _holds():
            suffix = named.get("format") or itself.get_default_filetype()
            data = _written(filename, str(suffix).lower())
            if data is not None:
                drawn.add(data)
        return result


def _image(module: ModuleType) -> None:
    @_wraps(module, "imsave")
    def _saved(original: Any, *args: Any, **named: Any) -> Any:
        return original(*args, **_described(named))


def _pdf(module: ModuleType) -> None:
    @_wraps(module.PdfFile, "__init__")
    def _opened(original: Any, itself: Any, filename: Any, metadata: Any = None) -> None:
        original(itself, filename, metadata=_tree(metadata))

    @_wraps(module.PdfFile, "newTextnote")
    def _noted(original: Any, itself: Any, text: Any, *args: Any, **named: Any) -> Any:
        return original(itself, _tree(text), *args, **named)


def _pandas(module: ModuleType) -> None:
    """A table cuts a long cell after fifty characters: half a secret, which nothing recognises any more."""
    module.set_option("display.max_colwidth", None)


_PATCHES: dict[str, Callable[[Any], None]] = {
    "pandas": _pandas,
    "matplotlib.text": _text,
    "matplotlib.artist": _artist,
    "matplotlib.collections": _collections,
    "matplotlib.textpath": _textpath,
    "matplotlib.backend_bases": _backend_bases,
    "matplotlib.image": _image,
    "matplotlib.backends.backend_pdf": _pdf,
}


class _Watch(MetaPathFinder):
    """Lets a module be found and run by whoever does it, and patches it before anybody else sees it."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        patch = _PATCHES.get(name)
        if patch is None:
            return None
        others = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
        spec = next((found for finder in others if (found := finder.find_spec(name, path, target))), None)
        run = getattr(spec and spec.loader, "exec_module", None)
        if spec is None or run is None:
            return spec

        def exec_module(module: ModuleType) -> None:
            run(module)
            patch(module)

        spec.loader.exec_module = exec_module  # type: ignore[union-attr,method-assign]  # this spec's own loader
        return spec


def _holds() -> bool:
    """Whether matplotlib still keeps its words where the patch looks. If it does not, nothing it draws counts as guarded."""
    text = sys.modules["matplotlib.text"].Text(0, 0, "words")
    return isinstance(vars(type(text)).get("_text"), _Read) and vars(text).get("_text") == "words"


def _described(named: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a `savefig`, without secrets in what is written beside the picture."""
    if not get_redactor():
        return named
    clean = dict(named)
    if clean.get("metadata") is not None:
        clean["metadata"] = _tree(clean["metadata"])
    if clean.get("pil_kwargs"):
        clean["pil_kwargs"] = {name: _chunks(value) for name, value in clean["pil_kwargs"].items()}
    return clean


def _chunks(value: Any) -> Any:
    """Pillow's own chunks of a PNG, and other values, redacted."""
    if isinstance(getattr(value, "chunks", None), list):
        value.chunks = [(chunk[0], _tree(chunk[1]), *chunk[2:]) for chunk in value.chunks]
        return value
    return _tree(value) if isinstance(value, str | bytes | dict | list) else value


def _written(target: Any, suffix: str) -> bytes | None:
    """What stands in the buffer or the file that was written."""
    if isinstance(target, io.BytesIO | io.StringIO):
        value = target.getvalue()
        return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    if not isinstance(target, str | os.PathLike):
        return None
    for path in (Path(target), Path(f"{os.fspath(target)}.{suffix}")):
        try:
            return path.read_bytes() if path.stat().st_size <= _LARGEST else None
        except OSError:
            continue
    return None
