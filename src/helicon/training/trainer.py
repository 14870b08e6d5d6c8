"""The training loop: wall-clock bound, resumable, CPU first.

Muon (https://kellerjordan.github.io/posts/muon/) for the hidden matrices, AdamW
for the embedding. The learning rate follows the share of the time that has
passed: short warm-up, constant, linear to zero in the last third. Norm weights
stay fixed (the matrices behind them can absorb any scale), which saves a tenth
of the time on a CPU.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from helicon.training.data import LEARN
from helicon.training.extra import need
from helicon.training.model import Nano
from helicon.training.sizes import NanoConfig

torch = need("torch")
numpy = need("numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How long and how fast."""

    minutes: float = 70.0
    batch_tokens: int = 4096
    muon_rate: float = 0.02
    adam_rate: float = 0.004
    weight_decay: float = 0.01
    warm_up: float = 0.01
    """Share of the time."""
    decay: float = 0.35
    checkpoint_seconds: float = 180.0
    log_steps: int = 20
    compile: bool = True
    bfloat16: bool = True
    seed: int = 0


def schedule(share: float, warm_up: float, decay: float) -> float:
    """Factor on the learning rate when ``share`` of the time has passed."""
    if share < warm_up:
        return max(share / warm_up, 0.02)
    if share > 1 - decay:
        return max((1 - share) / decay, 0.0)
    return 1.0


def loss_of(model: Any, rows_BT: Any, pad: int, bfloat16: bool) -> Any:
    """Mean cross entropy over the assistant's tokens of packed rows."""
    learn_BT = (rows_BT & LEARN) != 0
    tokens_BT = rows_BT & (LEARN - 1)
    closes_BT = (tokens_BT == pad).to(torch.int32)
    document_BT = closes_BT.cumsum(dim=1) - closes_BT
    length = tokens_BT.shape[1]
    near_TT = torch.ones(length, length, dtype=torch.bool).tril()
    seen_BTT = near_TT & (document_BT[:, :, None] == document_BT[:, None, :])
    mask_BTT = torch.where(seen_BTT, 0.0, -1e9)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
        logits_BTV = model(tokens_BT, mask_BTT)
    labels_BT = torch.where(learn_BT, tokens_BT, -100)[:, 1:].contiguous()
    logits_BTV = logits_BTV[:, :-1].float()
    return torch.nn.functional.cross_entropy(
        logits_BTV.reshape(-1, logits_BTV.shape[-1]), labels_BT.reshape(-1), ignore_index=-100
    )


class Batches:
    """An endless, resumable stream of batches over the shards of a folder, in order."""

    def __init__(self, folder: Path, batch_tokens: int, seed: int) -> None:
        self.folder, self.batch_tokens, self.seed = folder, batch_tokens, seed
        self.shard = 0
        self.place = 0

    def state(self) -> dict[str, int]:
        return {"shard": self.shard, "place": self.place}

    def load(self, state: dict[str, int]) -> None:
        self.shard, self.place = state["shard"], state["place"]

    def plan(self, number: int) -> list[Any]:
        """All batches of one shard, shuffled: a pure function of its number."""
        paths = sorted(self.folder.glob("shard-*.npz"))
        if not paths:
            raise FileNotFoundError(f"no shards in {str(self.folder)!r}: generate data first")
        stored = numpy.load(paths[number % len(paths)])
        random = Random(f"{self.seed}/{number}")
        out: list[Any] = []
        for kind in ("short", "long"):
            rows = stored[kind]
            size = max(1, self.batch_tokens // max(1, rows.shape[1]))
            order = list(range(len(rows)))
            random.shuffle(order)
            out.extend(rows[order[i : i + size]] for i in range(0, len(order) - size + 1, size))
        random.shuffle(out)
        return out

    def __iter__(self) -> Iterator[Any]:
        while True:
            batches = self.plan(self.shard)
            while self.place < len(batches):
                self.place += 1
                yield torch.from_numpy(batches[self.place - 1].astype(numpy.int64))
            self.shard, self.place = self.shard + 1, 0


class Trainer:
    """Model, optimizers, clock and data in one resumable state."""

    def __init__(self, config: TrainConfig, network: NanoConfig, data: Path, folder: Path, pad: int) -> None:
        torch.manual_seed(config.seed)
        self.config, self.folder, self.pad = config, folder, pad
        self.model = Nano(network)
        hidden = [p for n, p in self.model.named_parameters() if p.dim() == 2 and "embed" not in n]
        for parameter in self.model.parameters():
            if parameter.dim() < 2:
                parameter.requires_grad_(False)
        self.muon = torch.optim.Muon(hidden, lr=config.muon_rate, weight_decay=config.weight_decay, momentum=0.95)
        self.adam = torch.optim.AdamW(
            [self.model.embed_tokens.weight], lr=config.adam_rate, betas=(0.9, 0.95), weight_decay=0.0
        )
        self.batches = Batches(data, config.batch_tokens, config.seed)
        self.step = 0
        self.seconds = 0.0
        self.tokens = 0
        self.loss = torch.compile(loss_of, dynamic=False) if config.compile else loss_of

    def state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "network": self.model.config.to_dict(),
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
            "batches": self.batches.state(),
            "step": self.step,
            "seconds": self.seconds,
            "tokens": self.tokens,
        }

    def save(self) -> Path:
        """Write the checkpoint, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part, path = self.folder / "checkpoint.part", self.folder / "checkpoint.pt"
        torch.save(self.state(), part)
        part.replace(path)
        return path

    def resume(self) -> bool:
        """Take up the stored checkpoint; False when there is none."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        self.batches.load(state["batches"])
        self.step, self.seconds, self.tokens = state["step"], state["seconds"], state["tokens"]
        return True

    def start_from(self, checkpoint: Path) -> None:
        """Take up another run's weights, with a clock and optimizers of its own; the sizes must be the same."""
        self.model.load_state_dict(torch.load(checkpoint, weights_only=True)["model"])

    def update(self, rows_BT: Any, share: float) -> float:
        """One step; returns the loss."""
        factor = schedule(share, self.config.warm_up, self.config.decay)
        for optimizer, rate in ((self.muon, self.config.muon_rate), (self.adam, self.config.adam_rate)):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
        loss = self.loss(self.model, rows_BT, self.pad, self.config.bfloat16)
        loss.backward()
        for optimizer in (self.muon, self.adam):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += rows_BT.numel()
        return float(loss.detach())

    def run(self, *, steps: int | None = None) -> None:
        """Train until the time (or ``steps`` more steps) is over, saving now and then."""
        self.folder.mkdir(parents=True, exist_ok=True)
        total = self.config.minutes * 60
        last_save = time.monotonic()
        losses: list[float] = []
        stop = None if steps is None else self.step + steps
        before = time.monotonic()
        with (self.folder / "log.jsonl").open("a") as log:
            for rows_BT in self.batches:
                losses.append(self.update(rows_BT, min(1.0, self.seconds / total)))
                now = time.monotonic()
                self.seconds += now - before
                before = now
                if self.step % self.config.log_steps == 0:
                    entry = {
                        "step": self.step,
                        "loss": round(sum(losses) / len(losses), 4),
                        "seconds": round(self.seconds, 1),
                        "tokens": self.tokens,
                    }
                    log.write(json.dumps(entry) + "\n")
                    log.flush()
                    losses.clear()
                if now - last_save > self.config.checkpoint_seconds:
                    self.save()
                    last_save = now
                if self.seconds >= total or (stop is not None and self.step >= stop):
                    break
        self.save()
