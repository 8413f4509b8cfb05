"""Code hosts, by the APIs that answer for their public instances; a company's own is given with `--base`."""

PUBLIC_BASES = {"github": "https://api.github.com", "gitlab": "https://gitlab.com/api/v4"}
