"""What people write: which sections, how their Markdown is read, what changed, which wording blames. Pure."""
