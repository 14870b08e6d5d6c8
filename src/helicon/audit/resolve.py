"""From a mention to the model it means.

``resolve`` is pure and deterministic: the same mention and knowledge give the same model. It answers ``None`` where a
text is not a model (a data set, a tokenizer, a word), and an unknown model where it surely is one that the knowledge
base does not have. It guesses nothing. The kind of a mention says how sure the place is: a ``text`` has to be
recognised, a ``hub`` id or an ``api`` name is a model even when it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from helicon.audit.knowledge import Knowledge
from helicon.audit.lifecycle import lifecycle
from helicon.audit.packages import expand
from helicon.audit.resolving.building import Stated, unknown
from helicon.audit.resolving.constants import constant
from helicon.audit.resolving.hub import bare, file, hub, no_model, ours
from helicon.audit.resolving.matching import service
from helicon.audit.resolving.registries import address, image, known_tag, ollama
from helicon.audit.resolving.services import api, azure, bedrock, vertex
from helicon.audit.resolving.spelling import FILES, OTHER_FILES, clean, revision, without_file
from helicon.audit.values import Mention, Model, Use

HEADERS = ("gguf", "safetensors", "onnx", "pickle")


def resolve(mention: Mention, knowledge: Knowledge) -> Model | None:
    """The model that a mention means; ``None`` where it means none."""
    path = mention.path if mention.kind in HEADERS else ""
    key = (mention.literal, mention.kind, mention.declared, mention.base, path, mention.role == "unresolved")
    memo = knowledge.memo
    if key not in memo:
        found = _resolve(mention, knowledge)
        memo[key] = replace(found, lifecycle=lifecycle(found, knowledge)) if found and found.api else found
    model = memo[key]
    assert model is None or isinstance(model, Model)
    return model


def _resolve(mention: Mention, knowledge: Knowledge) -> Model | None:
    stated = Stated(declared=mention.declared)
    text = clean(mention.literal)
    if mention.kind in HEADERS:
        return file(text, mention.path, mention.base, knowledge, stated)
    if not text or mention.kind == "package":
        return None
    if mention.kind == "env":
        return unknown(f"env:{text}", note="set outside the tree")
    if "://" in text:
        return address(text, knowledge, stated)
    match mention.kind:
        case "ollama":
            return ollama(text, knowledge, stated)
        case "image":
            return image(text, knowledge, stated)
        case "bedrock":
            return bedrock(text, knowledge, stated, sure=True)
        case "vertex":
            return vertex(text, knowledge, stated, sure=True)
        case "azure":
            return azure(text.removeprefix("azure/"), knowledge, stated)
    if mention.role == "unresolved":
        return text_of(text, knowledge, stated) or unknown(f"env:{text}", note="set outside the tree")
    found = text_of(text, knowledge, stated, served=mention.kind == "api")
    if found or mention.kind in ("text", "url"):
        return found
    if mention.kind == "hub":
        alone = "/" not in text and not no_model(text, knowledge)
        return unknown(text, declared=mention.declared) if alone else hub(text, knowledge, stated, sure=True)
    return api(text, knowledge, stated, provider="", sure=True)


def text_of(text: str, knowledge: Knowledge, stated: Stated, *, served: bool = False) -> Model | None:
    """What a text means that has to be recognised by itself."""
    lowered = text.lower()
    if lowered.startswith(("hf.co/", "huggingface.co/", "www.huggingface.co/")):
        return address("https://" + text, knowledge, stated)
    if lowered.startswith("arn:") and ":bedrock:" in lowered:
        return bedrock(text, knowledge, stated, sure=False)
    if "publishers/" in lowered and "/models/" in lowered:
        return vertex(text, knowledge, stated, sure=False)
    if lowered.startswith("nvcr.io/"):
        return image(text, knowledge, stated)
    if no_model(text, knowledge):
        return None
    if lowered.endswith(OTHER_FILES):
        return None
    if text.startswith(("./", "../", "/", "~")) or lowered.endswith(FILES):
        return _file_named(text, knowledge, stated)
    if lowered.startswith("ai/") or lowered.startswith("docker.io/ai/"):
        return image(text, knowledge, stated)
    named = constant(text, knowledge) if served or "." in text else ""
    if named:
        return api(named, knowledge, stated, provider="", sure=True)
    org, slash, name = text.partition("/")
    if slash:
        own_weights = ours(org, revision(name)[0].partition(":")[0], knowledge, stated) if "/" not in name else None
        if own_weights:
            return replace(own_weights, api=own_weights.api or served)
    if ":" in text and known_tag(text, knowledge):
        return ollama(text, knowledge, stated)
    found = _prefixed(text, knowledge, stated)
    if found:
        return found
    if slash:
        return hub(text, knowledge, replace(stated, api=served), sure=False) if "/" not in name else None
    return _word(text, knowledge, stated, served=served)


def _prefixed(text: str, knowledge: Knowledge, stated: Stated) -> Model | None:
    """``provider/name`` and ``provider:name``."""
    for separator in "/:":
        head, found, rest = text.partition(separator)
        provider = knowledge.providers.get(head.lower(), "") if found else ""
        if not provider or not rest:
            continue
        match provider:
            case "weights":
                return (
                    hub(rest, knowledge, stated, sure=False)
                    if "/" in rest
                    else bare(rest, knowledge, stated, served=False)
                )
            case "ollama":
                return ollama(rest, knowledge, stated)
            case "bedrock" | "sagemaker":
                name = rest.removeprefix("converse/").removeprefix("invoke/")
                return bedrock(name, knowledge, stated, sure=False) or (
                    api(name, knowledge, stated, provider="bedrock", sure=False) if head.lower() != "amazon" else None
                )
            case "vertex":
                return vertex(rest, knowledge, stated, sure=True)
            case "azure":
                return azure(rest, knowledge, stated)
            case _:
                model = api(rest, knowledge, stated, provider=provider, sure=False)
                return model if model and (model.known or separator == ":" or provider == "hosted") else None
    return None


def _word(text: str, knowledge: Knowledge, stated: Stated, *, served: bool) -> Model | None:
    """One word: a Bedrock id, an API name, a tag of Ollama, weights."""
    vendor = text.partition(".")[0].lower()
    if vendor in knowledge.bedrock_vendors or (vendor in knowledge.bedrock_regions and text.count(".") > 1):
        found = bedrock(text, knowledge, stated, sure=False)
        if found:
            return found
    row = service(text, knowledge)
    if row and (served or (row.bare == "always" and _like_a_service(text))):
        return api(text, knowledge, stated, provider="", sure=served)
    if known_tag(text, knowledge):
        return ollama(text, knowledge, stated)
    return bare(revision(text)[0], knowledge, replace(stated, api=served), served=served)


def _like_a_service(text: str) -> bool:
    """Whether a text that stands alone is written as names of services are: ``o3``, not ``O3`` or ``gpt_4``."""
    return "_" not in text and (len(text) > 3 or text == text.lower())


def _file_named(text: str, knowledge: Knowledge, stated: Stated) -> Model | None:
    return bare(without_file(text), knowledge, stated, served=False) if text.lower().endswith(FILES) else None


def group(mentions: Iterable[Mention], knowledge: Knowledge) -> tuple[Use, ...]:
    """The models of a tree, each with its mentions, sorted by id; packages give the models that they bring."""
    models: dict[tuple[object, ...], Model] = {}
    places: dict[tuple[object, ...], list[Mention]] = {}
    for mention in mentions:
        for one in expand(mention, knowledge):
            model = resolve(one, knowledge)
            if model is None:
                continue
            key = (model.id.lower(), model.api, model.declared, model.expression)
            models.setdefault(key, model)
            places.setdefault(key, []).append(one)
    uses = (Use(model, tuple(sorted(places[key]))) for key, model in models.items())
    return tuple(sorted(uses, key=lambda use: (use.model.id.lower(), use.model.api, use.model.declared)))
