"""One postmortem for several readers: full, executive, customers. Pure, and each by rule."""
