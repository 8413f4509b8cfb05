"""Chapter 3 at the desk: what a leaked key signed, what of it can be trusted, and the fresh key."""
