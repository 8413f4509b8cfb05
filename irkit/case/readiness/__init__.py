"""A team's readiness at the desk: what it holds, asked with its own access; judged; written down; compared with the last time."""
