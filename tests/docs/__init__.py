"""The documents are run: every command that a page shows, in the order in which it shows them.

A fence of kind `sh` is typed as it stands. One of kind `console` holds commands after `$ ` and what they print; what they print is
compared (see `told.py`), and a line `...` stands for any lines. The blocks of one page share a shell, a home and a folder, which
are thrown away.

A comment right before a fence says what else is needed, its parts joined by `; `:

    <!-- test: with case -->                             words in capitals are taken from a stand-in (`stand_ins.py`)
    <!-- test: needs sqlite3 -->                         it is skipped where that is missing, as `tests/needs.py` has it
    <!-- test: exit 3 -->                                the block ends with this exit code
    <!-- test: not run; it asks github.com; held by tests/case/test_code_hosts.py -->

What is not run needs a reason, and is still checked: its options exist, its targets, extras and files too (`checking.py`).
`python -m tests.docs` lists it, and `python -m tests.docs docs/PAGE.md` shows what that page's commands print.
"""
