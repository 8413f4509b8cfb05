"""A scanner that has read its rules already, and waits for the next commit: docs/adr/0014-a-scanner-that-waits.md."""
