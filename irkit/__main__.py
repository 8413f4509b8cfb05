"""`python -m irkit` is `irkit`."""

from irkit.cli import main

main()
