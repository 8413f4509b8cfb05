"""Chapter 1 at the desk: where and since when a credential was exposed, and who used it."""
