"""Models of the Hugging Face hub: choose a GGUF file, show its licence, download it into the hub's own cache.

The hub's library is asked in a thread; it honours HF_HOME, HF_TOKEN and HF_HUB_OFFLINE by itself.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from helicon.engines.spec import ModelSpec
from helicon.errors import BadModelFile, BadOption, EngineUnavailable, HeliconError, Unauthorized, UnknownModel

PREFERRED = ("Q4_K_M", "Q5_K_M", "Q4_K_S", "Q5_K_S", "Q6_K", "Q8_0", "MXFP4", "IQ4_XS", "Q4_0", "Q3_K_M", "BF16", "F16")
"""Quantisations, best compromise first."""
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_log = logging.getLogger("helicon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What the hub says of one repository."""

    files: tuple[str, ...]
    licence: str = ""


class Hub(Protocol):
    """The few calls that are needed; tests give their own."""

    def look(self, repository: str) -> Repository:
        """Its files and licence, from the network or, without one, from the cache."""
        ...

    def cached(self, repository: str, file: str) -> str | None:
        """The file's path where it was downloaded before."""
        ...

    def download(self, repository: str, file: str) -> str:
        """The file's path, downloaded where needed."""
        ...


def choose_file(repository: str, files: Sequence[str], pick: str) -> str:
    """The GGUF file to use; the first shard of a split model.

    Raises:
        UnknownModel: nothing fits.
        BadModelFile: there is no GGUF file at all.
    """
    models = [
        file
        for file in sorted(files)
        if file.lower().endswith(".gguf") and "mmproj" not in file.lower() and _is_first(file)
    ]
    if not models:
        raise BadModelFile(
            f"hf:{repository} has no GGUF file; expected one.",
            hint="Look for a repository of the same model with GGUF in its name, or convert it with llama.cpp's "
            "convert_hf_to_gguf.py.",
        )
    if pick:
        exact = [file for file in files if file == pick]
        fitting = exact or [file for file in models if _has_quant(file, pick)]
        if not fitting:
            raise UnknownModel(f"hf:{repository} has no {pick!r}; expected one of {', '.join(models[:20])}.")
        return fitting[0]
    for quant in PREFERRED:
        for file in models:
            if _has_quant(file, quant):
                return file
    return models[0]


def _is_first(file: str) -> bool:
    found = _SHARD.search(file)
    return found is None or found[1] == "00001"


def _has_quant(file: str, quant: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(quant)}(?![A-Za-z0-9_])", file, re.IGNORECASE) is not None


def all_shards(file: str, files: Sequence[str]) -> list[str]:
    """Every file of the model that begins with ``file``."""
    found = _SHARD.search(file)
    if found is None:
        return [file]
    names = [f"{file[: found.start()]}-{part:05d}-of-{found[2]}.gguf" for part in range(1, int(found[2]) + 1)]
    missing = sorted(set(names) - set(files))
    if missing:
        raise BadModelFile(f"the repository lacks {missing[0]!r}, a part of {file!r}; expected all {len(names)} parts.")
    return names


async def fetch(spec: ModelSpec, *, confirm: Callable[[str], bool] | None = None, hub: Hub | None = None) -> ModelSpec:
    """The spec of the downloaded file.

    Raises:
        UnknownModel: no such repository or file.
        Unauthorized: the repository asks for a token.
        EngineUnavailable: the hub cannot be reached and the file was not downloaded before.
        BadOption: ``confirm`` said no.
    """
    return await asyncio.to_thread(_fetch, spec, confirm, hub or _TheHub())


def _fetch(spec: ModelSpec, confirm: Callable[[str], bool] | None, hub: Hub) -> ModelSpec:
    repository = hub.look(spec.place)
    file = choose_file(spec.place, repository.files, spec.pick)
    wanted = all_shards(file, repository.files)
    if any(hub.cached(spec.place, name) is None for name in wanted):
        licence = repository.licence or "unknown (read the repository's page)"
        text = f"hf:{spec.place}: downloading {file} for the first time. Licence: {licence}."
        if confirm is None:
            _log.warning("%s", text)
        elif not confirm(text):
            raise BadOption(
                f"hf:{spec.place} was not downloaded, as wished.", hint="Name another model, or agree next time."
            )
    paths = [hub.download(spec.place, name) for name in wanted]
    return replace(spec, kind="file", place=paths[0], pick="")


class _TheHub:
    """The real one."""

    def look(self, repository: str) -> Repository:
        import huggingface_hub

        try:
            info = huggingface_hub.HfApi().model_info(repository, timeout=15)
        except Exception as error:
            if (files := _downloaded(repository)) and not _is_answer(error):
                return Repository(files=files)
            raise _translate(repository, error) from error
        licence = next((tag[8:] for tag in info.tags or [] if tag.startswith("license:")), "")
        return Repository(files=tuple(item.rfilename for item in info.siblings or []), licence=licence)

    def cached(self, repository: str, file: str) -> str | None:
        import huggingface_hub

        path = huggingface_hub.try_to_load_from_cache(repository, file)
        return path if isinstance(path, str) else None

    def download(self, repository: str, file: str) -> str:
        import huggingface_hub

        try:
            return str(huggingface_hub.hf_hub_download(repository, file))
        except Exception as error:
            raise _translate(repository, error) from error


def _downloaded(repository: str) -> tuple[str, ...]:
    """Files of a repository in the cache, for a machine without a network."""
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = Path(HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}" / "snapshots"
    snapshots = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime)
    if not snapshots:
        return ()
    return tuple(path.relative_to(snapshots[-1]).as_posix() for path in snapshots[-1].rglob("*") if path.is_file())


def _is_answer(error: BaseException) -> bool:
    from huggingface_hub import errors

    return isinstance(error, errors.RepositoryNotFoundError | errors.GatedRepoError | errors.HFValidationError)


def _translate(repository: str, error: Any) -> HeliconError:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return Unauthorized(
            f"hf:{repository} asks for an agreement and a token.",
            hint="Agree on its page, then run 'hf auth login' or set HF_TOKEN.",
        )
    if isinstance(error, errors.RepositoryNotFoundError | errors.HFValidationError | errors.RemoteEntryNotFoundError):
        return UnknownModel(
            f"the hub has no repository {repository!r}, or it is private.",
            hint="Check the name; private ones need 'hf auth login'.",
        )
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError | TimeoutError):
        return BadModelFile(
            f"hf:{repository} cannot be stored: {error.strerror or error}{_at(error)}.",
            hint="Make room there or the folder writable, or set HF_HOME to another one.",
        )
    reason = " ".join(str(error).split())[:200]
    return EngineUnavailable(
        f"the Hugging Face hub cannot be reached for hf:{repository}: {reason or type(error).__name__}.",
        hint="Check the network, or give the path of a GGUF file that is already here.",
    )


def _at(error: OSError) -> str:
    return f" at {str(error.filename)!r}" if error.filename else ""
