"""One process against several of torchrun, one thread each: words a second, bytes exchanged a word, loss.

    python benchmarks/processes.py TEXT [--processes 2] [--machines] [--epochs 2] [--dim 100] [--rounds 3]

Processes have memory in common; with --machines each counts as a machine of its own, and they exchange what changes.
The sides take turns; each trains SkipGram, and the time is that of its epochs, without counting and encoding.  Ratios
mean something on a quiet machine with as many free cores as processes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys


def train(options: argparse.Namespace) -> None:
    """What each process does; the first prints a line of JSON."""
    from densevec import SkipGram
    from densevec._processes import is_first
    from densevec.training.distributed import find_group

    model = SkipGram(options.text, dim=options.dim, epochs=options.epochs, workers=1).train(progress=False)
    group = find_group()
    if is_first():
        last = model.history[-1]
        words = model.trained_on["tokens"] * options.epochs
        speed = statistics.median(report.words_per_second for report in model.history)
        exchanged = 0 if group is None else group.bytes_exchanged / words
        print(json.dumps({"words_per_second": speed, "bytes_per_word": exchanged, "loss": last.loss}))


def measure(options: argparse.Namespace, processes: int) -> dict[str, float]:
    run = ["-m", "torch.distributed.run"]
    launchers = [[] if processes == 1 else [*run, "--standalone", f"--nproc-per-node={processes}"]]
    if options.machines and processes > 1:
        place = [f"--nnodes={processes}", "--nproc-per-node=1", "--master-addr=127.0.0.1", "--master-port=29517"]
        launchers = [[*run, *place, f"--node-rank={rank}"] for rank in range(processes)]
    given = [options.text, f"--dim={options.dim}", f"--epochs={options.epochs}", "--train"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    running = [
        subprocess.Popen(
            [sys.executable, *launcher, __file__, *given], stdout=subprocess.PIPE, text=True, env=environment
        )
        for launcher in launchers
    ]
    told = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise SystemExit("a training has failed")
    found: dict[str, float] = json.loads(told[0].splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--machines", action="store_true")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        train(options)
        return
    speeds: dict[int, list[float]] = {1: [], options.processes: []}
    for _ in range(options.rounds):
        for processes, found in speeds.items():
            result = measure(options, processes)
            found.append(result["words_per_second"])
            print(f"{processes} processes: {result}", flush=True)
    one, several = (statistics.median(found) for found in speeds.values())
    print(f"{options.processes} processes / 1: {several / one:.2f}")


if __name__ == "__main__":
    main()
