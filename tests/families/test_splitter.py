"""The splitter separates thinking from answer in raw text, chunk by chunk.

1. However the text is cut into chunks, the joined pieces are the same, for every family's delimiters.
2. Nothing is lost but delimiters and the newlines that touch them.
3. Text waits only while it may still become a delimiter, or is a newline.
4. Without an opener, text before a closer is thinking only when the prompt had opened the thought.
5. Several thoughts are all thinking; channel headers belong to neither side.
6. An opener in quotes is a mention.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.families import FAMILIES, Delimiters, Family, Piece, Splitter
from helicon.families.splitter import joined

THINK = (Delimiters(open="<think>", close="</think>"),)
DELIMITERS = {family.name: family.delimiters for family in FAMILIES if family.delimiters}
GPT_OSS = DELIMITERS["gpt-oss"]
GLIMMER = DELIMITERS["muse-glimmer"]


def split(text: str, delimiters: tuple[Delimiters, ...] = THINK, *, preopened: bool = False) -> tuple[str, str]:
    """Thinking and answer of a text that comes at once."""
    splitter = Splitter(delimiters, preopened=preopened)
    return joined([*splitter.decode(text), *splitter.flush()])


def merged(pieces: list[Piece]) -> list[Piece]:
    whole: list[Piece] = []
    for kind, text in pieces:
        if whole and whole[-1][0] == kind:
            whole[-1] = (kind, whole[-1][1] + text)
        else:
            whole.append((kind, text))
    return whole


def in_chunks(chunks: list[str], delimiters: tuple[Delimiters, ...], *, preopened: bool) -> list[Piece]:
    splitter = Splitter(delimiters, preopened=preopened)
    pieces = [piece for chunk in chunks for piece in splitter.decode(chunk)]
    return merged([*pieces, *splitter.flush()])


def samples(family: Family) -> list[str]:
    """Raw texts of a family: a thought, an empty thought, two thoughts, one that never ends."""
    texts = []
    for d in family.delimiters:
        texts += [
            f"{d.open}\nFirst 2 < 3.\n\nThen.\n{d.close}\n\n{d.answer}The answer is 4.{d.answer_close}",
            f"{d.open}\n\n{d.close}\n\n{d.answer}Four <b>bold</b>\n",
            f"{d.open}one{d.close}{d.answer}half{d.open}two\n{d.close}{d.answer}\nwhole",
            f"{d.open}never ends {d.close[:-1]}",
            f"no opener{d.close}answer",
        ]
    return texts


@pytest.mark.parametrize("family", [f for f in FAMILIES if f.delimiters], ids=lambda family: family.name)
@pytest.mark.parametrize("preopened", [False, True])
def test_every_split_point_gives_the_same_pieces(family: Family, preopened: bool) -> None:
    for text in samples(family):
        whole = in_chunks([text], family.delimiters, preopened=preopened)
        for at in range(len(text) + 1):
            assert in_chunks([text[:at], text[at:]], family.delimiters, preopened=preopened) == whole
        assert in_chunks(list(text), family.delimiters, preopened=preopened) == whole


@pytest.mark.parametrize("family", [f for f in FAMILIES if f.delimiters], ids=lambda family: family.name)
def test_the_usual_form_of_every_family(family: Family) -> None:
    for d in family.delimiters:
        text = f"{d.open}\nFirst.\n\nThen.\n{d.close}\n\n{d.answer}Four.{d.answer_close}"
        assert split(text, family.delimiters) == ("First.\n\nThen.", "Four.")
        assert split(text, family.delimiters, preopened=True) == ("First.\n\nThen.", "Four.")
        without_opener = text.removeprefix(d.open)
        assert split(without_opener, family.delimiters, preopened=True) == ("First.\n\nThen.", "Four.")


@given(data=st.data(), name=st.sampled_from(sorted(DELIMITERS)), preopened=st.booleans())
def test_any_text_in_any_chunks(data: st.DataObject, name: str, preopened: bool) -> None:
    delimiters = DELIMITERS[name]
    tokens = [text for d in delimiters for text in (d.open, d.close, d.answer, d.answer_close) if text]
    pieces = st.one_of(
        st.sampled_from(tokens),
        st.sampled_from(["\n", "\n\n", " ", "<", "`", '"', "<think", "[", "<|", "◁"]),
        st.text(max_size=6),
        st.builds(lambda token, cut: token[:cut], st.sampled_from(tokens), st.integers(0, 12)),
    )
    chunks = data.draw(st.lists(pieces, max_size=14))
    text = "".join(chunks)
    whole = in_chunks([text], delimiters, preopened=preopened)
    assert in_chunks(chunks, delimiters, preopened=preopened) == whole
    assert in_chunks(list(text), delimiters, preopened=preopened) == whole


@given(st.text(), st.booleans())
def test_text_without_delimiters_is_kept_whole(text: str, preopened: bool) -> None:
    if "<think>" in text or "</think>" in text:
        return
    thinking, answer = split(text, preopened=preopened)
    assert (thinking, answer) == ((text.lstrip("\n"), "") if preopened else ("", text))


@given(st.lists(st.tuples(st.text("ab <>\n/`"), st.text("ab <>\n/")), max_size=5))
def test_nothing_is_lost_but_delimiters_and_newlines(parts: list[tuple[str, str]]) -> None:
    text = "".join(f"<think>{thought}</think>{answer}" for thought, answer in parts)
    thinking, answer = split(text)
    assert thinking.replace("\n", "") == "".join(thought for thought, _ in parts).replace("\n", "")
    assert answer.replace("\n", "") == "".join(words for _, words in parts).replace("\n", "")


def test_text_waits_only_for_a_possible_delimiter() -> None:
    splitter = Splitter(THINK)
    assert splitter.decode("2 <") == [("answer", "2 ")]
    assert splitter.decode(" 3\n") == [("answer", "< 3")]
    assert splitter.decode("<thi") == []
    assert splitter.decode("nk>so") == [("thinking", "so")]
    assert splitter.decode(" it is</th") == [("thinking", " it is")]
    assert splitter.flush() == [("thinking", "</th")]


def test_a_missing_opener_is_thinking_only_when_preopened() -> None:
    assert split("so</think>4", preopened=True) == ("so", "4")
    assert split("so</think>4") == ("", "so</think>4")
    assert split("4", preopened=True) == ("4", "")


def test_a_repeated_opener_after_a_preopened_prompt_is_dropped() -> None:
    assert split("\n<think>\nso</think>4", preopened=True) == ("so", "4")
    assert split("so <think> so</think>4", preopened=True) == ("so <think> so", "4")


def test_several_thoughts() -> None:
    assert split("<think>a</think>b<think>c</think>d") == ("ac", "bd")


def test_a_quoted_opener_is_a_mention() -> None:
    assert split("Use `<think>` here.") == ("", "Use `<think>` here.")
    assert split('The tag "<think>" opens.') == ("", 'The tag "<think>" opens.')


def test_newlines_inside_stay() -> None:
    assert split("<think>a\n\nb</think>\n\nc\n\nd\n") == ("a\n\nb", "c\n\nd\n")


def test_gpt_oss_channels() -> None:
    head, final = "<|channel|>analysis<|message|>", "<|start|>assistant<|channel|>final<|message|>"
    assert split(f"{head}Sum.<|end|>{final}4<|return|>", GPT_OSS) == ("Sum.", "4")
    assert split(f"{head}a<|end|><|start|>assistant{head}b<|end|>{final}4", GPT_OSS) == ("ab", "4")
    assert split("<|channel|>final<|message|>4", GPT_OSS) == ("", "4")
    assert split(f"{head}never closed{final}4", GPT_OSS) == ("never closed", "4")


def test_muse_glimmer_channels() -> None:
    text = " to=self<|message|>Sum.<|eom|><|start|>assistant to=user<|message|>4<|eot|>"
    assert split(text, GLIMMER) == ("Sum.", "4")
    assert split(text.lstrip(), GLIMMER) == ("Sum.", "4")
    assert split(" to=user<|message|>4", GLIMMER) == ("", "4")


def test_without_delimiters_all_text_is_answer() -> None:
    assert split("<think>a</think>b", ()) == ("", "<think>a</think>b")
    assert split("a", (), preopened=True) == ("", "a")
