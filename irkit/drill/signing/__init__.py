"""The rehearsal of a leaked signing key: what a release team really has to sign again, built offline and scored."""
