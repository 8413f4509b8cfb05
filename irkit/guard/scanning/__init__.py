"""`irkit guard scan`: secrets nobody told us of, and our own known ones, in what is staged, pushed, logged or lying in a home."""
