"""The Markdown component, alone on a page in a real browser.

Contract:
1. Markdown becomes nodes: headings below those of the page, lists, tasks, tables, quotes, code, formulas, links.
2. A link leads where it says; a picture from elsewhere is not loaded, but offered as a link.
3. While text streams in, only the last block is read again, and the end is what reading the whole gives.
4. What is not whole yet is shown calmly: once something is shown in its form, it keeps it.
5. Code is coloured when its fence is closed, and can be copied, also where the page is no secure context.
6. Formulas, colours and their files come when they are first needed.
7. Characters that mislead are made visible.
8. ``plainText`` is the words alone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.web.bench import bench
from tests.web.conftest import Shot, Tab
from tests.web.harness import serving

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAMPLE = (Path(__file__).parent / "sample.md").read_text("utf-8")
STEP = 4


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The bench."""
    with serving(bench(Path(__file__).parent / "markdown_bench.js")) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def page(tab: Tab, url: str) -> AsyncIterator[Page]:
    """The bench in a browser, empty."""
    await tab.page.goto(url)
    await tab.page.wait_for_selector(".markdown", state="attached")
    yield tab.page
    assert tab.strangers(url) == []


async def show(page: Page, text: str, *, streaming: bool = False) -> str:
    """What the component makes of a text, as HTML without the parts that only serve its looks."""
    made: str = await page.evaluate(
        """([text, streaming]) => {
          show(text, streaming);
          return new Promise((done) => requestAnimationFrame(() => setTimeout(() => {
            const copy = document.querySelector('.markdown').cloneNode(true);
            for (const one of copy.querySelectorAll('svg, figcaption')) one.remove();
            for (const one of copy.querySelectorAll('*')) {
              for (const name of ['dir', 'tabindex', 'role', 'aria-label', 'referrerpolicy']) one.removeAttribute(name);
            }
            done(copy.innerHTML);
          })));
        }""",
        [text, streaming],
    )
    return made


LINK = 'target="_blank" rel="noopener noreferrer"'

FORMS = {
    "# One\n###### Six": '<h3 class="level-1">One</h3><h6 class="level-6">Six</h6>',
    "a **b** *c* ~~d~~ `e<f`": "<p>a <strong>b</strong> <em>c</em> <del>d</del> <code>e&lt;f</code></p>",
    "a<br>b H<sub>2</sub>O": "<p>a<br>b H<sub>2</sub>O</p>",
    "<b onclick=x>raw</b> <!-- c --> &lt;i&gt; &#65; &nosuch;": (
        "<p>&lt;b onclick=x&gt;raw&lt;/b&gt; &lt;!-- c --&gt; &lt;i&gt; A &amp;nosuch;</p>"
    ),
    "- a\n- b\n  1. c": "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>",
    "3. a\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
    "- [x] a\n- [ ] b": (
        '<ul><li class="md-task"><span class="md-box"></span><div>a</div></li>'
        '<li class="md-task"><span class="md-box"></span><div>b</div></li></ul>'
    ),
    "> a\n> > b": "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>",
    "|a|b|\n|-|-:|\n|1|2|": (
        '<div class="md-table"><table><thead>'
        '<tr><th scope="col">a</th><th class="to-right" scope="col">b</th></tr></thead>'
        '<tbody><tr><td>1</td><td class="to-right">2</td></tr></tbody></table></div>'
    ),
    "```\na\n```": '<figure class="md-code"><pre><code>a</code></pre></figure>',
    "***": "<hr>",
    "[a](https://x.example/b?c=1)": (
        f'<p><a href="https://x.example/b?c=1" {LINK} title="https://x.example/b?c=1">a</a></p>'
    ),
    "https://x.example/a.": (
        f'<p><a href="https://x.example/a" {LINK} title="https://x.example/a">https://x.example/a</a>.</p>'
    ),
    "[y.example](https://x.example)": (
        f'<p><a href="https://x.example/" {LINK} title="https://x.example/">y.example</a>'
        '<span class="md-place"> (x.example)</span></p>'
    ),
    "[a](javascript:b)": (
        '<p><span class="md-nowhere" title="This link leads nowhere outside this page, so it is shown as text.">'
        "a</span>"
        " <code>javascript:b</code></p>"
    ),
    "![a](https://x.example/b.png)": (
        f'<p><a class="md-elsewhere" href="https://x.example/b.png" {LINK} title="https://x.example/b.png">'
        '<span>Picture on x.example, not loaded</span><span class="md-words">a</span></a></p>'
    ),
    "![a](data:image/svg+xml;base64,AAAA)": (
        '<p><span class="md-elsewhere"><span>A picture that cannot be shown</span>'
        '<span class="md-words">a</span></span></p>'
    ),
    "It costs $5 or $10, in all $5-$10; US$20.": "<p>It costs $5 or $10, in all $5-$10; US$20.</p>",
    "between $5 and 10$ more": "<p>between $5 and 10$ more</p>",
    "set $HOME and $PATH": "<p>set $HOME and $PATH</p>",
    "a \u202e b": "<p>a ⟦U+202E⟧ b</p>",
}


