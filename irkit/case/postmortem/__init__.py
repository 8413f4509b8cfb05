"""Chapter 4 at the desk: the postmortem, what people write into it, and what of it changed."""
