"""Nano from nothing: data, training, export, evaluation and plots, in one command.

    python recipes/nano/run.py                    # all steps, 190 minutes of training
    python recipes/nano/run.py --minutes 10       # a quick, weaker one
    python recipes/nano/run.py --steps train      # go on after a stop: training resumes
    python recipes/nano/run.py --thoughts careful --start-from runs/nano/checkpoint.pt --minutes 15 --shards 4
                                                  # a nano that checks its thoughts, from the weights of the first

Everything lands in ``--folder`` (default ``runs/nano``, or ``runs/nano-careful``); results and plots of
the lean nano go to ``recipes/nano/results``. Each step skips what is already there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
STEPS = ("data", "train", "export", "evaluate", "plot")
SHARD_SIZE = 20_000
"""Conversations per shard: 2.1 to 2.5 million tokens."""


def one_shard(folder: str, number: int, careful: bool) -> str:
    """Generate one shard in a process of its own."""
    from helicon.training.data import write_shard
    from helicon.training.tokenizer import load_tokenizer

    tokenizer = load_tokenizer(Path(folder) / "tokenizer.json")
    return write_shard(Path(folder) / "data", tokenizer, number, SHARD_SIZE, careful=careful).name


def make_data(folder: Path, shards: int, *, careful: bool = False, start_from: Path | None = None) -> None:
    """Tokenizer and training shards; weights that are taken over come with their tokenizer."""
    from helicon.training.tokenizer import train_tokenizer

    (folder / "data").mkdir(parents=True, exist_ok=True)
    if start_from is not None and not (folder / "tokenizer.json").exists():
        shutil.copy(start_from.parent / "tokenizer.json", folder / "tokenizer.json")
    if not (folder / "tokenizer.json").exists():
        train_tokenizer().save(str(folder / "tokenizer.json"))
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for name in pool.map(one_shard, [str(folder)] * shards, range(shards), [careful] * shards):
            print(name, flush=True)


def train(folder: Path, minutes: float, threads: int, start_from: Path | None = None) -> None:
    """Train, or go on training, until ``minutes`` have been spent."""
    import torch

    from helicon.training.sizes import NanoConfig
    from helicon.training.tokenizer import PAD, load_tokenizer
    from helicon.training.trainer import TrainConfig, Trainer

    torch.set_num_threads(threads)
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    network = NanoConfig(vocabulary=tokenizer.get_vocab_size())
    trainer = Trainer(TrainConfig(minutes=minutes), network, folder / "data", folder, tokenizer.token_to_id(PAD))
    resumed = trainer.resume()
    if start_from is not None and not resumed:
        trainer.start_from(start_from)
    print(f"{trainer.model.parameter_count()} parameters, resumed: {resumed}", flush=True)
    trainer.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, help="default: runs/nano, or runs/nano-careful")
    parser.add_argument(
        "--thoughts", choices=("lean", "careful"), default="lean", help="careful ones check and repeat their work"
    )
    parser.add_argument("--start-from", type=Path, help="a checkpoint whose weights training begins with")
    parser.add_argument("--minutes", type=float, default=190.0, help="wall-clock minutes of training")
    parser.add_argument("--shards", type=int, default=26, help="of about 2.3 million tokens")
    parser.add_argument(
        "--threads",
        type=int,
        default=os.cpu_count() or 1,
        help="of arithmetic; on a machine that also does other work, fewer are faster",
    )
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--gguf", type=Path, help="where to export to (default: FOLDER/nano.gguf)")
    options = parser.parse_args()
    careful = options.thoughts == "careful"
    folder = options.folder or Path("runs/nano-careful" if careful else "runs/nano")
    gguf = options.gguf or folder / "nano.gguf"
    if "data" in options.steps:
        make_data(folder, options.shards, careful=careful, start_from=options.start_from)
    if "train" in options.steps:
        train(folder, options.minutes, options.threads, options.start_from)
    if "export" in options.steps:
        from helicon.training.export import export_checkpoint

        export_checkpoint(folder / "checkpoint.pt", folder / "tokenizer.json", gguf)
    if "evaluate" in options.steps:
        output = ["--output", str(folder / "evaluation.json")] if careful else []
        subprocess.run([sys.executable, str(HERE / "evaluate.py"), "--model", str(gguf), *output], check=True)
    if "plot" in options.steps and not careful:
        log = folder / "log.jsonl"
        subprocess.run([sys.executable, str(HERE / "plot.py"), "--log", str(log)], check=True)


if __name__ == "__main__":
    main()