@pytest.mark.parametrize("text", FORMS)
async def test_each_form(page: Page, text: str) -> None:
    assert await show(page, text) == FORMS[text]


async def test_formulas_are_mathml_made_when_first_needed(tab: Tab, page: Page) -> None:
    await show(page, "no formula here")
    assert not [asked for asked in tab.requests if "/lib/temml/" in asked or "/lib/highlight/" in asked]
    for text in ("$x^2$", r"\(x^2\)", "$$x^2$$", r"\[x^2\]", "```math\nx^2\n```", "$$\nx^2\n$$"):
        await show(page, text)
        math = page.locator(".markdown math")
        await math.wait_for()
        assert await math.evaluate("(one) => one.namespaceURI") == "http://www.w3.org/1998/Math/MathML"
        assert await math.text_content() == "x2"
        assert (await math.get_attribute("display") == "block") == (text not in ("$x^2$", r"\(x^2\)"))
    assert [asked for asked in tab.requests if asked.endswith("/lib/temml/temml.js")]
    await show(page, r"$\nosuch{x}$ and \(\frac{1}\)")
    assert await page.locator(".md-tex").all_inner_texts() == [r"\nosuch{x}", r"\frac{1}"]


async def test_code_is_coloured_when_it_is_whole(tab: Tab, page: Page) -> None:
    await show(page, "```python\ndef one():\n    return 1", streaming=True)
    await page.wait_for_timeout(200)
    assert await page.locator(".md-code code").inner_text() == "def one():\n    return 1"
    assert await page.locator(".md-code [class^=hl-]").count() == 0
    assert not [asked for asked in tab.requests if "/lib/highlight/" in asked]
    await show(page, "```python\ndef one():\n    return 1\n```\n", streaming=True)
    await page.locator(".md-code .hl-keyword").first.wait_for()
    assert await page.locator(".md-code .hl-keyword").all_inner_texts() == ["def", "return"]
    assert await page.locator(".md-code figcaption span").first.inner_text() == "Python"
    await show(page, "```__proto__\nx\n```")
    assert await page.locator(".md-code figcaption span").first.inner_text() == "__proto__"


@pytest.mark.parametrize("secure", [True, False])
async def test_code_is_copied(tab: Tab, url: str, secure: bool) -> None:
    if secure:
        await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        await tab.page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await tab.page.goto(url)
    await tab.page.wait_for_selector(".markdown", state="attached")
    await show(tab.page, "```js\nconst a = `x`;\n```")
    await tab.page.get_by_role("button", name="Copy the code").click()
    await tab.page.get_by_role("button", name="Copied").wait_for()
    await tab.page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' }))")
    await tab.page.locator("#paste").focus()
    await tab.page.keyboard.press("Control+V")
    assert await tab.page.locator("#paste").input_value() == "const a = `x`;"


