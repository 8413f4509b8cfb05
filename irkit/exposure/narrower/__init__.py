"""The narrowest replacement that what a credential was seen to do would need, as its provider's own policy text. Pure."""
