"""Exports of other programs, read.

1. ChatGPT: siblings are branches, hidden nodes are left out, the pieces of an answer are one message.
2. Open WebUI: reasoning is thinking, pictures are pictures, tags, pins and folders stay.
3. What is not known is kept as JSON and noted; nothing is dropped in silence.
4. A file of any size is read a conversation at a time; a broken one says where, and gives what came before.
5. A .zip is read where it lies; a bomb, an encrypted or a broken one is refused in words.
6. Whatever an export holds is a conversation or an ``InputError``.
7. Markdown stays inside its section.
"""

from __future__ import annotations

import base64
import io
import json
import re
import time
import tracemalloc
import zipfile
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.errors import InputError
from helicon.store import Conversation, ImageRef, Imported, StoredMessage
from helicon.store.formats import branch, markdown, read_export
from helicon.store.formats import splitting as splitting_module
from helicon.store.formats.fields import fence
from helicon.store.formats.markdown import contained
from helicon.store.formats.openwebui import split_thinking
from tests.store.exports import PNG, chatgpt, node, openwebui, simple, turn


def read(value: Any) -> list[Imported]:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(read_export(io.BytesIO(data)))


def tree(one: Imported) -> list[tuple[str, str | None, str, str]]:
    return [(m.id, m.parent, m.role, m.text) for m in one.messages]


def test_chatgpts_tree() -> None:
    [one] = read(
        [
            chatgpt(
                "c1",
                node("root", None),
                node("hidden", "root", "system", ["be nice"], metadata={"is_visually_hidden_from_conversation": True}),
                node("context", "hidden", "user", {"user_profile": "x"}, "user_editable_context"),
                node("q", "context", "user", ["What is", "6 * 7?"], create_time=1700000001.25),
                node("a", "q", "assistant", ["42"], metadata={"model_slug": "gpt-4o-mini"}),
                node("b", "q", "assistant", ["Forty-two"]),
                node("weightless", "b", "assistant", ["not shown"], weight=0),
                node("q2", "weightless", "user", ["Why?"]),
                current="q2",
                is_starred=True,
                is_archived=True,
            )
        ]
    )
    chat = one.conversation
    assert (chat.title, chat.created, chat.updated) == ("Title c1", 1700000000.5, 1700000100.5)
    assert (chat.source, chat.model, chat.pinned, chat.tags) == ("chatgpt:c1", "gpt-4o", True, ("archived",))
    assert chat.current == "q2"
    assert tree(one) == [
        ("q", None, "user", "What is\n\n6 * 7?"),
        ("a", "q", "assistant", "42"),
        ("b", "q", "assistant", "Forty-two"),
        ("q2", "b", "user", "Why?"),
    ]
    assert [message.model for message in one.messages] == ["", "gpt-4o-mini", "", ""]
    assert one.messages[0].created == 1700000001.25
    assert one.notes == ()


def test_chatgpts_pieces_of_an_answer_are_one_message() -> None:
    [one] = read(
        [
            chatgpt(
                "c1",
                node("q", None, "user", ["Plot it"]),
                node("t", "q", "assistant", {"thoughts": [{"summary": "Plan", "content": "I plot."}]}, "thoughts"),
                node("recap", "t", "assistant", {"content": "Thought for 8 seconds"}, "reasoning_recap"),
                node(
                    "call", "recap", "assistant", {"language": "python", "text": "print(1)"}, "code", recipient="python"
                ),
                node("out", "call", "tool", {"text": "1\n```"}, "execution_output"),
                node("say", "out", "assistant", ["Done \ue200cite\ue202turn0\ue201."]),
                node("show", "say", "assistant", {"language": "unknown", "text": "x = 1"}, "code"),
                node("next", "show", "user", ["Thanks"]),
            )
        ]
    )
    assert tree(one) == [
        ("q", None, "user", "Plot it"),
        ("t", "q", "assistant", "Done .\n\n```\nx = 1\n```"),
        ("next", "t", "user", "Thanks"),
    ]
    assert one.messages[1].thinking == "Plan\n\nI plot.\n\n```python\nprint(1)\n```\n\n````\n1\n```\n````"


