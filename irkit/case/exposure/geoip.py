"""The country of an address, from a file that the responder gives: nothing is asked of a network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from irkit.errors import BadInput, NotAvailable
from irkit.exposure.usage.places import CountryOf
from irkit.extras import how_to_get


def countries(path: Path) -> CountryOf:
    """Looks addresses up in a MaxMind DB file (GeoLite2, DB-IP, IPinfo): ISO 3166 codes of two letters, "" when it does not say.

    https://maxmind.github.io/MaxMind-DB/ . BadInput when it is no such file, NotAvailable without the package maxminddb.
    """
    try:
        library: Any = import_module("maxminddb")
    except ImportError:
        raise NotAvailable("a GeoIP file needs the package maxminddb", do=how_to_get("geoip")) from None
    try:
        reader = library.open_database(str(path))
    except FileNotFoundError:
        raise BadInput("there is no GeoIP file here", on=path, do="check the path") from None
    except (OSError, ValueError, library.InvalidDatabaseError) as error:
        why = str(getattr(error, "strerror", "") or error)
        raise BadInput("this is no GeoIP file", on=path, why=why, do="give one in MaxMind DB format (.mmdb)") from None

    @lru_cache(maxsize=65536)
    def country_of(address: str) -> str:
        try:
            return _code(reader.get(address.strip("[]")))
        except (ValueError, TypeError, library.InvalidDatabaseError):
            return ""

    return country_of


def _code(record: Any) -> str:
    if not isinstance(record, Mapping):
        return ""
    country = record.get("country") or record.get("country_code") or record.get("registered_country") or ""
    code = country.get("iso_code", "") if isinstance(country, Mapping) else country
    return code if isinstance(code, str) and len(code) == 2 else ""
