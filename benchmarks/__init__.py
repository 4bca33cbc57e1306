"""How fast and how right the bot is: run by `make bench`, no part of the tests.

`python -m benchmarks` measures speed, start-up and memory on texts written for it (speed.py).
`python -m benchmarks load` runs it under load, and counts what is lost or said twice (load.py).
`python -m benchmarks accuracy FILE` measures answers on a corpus of yours (accuracy.py; the format
is in corpus.py).
"""

import sys
from pathlib import Path

# How PostgreSQL and instances of the bot are started is shared with the tests.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