def test_chatgpts_unknown_content_is_kept_and_noted() -> None:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc123"}
    voice = {"content_type": "audio_transcription", "text": "spoken"}
    [one] = read(
        [
            chatgpt(
                "c1",
                node(
                    "q",
                    None,
                    "user",
                    [picture, voice, {"content_type": "hologram", "depth": 3}, "text"],
                    "multimodal_text",
                ),
                node("a", "q", "assistant", {"blob": "x"}, "super_widget"),
            )
        ]
    )
    question, answer = one.messages
    assert "[picture that was not in the export: file-service://file-abc123]" in question.text
    assert "spoken" in question.text
    assert '"depth": 3' in question.text
    assert '"blob": "x"' in answer.text
    assert set(one.notes) == {
        "a picture that is not in the export",
        "a part of the type 'hologram' kept as JSON",
        "content of the type 'super_widget' kept as JSON",
    }


def test_open_webuis_chat() -> None:
    uri = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    head = '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>'
    thought = head + "\n&gt; 6 &lt; 7\n&gt; so 42\n</details>\n42"
    [one] = read(
        [
            openwebui(
                "w1",
                turn(
                    "q", None, "user", "What?", files=[{"type": "image", "url": uri}, {"type": "file", "name": "x.pdf"}]
                ),
                turn("a", "q", "assistant", thought, model="llama3:8b"),
                turn("b", "q", "assistant", "", error={"content": "no answer"}),
                folder_id="12345678-aaaa",
                archived=True,
            )
        ]
    )
    chat = one.conversation
    assert (chat.title, chat.source, chat.pinned) == ("Chat w1", "openwebui:w1", True)
    assert (chat.tags, chat.folder, chat.model, chat.current) == (
        ("archived", "work"),
        "folder 12345678",
        "llama3",
        "b",
    )
    question, answer, failed = one.messages
    assert (answer.text, answer.thinking, answer.model, answer.parent) == ("42", "6 < 7\nso 42", "llama3:8b", "q")
    assert (failed.state, failed.error) == ("failed", "no answer")
    assert question.images == (ImageRef(file=one.files[0].id, media_type="image/png"),)
    assert one.files[0].data == PNG
    assert one.notes == ("an attached file left out",)


def test_open_webuis_other_shapes() -> None:
    bare = openwebui("x", turn("q", None, "user", "hi"))["chat"]
    [one] = read([bare])
    assert one.conversation.source.startswith("openwebui:")
    assert read([bare])[0].conversation.source == one.conversation.source
    [one] = read(
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "a"}]},
                {"role": "assistant", "content": "b"},
            ],
            "title": "t",
        }
    )
    assert tree(one) == [("message-0", None, "user", "a"), ("message-1", "message-0", "assistant", "b")]
    assert split_thinking("<details><summary>Mine</summary>kept</details>") == (
        "<details><summary>Mine</summary>kept</details>",
        "",
    )
    assert split_thinking('<details type="reasoning">open') == ('<details type="reasoning">open', "")


