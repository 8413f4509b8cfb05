"""Releases: what is signed in each format of them, who trusts the key, and how each format is signed anew."""
