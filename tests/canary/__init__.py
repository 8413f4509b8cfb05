"""The canary test: every playbook, unattended and in JupyterLab, with a kernel that tries to say the secret in every way at every cell.

`kernel.py` is what tries, `searching.py` looks for what got out by means of its own, `layers.py` switches one layer of the guard off
to see that its leak is found. `python -m tests.canary` prints that table.
"""
