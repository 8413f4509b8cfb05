"""Larkspur, a company that does not exist: its people, its addresses, and the source code they write all day."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from irkit.drill.history import Person

DOMAIN = "larkspur.example"
ORIGIN = f"https://git.{DOMAIN}/larkspur/fulfil.git"
REPOSITORY = "larkspur/fulfil"
ACCOUNT = "111122223333"  # AWS keeps this account number for documentation
AWS_USER = "fulfil-backup"
RELEASES = f"Larkspur Releases <releases@{DOMAIN}>"
APPROVERS = {"alice": f"Alice Moreau <alice@{DOMAIN}>", "bob": f"Bob Adeyemi <bob@{DOMAIN}>"}

MARA = Person("Mara Lindqvist", f"mara@{DOMAIN}", "+0200")
TOBIAS = Person("Tobias Okafor", f"tobias@{DOMAIN}", "+0100")
JUN = Person("Jun Ferrante", f"jun@{DOMAIN}", "+0900")
PRIYA = Person("Priya Vance", f"priya@{DOMAIN}", "-0500")
ROBOT = Person("larkspur-ci", f"ci@{DOMAIN}")
DEVELOPERS = (MARA, TOBIAS, JUN, PRIYA)

CI_ADDRESSES = ("192.0.2.41", "192.0.2.42")
OFFICE = "192.0.2.10"
INTRUDER_CLOUD = "203.0.113.77"
INTRUDER_CODE = "198.51.100.23"

MODULES = ("orders", "shipments", "returns", "labels", "warehouse", "rates", "tracking", "customs")
_VERBS = ("load", "merge", "split", "price", "route", "check", "group", "close", "pack", "weigh")
_NOUNS = ("parcel", "pallet", "order", "label", "manifest", "quote", "pickup", "refund", "crate", "tariff")
_BODIES = (
    "    kept = [item for item in items if item.ready]\n    return sorted(kept, key=lambda item: item.due)\n",
    "    total = sum(item.weight_g for item in items)\n    return -(-total // {n})\n",
    "    if not items:\n        return None\n    return max(items, key=lambda item: item.{field})\n",
    "    found = {{}}\n    for item in items:\n        found.setdefault(item.{field}, []).append(item)\n    return found\n",
    "    return [item for item in items if item.{field} not in seen][:{n}]\n",
)
_FIELDS = ("zone", "carrier", "due", "country", "weight_g", "dock")


def first_tree() -> dict[str, bytes]:
    """The project as it was first imported."""
    tree = {
        "README.md": "# fulfil\n\nOrders in, parcels out. See docs/ for how the carriers are wired.\n",
        "pyproject.toml": '[project]\nname = "larkspur-fulfil"\nversion = "2.0.0"\nrequires-python = ">=3.11"\n',
        ".gitignore": "__pycache__/\n.venv/\ndist/\n",
        "config/carriers.yaml": "carriers:\n  swiftpost:\n    base_url: https://api.swiftpost.example/v2\n    timeout_s: 20\n",
        "config/warehouse.yaml": "docks: 6\nshift_hours: 8\n",
        ".github/workflows/ci.yml": _WORKFLOW,
        "docs/carriers.md": "# Carriers\n\nEvery carrier has a file in `fulfil/carriers/`.\n",
        "fulfil/__init__.py": '__version__ = "2.0.0"\n',
    }
    for module in MODULES:
        tree[f"fulfil/{module}.py"] = (
            f'"""{module.capitalize()} of the fulfilment service."""\n\nfrom __future__ import annotations\n'
        )
    return {path: text.encode() for path, text in tree.items()}


_WORKFLOW = """name: ci
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pip install -e . pytest
      - run: pytest -q
"""


def days_work(chance: Random, tree: Mapping[str, bytes]) -> tuple[str, dict[str, bytes | None]]:
    """One ordinary commit on top of `tree`: its message and its changes."""
    kind = chance.random()
    if kind < 0.12:
        docks = chance.randint(4, 12)
        return f"Plan for {docks} docks", {"config/warehouse.yaml": f"docks: {docks}\nshift_hours: 8\n".encode()}
    if kind < 0.22:
        noun = chance.choice(_NOUNS)
        text = (
            tree["docs/carriers.md"]
            + f"\nEvery {noun} is handed over at the dock named in the {chance.choice(_NOUNS)}.\n".encode()
        )
        return f"Say where every {noun} is handed over", {"docs/carriers.md": text}
    module, verb, noun = chance.choice(MODULES), chance.choice(_VERBS), chance.choice(_NOUNS)
    body = chance.choice(_BODIES).format(n=chance.randint(2, 40), field=chance.choice(_FIELDS))
    arguments = "items, seen" if "seen" in body else "items"
    path = f"fulfil/{module}.py"
    source = tree[path] + f"\n\ndef {verb}_{noun}_{chance.randint(1, 99)}({arguments}):\n{body}".encode()
    message = f"{module}: {verb} every {noun} in one pass\n\nThe {noun} was read twice where once is enough.\n"
    return message, {path: source}