def test_a_broken_file_says_where_and_gives_what_came_before() -> None:
    whole = json.dumps([simple("c1"), simple("c2"), simple("c3")]).encode()
    third = whole.index(b'{"title": "Title c3"')
    for cut in (third + 1, third + 200, len(whole) - 2, len(whole) - 1):
        export = read_export(io.BytesIO(whole[:cut]))
        assert [next(export).conversation.id, next(export).conversation.id] == ["c1", "c2"]
        with pytest.raises(InputError, match=r"near byte [\d,]+ of the JSON, after [23] whole conversations"):
            list(export)
    for broken, words in [
        (whole[:third] + b"nonsense" + whole[third:], "expected a conversation"),
        (whole.replace(b'"title": "Title c2"', b'"title": nope'), "Expecting value"),
        (whole.replace(b"}, {", b"} {", 1) if b"}, {" in whole else whole, ""),
        (b"", "empty"),
        (b"   ", "empty"),
        (b"# Title\n", "no JSON"),
        (b"[" * 100_000, "expected a conversation"),
        (b'[{"a":' + b"[" * 200_000, "ends in the middle"),
        (b'[{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}]", "nested too deeply"),
        (b'[{"a":' + b"9" * 10_000 + b"}]", "near byte"),
        (b'{"format":"helicon-conversations","version":99,"conversations":[]}', "version 99"),
        (b'{"format":"helicon-conversations","version":1}', 'expected "conversations"'),
    ]:
        if words:
            start = time.process_time()
            with pytest.raises(InputError, match=words):
                read(broken)
            assert time.process_time() - start < 10
    assert read([]) == []
    assert [one.notes for one in read([{"some": "thing"}])] == [("an object that is no conversation left out",)]


def test_byte_order_marks_spaces_and_bad_bytes_are_no_matter() -> None:
    data = json.dumps([simple("c1"), simple("c2")], indent=3).encode()
    assert len(read(b"\xef\xbb\xbf\n  " + data + b"\n\n")) == 2
    [one, _] = read(data.replace(b"question 0 of c1", b"question \xff\xfe \\ud800"))
    assert one.messages[0].text.startswith("question \ufffd")


@pytest.mark.parametrize("block", [1, 2, 7, 64])
def test_every_split_point_reads_the_same(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = simple('c\\"]}{[,:')
    odd["note"] = 'quotes \\" and \\\\ at the end\\'
    data = json.dumps([odd, simple("c2", 3), {"a": []}]).encode()
    expected = [value.conversation for value in read(data)]

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(block, size) if size and size > 0 else block)

    monkeypatch.setattr(splitting_module, "HEAD", block)
    splitter = splitting_module.Splitter(Slow(data))
    assert len([*splitter.objects()]) == len(expected) == 3


def test_a_large_file_takes_little_memory() -> None:
    class Endless(io.RawIOBase):
        """An export of 400 conversations that is never whole in memory."""

        def __init__(self) -> None:
            super().__init__()
            self._pieces = iter(range(400))
            self._left = b"["

        def seek(self, offset: int, whence: int = 0, /) -> int:
            self.__init__()  # type: ignore[misc]
            return 0

        def read(self, size: int = -1, /) -> bytes:
            while len(self._left) < size:
                n = next(self._pieces, None)
                if n is None:
                    break
                value = simple(f"c{n}", 2)
                value["padding"] = "x" * 100_000
                self._left += json.dumps(value).encode() + (b"," if n < 399 else b"]")
            data, self._left = self._left[:size], self._left[size:]
            return data

    tracemalloc.start()
    count = len([None for _ in read_export(Endless())])  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 400  # about 40 MB
    assert peak < 16 * 2**20


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_zip_is_read_where_it_lies() -> None:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-Abc123def"}
    chat = chatgpt("c1", node("q", None, "user", [picture, "look"], "multimodal_text"))
    fake = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_000script"}
    other = chatgpt("c2", node("q", None, "user", [fake], "multimodal_text"))
    data = zipped(
        **{
            "chat.html": b"<script>",
            "export/conversations-000.json": json.dumps([chat]).encode(),
            "export/conversations-001.json": json.dumps([other, simple("c3")]).encode(),
            "../../conversations.json": json.dumps([simple("c0")]).encode(),
            "file-Abc123def-photo.png": PNG,
            "file_000script.png": b"<svg onload=alert(1)>",
        }
    )
    found = {one.conversation.id: one for one in read(data)}
    assert set(found) == {"c0", "c1", "c2", "c3"}
    assert found["c1"].files[0].data == PNG
    assert found["c1"].messages[0].images[0].media_type == "image/png"
    assert found["c2"].files == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped(**{"readme.txt": b"x"}), "holds no conversations"),
        (zipped(**{"conversations.json": b"[" + b" " * 40_000_000 + b"]"}), "unpacks to more than"),
        (zipped(**{"conversations.json": json.dumps([simple("c")]).encode()})[:-30], "cannot be read"),
        (b"PK\x03\x04" + b"\0" * 100, "cannot be read"),
    ],
    ids=["nothing", "bomb", "cut", "nonsense"],
)
def test_a_zip_that_cannot_be(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(data)


def test_an_encrypted_and_a_damaged_member_are_told() -> None:
    data = bytearray(zipped(**{"conversations.json": json.dumps([simple(f"c{n}") for n in range(50)]).encode()}))
    encrypted = data.copy()
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(mark) + place] |= 1
    with pytest.raises(InputError, match="encrypted"):
        read(bytes(encrypted))
    data[200] ^= 0xFF
    with pytest.raises(InputError):
        read(bytes(data))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mangled(draw: st.DrawFn) -> Any:
    """A real export with some of its values replaced by others."""
    base = draw(
        st.sampled_from(
            [
                simple("c1", 2),
                openwebui("w1", turn("q", None, "user", "x"), turn("a", "q", "assistant", "y")),
                {
                    "format": "helicon-conversations",
                    "version": 1,
                    "conversations": [{"id": "c", "messages": [{"id": "m", "images": [{}]}], "runs": [{"id": "r"}]}],
                },
            ]
        )
    )
    value = json.loads(json.dumps(base))
    for _ in range(draw(st.integers(1, 4))):
        at = value["conversations"][0] if "conversations" in value else value
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and at[key] and draw(st.booleans()):
                at = at[key]
                continue
            at[key] = draw(JSON)
            break
    return value if "conversations" in value else [value]


