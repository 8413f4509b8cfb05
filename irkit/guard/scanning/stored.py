"""Where the files that hold credentials by their format hold them: .netrc, .npmrc, .pypirc and the like, line by line. Pure.

No rule of a scanner need match a password there: the format says that it is one. Formats: .netrc
https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html, .npmrc https://docs.npmjs.com/cli/configuring-npm/npmrc,
.pypirc https://packaging.python.org/en/latest/specifications/pypirc/,
.git-credentials https://git-scm.com/docs/git-credential-store,
.pgpass https://www.postgresql.org/docs/current/libpq-pgpass.html, docker https://docs.docker.com/reference/cli/docker/login/, and the
pages of the programs that are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_INI = rb"^\s*(?:password|passwd|token|secret_key|_secret|aws_secret_access_key|aws_session_token)\s*[=:]\s*[\"']?([^\s\"'#]+)"
_URL = rb"://[^/\s:@]*:([^/\s@]+)@"
_YAML = rb"(?:token|oauth_token|password|client-key-data|access-token|npmAuthToken)\s*:\s*[\"']?([^\s\"'#]+)"


@dataclass(frozen=True)
class Format:
    """A format by the ends of the paths that have it; its first group, on any line, is a credential."""

    name: str
    ends: tuple[str, ...]
    pattern: re.Pattern[bytes]


def _format(name: str, ends: tuple[str, ...], *patterns: bytes) -> Format:
    return Format(name, ends, re.compile(rb"|".join(patterns), re.MULTILINE | re.IGNORECASE))


FORMATS = (
    _format("netrc", (".netrc", "_netrc"), rb"(?:^|\s)password[ \t]+(\S+)"),
    _format("npm", (".npmrc",), rb"_(?:authToken|password|auth)\s*=\s*[\"']?([^\s\"'#;]+)"),
    _format("yarn", (".yarnrc.yml",), _YAML),
    _format("pypi", (".pypirc",), _INI),
    _format("pip", ("pip.conf",), _URL),
    _format("git", (".git-credentials", "git/credentials"), _URL),
    _format(
        "git",
        (".gitconfig", "git/config", ".git/config"),
        _URL,
        rb"^\s*extraheader\s*=\s*\"?authorization:\s*(?:basic|bearer)\s+([^\s\"]+)",
        rb"^\s*\[url\s+\"\w+://([^\s@:/]{16,})@",
    ),
    _format("curl", (".curlrc",), rb"^\s*-?-?u(?:ser)?\s*[=\s]\s*[\"']?[^\s:\"']*:([^\s\"']+)", _URL),
    _format("wget", (".wgetrc",), rb"^\s*\w*password\s*=\s*(\S+)"),
    _format(
        "docker",
        (".docker/config.json", "containers/auth.json"),
        rb"\"(?:auth|identitytoken|registrytoken)\"\s*:\s*\"([^\"]+)\"",
    ),
    _format("aws", (".aws/credentials", ".boto", ".s3cfg"), _INI),
    _format("pgpass", (".pgpass",), rb"^(?!#)(?:(?:\\.|[^:\\\n])*:){4}([^\n]+)"),
    _format("mysql", (".my.cnf",), _INI),
    _format("github", ("gh/hosts.yml", ".config/hub"), _YAML),
    _format("gitlab", ("glab-cli/config.yml",), _YAML),
    _format("kubernetes", (".kube/config",), _YAML),
    _format("vault", (".vault-token",), rb"\A\s*(\S+)\s*\Z"),
    _format("huggingface", ("huggingface/token",), rb"\A\s*(\S+)\s*\Z"),
    _format("cargo", (".cargo/credentials", ".cargo/credentials.toml"), _INI),
    _format("gem", (".gem/credentials",), rb"^:\w+:\s*[\"']?([^\s\"']+)"),
    _format("maven", (".m2/settings.xml",), rb"<(?:password|passphrase)>\s*([^<\s]+)\s*</"),
    _format("composer", ("composer/auth.json",), rb"\"(?:password|token|oauth)\"\s*:\s*\"([^\"]+)\""),
    _format("terraform", (".terraformrc", "credentials.tfrc.json"), rb"\"?token\"?\s*[=:]\s*\"([^\"]+)\""),
    _format("rclone", ("rclone.conf",), rb"^\s*(?:pass|password|token|secret_access_key|client_secret)\s*=\s*(\S.*)$"),
    _format("age", ("age/keys.txt",), rb"^(AGE-SECRET-KEY-1\S+)"),
)
_NO_VALUE = re.compile(rb"\$\{[\w.:-]+\}|\$\w+|%\w+%|<[^>]*>|\*+|x+|null|none|\{[^}]*\}", re.IGNORECASE)
"""A variable, or what somebody wrote in the place of a value."""


def format_of(path: str) -> Format | None:
    return next((one for one in FORMATS if any(path == end or path.endswith(f"/{end}") for end in one.ends)), None)


def stored_in(path: str, data: bytes) -> Iterator[tuple[int, bytes, str]]:
    """(line, value, format) of each credential that a file of this path keeps."""
    one = format_of(path)
    for found in one.pattern.finditer(data) if one else ():
        value = next(group for group in found.groups() if group is not None)
        if not _NO_VALUE.fullmatch(value):
            yield (
                1 + data.count(b"\n", 0, found.start(found.lastindex or 0)),
                value,
                f"stored.{one.name}" if one else "",
            )
