"""Hostile input by the thousand: `make fuzz` runs every target, `make fuzz TARGET=spot` one.

A target is a small file in fuzzing/targets with a function `build` that gives what is done to
some bytes; `slow` looks for texts that take too long. What they find becomes a test.
"""