@given(mangled())
def test_whatever_an_export_holds(value: Any) -> None:
    try:
        found = read(value)
    except InputError:
        return
    for one in found:
        ids = {message.id for message in one.messages}
        assert len(ids) == len(one.messages)
        assert all(isinstance(message.text, str) and 0 <= message.created < 3e11 for message in one.messages)


@given(st.binary(max_size=200) | st.text(max_size=50).map(str.encode) | JSON.map(lambda v: json.dumps(v).encode()))
def test_whatever_a_file_holds(data: bytes) -> None:
    with suppress(InputError):
        read(data)


def test_markdown() -> None:
    chat = Conversation(id="c", owner="a", title="A *title*\n# x", created=0.5, system="Be brief.", current="b")
    messages = [
        StoredMessage(id="q", conversation="c", text="Hi <b>there</b>"),
        StoredMessage(id="a", conversation="c", parent="q", role="assistant", text="no"),
        StoredMessage(
            id="b", conversation="c", parent="q", role="assistant", text="```python\nx = '<b>'",
            thinking="``` </details>", model="nano", mode="thinking", state="stopped",
        ),
    ]  # fmt: skip
    assert branch(messages, "a")[-1].id == "a"
    assert branch(messages, None)[-1].id == "b"
    assert branch([], None) == []
    assert markdown(chat, messages) == (
        "# A \\*title\\* \\# x\n\n*1970-01-01 00:00 UTC*\n\n## System\n\nBe brief.\n\n## You\n\nHi \\<b>there\\</b>\n\n"
        "## Assistant (nano, thinking)\n\n"
        "<details>\n<summary>Thinking</summary>\n\n````\n``` </details>\n````\n\n</details>\n\n"
        "```python\nx = '<b>'\n```\n\n*(stopped)*\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Mine\n## Too\n### Small", "### Mine\n#### Too\n### Small"),
        ("a < b and `<b>` and <img src=x>", "a < b and `<b>` and \\<img src=x>"),
        ("<!-- \n rest", "\\<!-- \n rest"),
        ("~~~\n```\n<b>", "~~~\n```\n<b>\n~~~"),
        ("````\n```\n<b>\n````\n<i>", "````\n```\n<b>\n````\n\\<i>"),
        ("``` not `a fence`\n<b>", "``` not `a fence`\n\\<b>"),
        ("`open\n\n<b>`", "`open\n\n\\<b>`"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_texts_stay_in_their_section(text: str, expected: str) -> None:
    assert contained(text) == expected


@given(st.text(alphabet="`~<b>/!-# \na\r", max_size=60))
def test_no_text_leaves_its_section(text: str) -> None:
    """After it, a heading is a heading: no fence is open."""
    opened = ""
    for line in contained(text).split("\n"):
        found = re.fullmatch(r" {0,3}(`{3,}|~{3,})(.*)", line)
        if opened:
            if found and found[1].startswith(opened) and not found[2].strip():
                opened = ""
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            opened = found[1]
        else:
            assert not re.match(r" {0,3}#{1,2}(?!#)(\s|$)", line)
    assert opened == ""
    fenced = fence(text).split("\n")
    assert all(not line.startswith(fenced[0]) for line in fenced[1:-1])
