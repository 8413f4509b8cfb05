"""`irkit guard run -- COMMAND`: what a command prints, without the secrets that are known."""
