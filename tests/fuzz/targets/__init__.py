"""One module a target. Each has a `TARGET`: the readers that get the bytes, and seeds made from real parts."""
