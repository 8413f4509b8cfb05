"""Fuzzers: every reader of what a stranger may have written, fed with what libFuzzer makes of real parts. See docs/fuzzing.md."""