async def test_only_the_last_block_is_read_again(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    text = (SAMPLE * 20)[:20_000]
    found: dict[str, Any] = await page.evaluate(
        """([text, step]) => {
          const { Reader, blocks, work } = tools;
          const run = (read, skip) => {
            Object.assign(work, { characters: 0, readings: 0 });
            const began = performance.now();
            for (let end = step * skip; end <= text.length; end += step * skip) read(text.slice(0, end));
            const ms = (performance.now() - began) * skip;
            return { characters: work.characters * skip, readings: work.readings * skip, ms };
          };
          const reader = new Reader();
          const tail = run((part) => reader.read(part, true), 1);
          const strip = (found) => JSON.stringify(found.map((block) => block.token));
          const same = strip(reader.read(text, false)) === strip(new Reader().read(text, false));
          return { tail, same, steps: Math.floor(text.length / step), whole: run((part) => blocks(part), 50) };
        }""",
        [text, STEP],
    )
    tail, whole = found["tail"], found["whole"]
    with capsys.disabled():
        print(
            f"\n20 KB in steps of {STEP}: {tail['characters'] / 1e6:.2f} MB read in {tail['ms']:.0f} ms;"
            f" whole each time (from each 50th): {whole['characters'] / 1e6:.0f} MB in {whole['ms']:.0f} ms"
        )
    assert found["same"]
    assert tail["readings"] == found["steps"]
    assert tail["characters"] < whole["characters"] / 40


async def test_the_end_of_a_stream_is_what_reading_the_whole_gives(page: Page) -> None:
    pieces = [piece + "\n\n" for piece in SAMPLE.split("\n\n")] + [
        "- a\n- b\n", "* c\n\n* d\n", "  more\n\n", "1. x\n", "a\n---\n", "> q\n", "[r]: https://r.example\n",
        "[r] [r][r]\n", "~~~\n", "\n\n", "\t tab\n", "$$\nx\n", "$$\n", "| a |\n", "|---|\n", "   \n", "text ",
        "**bold", "** ", "`", "\r\n",
    ]  # fmt: skip
    differences: list[str] = await page.evaluate(
        """(pieces) => {
          let seed = 7;
          const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
          const strip = (found) => JSON.stringify(found.map((block) => block.token));
          const different = [];
          for (let round = 0; round < 150; round += 1) {
            let text = '';
            for (let count = 0; count < 14; count += 1) text += pieces[random(pieces.length)];
            const reader = new tools.Reader();
            for (let end = 0; end < text.length; end += 1 + random(9)) reader.read(text.slice(0, end), true);
            const whole = strip(new tools.Reader().read(text, false));
            if (strip(reader.read(text, false)) !== whole) different.push(text);
          }
          return different;
        }""",
        pieces,
    )
    assert differences == []


CALM = {
    "bold": "Some **bold words** and *others* end.",
    "code": "Use `a_b * c` or ``x ` y`` here.",
    "link": "See [the *page*](https://x.example/a_b) and ![p](https://x.example/p.png) and https://y.example/c here.",
    "list": "Things:\n- one **1**\n- two\n  - three\n\nEnd.\n1. first\n2. second\n\n10. tenth",
    "rule": "Above\n\n---\n\nbelow\n\n# Title\n\ntext\n***\n",
    "fence": "Code:\n```python\na = `b`\n# no heading\n```\nand\n\n~~~\nx\n~~~\n",
    "table": "Rows:\n\n| a | b |\n|---|---|\n| 1 | **2** |\n| 3 | 4 |\n\nafter",
    "math": "So $a_1 + b_1 = c^2$ and\n$$\n\\frac{a}{b}_1 * c_1 * d\n$$\nthen \\(x_1 * y_1\\) or\n"
    "\\[ x_2 * y_2 * z \\]\nend",
    "task": "- [ ] open\n- [x] done\n",
    "quote": "> said **so**\n> and more\n\nnot",
}


@pytest.mark.parametrize("name", CALM)
async def test_nothing_flickers(page: Page, name: str) -> None:
    text = CALM[name]
    await show(page, "$x$\n\n```js\nx\n```")
    await page.locator(".markdown math, .hl-keyword").first.wait_for()
    steps: list[dict[str, Any]] = await page.evaluate(
        """async (text) => {
          const tags = 'h3 h4 strong em del code pre ul ol li table tr td th a math blockquote hr'.split(' ');
          const steps = [];
          for (let end = 1; end <= text.length; end += 1) {
            show(text.slice(0, end), true);
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            const root = document.querySelector('.markdown');
            const counts = Object.fromEntries(tags.map((tag) => [tag, root.querySelectorAll(tag).length]));
            const prose = root.cloneNode(true);
            for (const one of prose.querySelectorAll('code, pre, math')) one.remove();
            steps.push({ at: text.slice(0, end), counts, prose: prose.textContent });
          }
          return steps;
        }""",
        text,
    )
    for before, after in pairwise(steps):
        lost = {tag: count for tag, count in before["counts"].items() if after["counts"][tag] < count}
        assert not lost, f"{lost} went away between {before['at']!r} and {after['at']!r}"
        assert not re.search(r"\*\*|~~|`|\]\(|\|-|^#|\|$", after["prose"]), (
            f"a mark shows at {after['at']!r}: {after['prose']!r}"
        )
    await page.wait_for_timeout(300)  # reading that took long is done less often
    assert await show(page, text, streaming=True) == await show(page, text)


async def test_misleading_characters_are_seen(page: Page) -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "hi")
    flag = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbsct") + "\U000e007f"
    texts = {
        "abc": "abc",
        "a\u202eb\u202c": "a⟦U+202E⟧b⟦U+202C⟧",
        "a\u2066b\u2069": "a⟦U+2066⟧b⟦U+2069⟧",
        f"a{hidden}b": "a⟦U+E0000 hi⟧b",
        flag: flag,
        f"\U0001f3f4{hidden}": "\U0001f3f4⟦U+E0000 hi⟧",
        "a\u200bb\ufeff\u2060c\u0007": "abc",
        "👨\u200d👩\u200d👧 می\u200cخواهم": "👨\u200d👩\u200d👧 می\u200cخواهم",
        "❤\ufe0f": "❤\ufe0f",
        "x\ufe00\ufe01\ufe02": "x⟦U+E0100⟧",
        "a\r\nb\rc\u2028d": "a\nb\nc\nd",
    }
    assert await page.evaluate("(texts) => texts.map(tools.reveal)", list(texts)) == list(texts.values())


