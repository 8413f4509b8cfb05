"""The compiled part: one function over one frame of numbers. Imported only to build it; what runs is the stored result."""
