"""What is fuzzed: a module each, with `build() -> Callable[[bytes], None]`."""
