"""CloudTrail-like logs of any size for `usage.py`: visibly fake, the same for the same size, shaped like real ones.

Files in the S3 layout hold from a few to some thousand events, as real ones do (median some 100), of about 1.6 kB each, and
are gzipped about 8 to 1; the same events stand once more as four files of JSON lines.
"""

from __future__ import annotations

import base64
import random
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

KEY = "AKIAFAKEFAKEFAKE0001"
BEGETTER = "AKIAFAKEFAKEFAKE0003"
"""As KEY, but that its tenth use begets SESSION, whose uses stand in files before and behind."""
SESSION = "ASIAFAKEFAKEFAKE0002"
USES, SESSION_USES = 29, 7
_PER_FILE = 180
_LINES_FILES = 4
_EVENT_BYTES = 1590
_ACTIONS = (
    ("s3", "GetObject", "true"), ("s3", "ListObjects", "true"), ("ec2", "DescribeInstances", "true"), ("sts", "GetCallerIdentity", "true"),
    ("kms", "Decrypt", "true"), ("logs", "CreateLogStream", "false"), ("dynamodb", "DescribeTable", "true"), ("iam", "ListUsers", "true"),
)  # fmt: skip
_REGIONS = ("us-east-1", "eu-west-1", "eu-central-1")
_AGENTS = (
    "aws-sdk-go/1.44.157 (go1.19.3; linux; amd64) exec-env/AWS_ECS_FARGATE",
    "Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#5.10.0 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython cfg/retry-mode#legacy",
    "aws-cli/2.15.10 Python/3.11.6 Linux/5.10.205-195.807.amzn2.x86_64 exe/x86_64.amzn.2 prompt/off command/s3.ls",
)  # fmt: skip
_ARN = "arn:aws:sts::000000000000:assumed-role"
_EVENT = (
    '{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAFAKE%(who)s:fake-%(who)s",'
    f'"arn":"{_ARN}/fake-role-%(role)d/fake-%(who)s","accountId":"000000000000","accessKeyId":"%(key)s",'
    '"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAFAKE%(who)s","arn":"arn:aws:iam::000000000000:role/'
    'fake-role-%(role)d","accountId":"000000000000","userName":"fake-role-%(role)d"},"attributes":{"creationDate":'
    '"%(day)sT%(hour)02d:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"%(day)sT%(hour)02d:%(minute)02d:%(second)02dZ",'
    '"eventSource":"%(service)s.amazonaws.com","eventName":"%(action)s","awsRegion":"%(region)s","sourceIPAddress":"192.0.2.%(host)d",'
    '"userAgent":"%(agent)s","requestParameters":{"bucketName":"fake-bucket-%(role)d","Host":"fake-bucket-%(role)d.s3.amazonaws.com",'
    '"key":"data/%(day)s/part-%(part)s.parquet"},"responseElements":%(answer)s,"additionalEventData":{"SignatureVersion":"SigV4",'
    '"CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%(pad)s","bytesTransferredOut":'
    '%(size)d},"requestID":"%(second_id)s","eventID":"%(first)s","readOnly":%(read)s,"eventType":"AwsApiCall","managementEvent":true,'
    '"recipientAccountId":"000000000000","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.2","cipherSuite":'
    '"ECDHE-RSA-AES128-GCM-SHA256","clientProvidedHostHeader":"%(service)s.%(region)s.amazonaws.com"}}'
)


@dataclass(frozen=True)
class Made:
    """What was written: folders, raw and gzipped bytes (of the layout), files and events; `uses` of the key stand in each."""

    layout: Path
    lines: Path
    raw: int
    zipped: int
    files: int
    events: int
    uses: int = USES
    session_uses: int = SESSION_USES


def make(folder: Path, megabytes: int, *, processes: int = 2) -> Made:
    """About so many megabytes of events, uncompressed, in both shapes."""
    events = megabytes * 1_000_000 // _EVENT_BYTES
    counts = list(_counts(events))
    shares = [
        (folder, number, start, counts[start::1][:size]) for number, (start, size) in enumerate(_split(len(counts)))
    ]
    with ProcessPoolExecutor(processes) as pool:
        sums = list(pool.map(_share, shares, [events] * len(shares), [sum(counts[: share[2]]) for share in shares]))
    raw, zipped = (sum(one[index] for one in sums) for index in (0, 1))
    return Made(folder / "layout", folder / "lines", raw, zipped, len(counts), events)


