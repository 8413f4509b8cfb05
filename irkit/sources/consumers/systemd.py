"""systemd units and their drop-ins: variables, files of variables, credentials.

https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html (Environment, Credentials)
"""

from __future__ import annotations

from collections.abc import Iterator

from irkit.model import Sure
from irkit.sources.consumers.interface import ALL, Reader, Reference, lines_of, matcher, shell_names

_NOTE = "read when the unit is started: restart it after the change"


def _read(path: str, source: str) -> Iterator[Reference]:
    what = f"unit {path.rpartition('/')[2]}"
    for number, line in lines_of(source):
        if line.lstrip().startswith(("#", ";")):
            continue
        key, _, value = line.strip().partition("=")
        key, value = key.strip(), value.strip()
        if key == "Environment":
            for pair in value.replace('"', " ").replace("'", " ").split():
                if "=" in pair:
                    name = pair.partition("=")[0]
                    yield Reference((name,), what, f"Environment {name}", number, (name,), note=_NOTE)
        elif key == "PassEnvironment":
            for name in value.split():
                yield Reference((name,), what, f"PassEnvironment {name}", number, note=_NOTE)
        elif key == "EnvironmentFile" and value:
            file = value.lstrip("-").strip('"')
            note = f"whether {file} on that machine holds it, this file does not tell; {_NOTE}"
            yield Reference(
                (f"file/{file.lstrip('/')}", file, ALL),
                what,
                f"EnvironmentFile {file}",
                number,
                sure=Sure.MAY,
                note=note,
            )
        elif key.startswith(("LoadCredential", "SetCredential", "ImportCredential")):
            name, _, file = value.partition(":")
            needs = (name, file.lstrip("/") and f"file/{file.lstrip('/')}", file)
            yield Reference(tuple(part for part in needs if part), what, f"{key} {name}", number, note=_NOTE)
        elif key.startswith("Exec"):
            for name in shell_names(value):
                yield Reference((name,), what, f"${name} in {key}", number, note=_NOTE)


READER = Reader(
    "systemd", matcher(r"[^/]+\.(?:service|socket|timer)|[^/]+\.(?:service|socket|timer)\.d/[^/]+\.conf"), _read
)
