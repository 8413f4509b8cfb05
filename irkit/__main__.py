"""`python -m irkit` is `irkit`. What a hook runs before each commit goes in by a door of its own."""

import gc
import sys

_HOOK = ["guard", "scan", "--staged", "--record"]


def main() -> None:
    """Where `irkit` begins."""
    if sys.argv[1:5] == _HOOK:
        from irkit.guard.hooks import door

        if door.main(sys.argv[5:]):
            return
    gc.disable()  # what is imported stays: to look for cycles in it meanwhile, and ever again, costs a tenth of it
    from irkit.cli import main as typed

    gc.freeze()
    gc.enable()
    typed()


if __name__ == "__main__":
    main()