def make_tiny(folder: Path, files: int) -> int:
    """So many files of one event each, half of them gzipped, a thousand to a folder; `USES` of them hold the key. Gives the
    bytes on disk. All but the uses are copies of 512 events."""
    source = random.Random(1)  # noqa: S311
    uses = {(1 + use) * files // (USES + 2) for use in range(USES)}
    others = [_event(source, place, 512, None).encode() for place in range(512)]
    packed = [zlib.compress(one, 6, 31) for one in others]
    size = 0
    for index in range(files):
        if index % 1000 == 0:
            (folder / f"{index // 1000:04d}").mkdir(parents=True)
        used = _event(source, index, files, KEY).encode() if index in uses else b""
        whole = index % 2 == 0
        data = (used if whole else zlib.compress(used, 6, 31)) if used else (others if whole else packed)[index % 512]
        (folder / f"{index // 1000:04d}" / f"{index:07d}.json{'' if whole else '.gz'}").write_bytes(data)
        size += len(data)
    return size


def _counts(events: int) -> Iterator[int]:
    """How many events stand in each file: skewed, as real ones are."""
    source = random.Random(1)  # noqa: S311 - the same data each time
    while events > 0:
        count = min(events, 1 + int(source.lognormvariate(4.6, 0.9)))
        yield count
        events -= count


def _split(files: int) -> list[tuple[int, int]]:
    size = -(-files // _LINES_FILES)
    return [(start, min(size, files - start)) for start in range(0, files, size)]


def _share(share: tuple[Path, int, int, list[int]], events: int, first: int) -> tuple[int, int]:
    """One part of the files of the layout, and one file of lines with the same events. Gives raw and gzipped bytes."""
    folder, number, start, counts = share
    source = random.Random(number)  # noqa: S311
    marks = {(1 + use) * events // (USES + 2): KEY for use in range(USES)}
    marks |= {(1 + use) * events // (USES + 2) + 1: BEGETTER for use in range(USES)}
    marks |= {(1 + use) * events // (SESSION_USES + 2) + 3: SESSION for use in range(SESSION_USES)}
    raw = zipped = 0
    (folder / "lines").mkdir(parents=True, exist_ok=True)
    with (folder / "lines" / f"part-{number}.json.gz").open("wb") as lines:
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        for index, count in enumerate(counts, start):
            made = [_event(source, first + place, events, marks.get(first + place)) for place in range(count)]
            first += count
            whole = ('{"Records":[' + ",".join(made) + "]}").encode()
            file = _named(folder / "layout", index, source)
            file.parent.mkdir(parents=True, exist_ok=True)
            small = zlib.compress(whole, 6, 31)
            file.write_bytes(small)
            lines.write(packer.compress(("\n".join(made) + "\n").encode()))
            raw, zipped = raw + len(whole), zipped + len(small)
        lines.write(packer.flush())
    return raw, zipped


def _named(layout: Path, index: int, source: random.Random) -> Path:
    region, day = _REGIONS[index % len(_REGIONS)], 1 + index // 400 % 28
    folder = layout / "AWSLogs/000000000000/CloudTrail" / region / "2026" / f"{3 + index // 11200:02d}" / f"{day:02d}"
    stamp = f"2026{3 + index // 11200:02d}{day:02d}T{index // 12 % 24:02d}{index * 5 % 60:02d}Z"
    return folder / f"000000000000_CloudTrail_{region}_{stamp}_{source.getrandbits(64):016x}.json.gz"


def _event(source: random.Random, place: int, events: int, key: str | None) -> str:
    bits = source.getrandbits(256)
    more = source.randbytes(73)
    wide = f"{bits:064x}"
    service, action, read = _ACTIONS[bits % 8]
    answer = "null"
    if key == BEGETTER and place == 10 * events // (USES + 2) + 1:
        service, action, answer = (
            "sts",
            "AssumeRole",
            f'{{"credentials":{{"accessKeyId":"{SESSION}","expiration":"fake"}}}}',
        )
    who = bits >> 8 & 63
    return _EVENT % {
        "who": f"{who:04d}", "role": who & 15, "key": key or f"ASIAFAKE{(bits >> 16) % 5000 + 10000:012d}",
        "day": f"2026-03-{1 + place * 28 // events:02d}", "hour": bits >> 32 & 15, "minute": (bits >> 40) % 60, "second": (bits >> 48) % 60,
        "service": service, "action": action, "region": _REGIONS[bits % 3], "host": bits >> 56 & 63, "agent": _AGENTS[(bits >> 64) % 3],
        "answer": answer, "size": bits >> 72 & 0xFFFF, "read": read,
        "part": more[57:].hex(), "pad": base64.b64encode(more[:57]).decode(),
        "first": f"{wide[:8]}-{wide[8:12]}-{wide[12:16]}-{wide[16:20]}-{wide[20:32]}", "second_id": wide[32:48].upper(),
    }  # fmt: skip