NOWHERE = [
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:x",
    "ftp://x",
    "/api/erase",
    "#/settings",
    "//x.example",
    "x.example",
    "",
    "https://",
    "https://user@x.example",
    "https://x.example@evil.example/",
    "view-source:https://x",
    "about:blank",
    "filesystem:https://x/y",
    "intent://x",
    "ms-word:ofe:u:https://x",
    " java\nscript:alert(1)",
]


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://x.example", "https://x.example/"),
        ("HTTP://X.example/a b", "http://x.example/a%20b"),
        ("mailto:a@x.example", "mailto:a@x.example"),
        ("https://аpple.com", "https://xn--pple-43d.com/"),
        *[(address, None) for address in NOWHERE],
    ],
)
async def test_addresses(page: Page, address: str, safe: str | None) -> None:
    assert await page.evaluate("(address) => tools.safeUrl(address)", address) == safe


async def test_the_place_of_a_link_is_told_where_its_words_name_another(page: Page) -> None:
    cases = [
        ("here", "https://x.example/", ""),
        ("x.example", "https://x.example/", ""),
        ("https://www.x.example/page", "https://x.example/page", ""),
        ("paypal.com", "https://x.example/", "x.example"),
        ("https://paypal.com/login", "https://x.example/", "x.example"),
        ("аpple.com", "https://xn--pple-43d.com/", "xn--pple-43d.com"),
        ("boss@bank.example", "mailto:thief@x.example", "thief@x.example"),
        ("boss@bank.example", "mailto:boss@bank.example", ""),
    ]
    for words, address, place in cases:
        assert await page.evaluate("([words, address]) => tools.pretended(words, address)", [words, address]) == place


async def test_the_words_alone(page: Page) -> None:
    cases = [
        ("# A **title**\n\nwith [a link](https://x.example) &amp; `code`", "A title with a link & code"),
        ("- a\n- [x] b\n\n| c | d |\n|---|---|\n| 1 | 2 |", "a b c d 1 2"),
        ("```js\nlet x;\n```\n$x^2$", "let x; x^2"),
        ("<script>x</script>\u202e", "<script>x</script>⟦U+202E⟧"),
        ("word " * 100, "word " * 3 + "word…"),
    ]
    for text, words in cases:
        assert (
            await page.evaluate(
                "([text, limit]) => tools.plainText(text, limit)", [text, 20 if "word" in text else 200]
            )
            == words
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [800, 390])
async def test_how_it_looks(page: Page, shot: Shot, scheme: Any, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 1600})
    await page.emulate_media(color_scheme=scheme)
    await page.evaluate(
        "document.querySelector('#bench').style.cssText = 'max-width: 46rem; margin: 2rem auto; padding: 0 1rem'"
    )
    await show(page, SAMPLE)
    await page.locator(".markdown math").first.wait_for()
    await page.locator(".markdown .hl-keyword").first.wait_for()
    await shot(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
