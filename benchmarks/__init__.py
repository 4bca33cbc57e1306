"""How fast and how right the bot is: run by `make bench`, no part of the tests.

`python -m benchmarks` measures speed, start-up and memory on texts written for it (speed.py).
`python -m benchmarks accuracy FILE` measures answers on a corpus of yours (accuracy.py; the format
is in corpus.py).
"""
