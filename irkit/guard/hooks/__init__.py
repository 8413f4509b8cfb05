"""`irkit guard install`: the hooks by which git has each commit, and each push, looked at first."""
