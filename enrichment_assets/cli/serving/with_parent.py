"""A module as a program that ends when its parent does: ``python -m ….with_parent MODULE ARGUMENT …``.

The parent holds the other end of standard input. It closes however the parent ends, SIGKILL included.
"""

import os
import runpy
import signal
import sys
from threading import Thread


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    del sys.argv[0]
    Thread(target=_end_with_parent, daemon=True).start()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
