"""The page's files as they are served, and their headers.

Contract:
1. ``assets`` names every file of the page with its media type; nothing else is served.
2. The page is asked for anew each time; its files are kept for good under a version that changes with any of them.
3. Replies come from memory, compressed for those who take it; an unchanged one is 304.
4. The page's head names every module of the first paint, and no other.
5. Nothing is inline, nothing is fetched from elsewhere, and no sink turns a string into HTML or script.
6. A first visit costs less than 400 KB.
7. Importing ``helicon.web`` pulls in nothing heavy.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helicon.engines import ScriptedEngine
from helicon.engines.scripted import script
from helicon.server.pages import Page, load_pages, pages_of, static_imports, takes_gzip
from helicon.web import CONTENT_SECURITY_POLICY, FOLDER, HEADERS, MEDIA_TYPES, assets, languages
from tests.server.live import serving

FILES = {name: (file.read_bytes(), media_type) for name, (file, media_type) in assets().items()}
TEXTS = {name: body.decode() for name, (body, _) in FILES.items() if not name.endswith(".woff2")}
OWN = [name for name in TEXTS if not name.startswith("lib/")]
MODULES = {name: text for name, text in TEXTS.items() if name.endswith(".js")}
BUDGET = 400_000
"""Bytes of a first visit, as they are sent."""

Files = dict[str, tuple[bytes, str]]


def small(**changed: str) -> Files:
    """A page of three files."""
    texts = {
        "index.html": '<!doctype html><head><link rel="stylesheet" href="a.css">'
        '<script type="module" src="main.js"></script></head>',
        "a.css": "a {}",
        "main.js": 'import { one } from "./one.js";\nconst later = () => import("./two.js");\n',
        "one.js": "export const one = \"import nothing from './three.js'\";\n" + "// padding\n" * 40,
        "two.js": "export default 2;\n",
        "three.js": "export default 3;\n",
    } | {name.replace("_", "."): text for name, text in changed.items()}
    return {name: (text.encode(), MEDIA_TYPES[Path(name).suffix]) for name, text in texts.items()}


def replied(page: Page, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers for a request."""
    asked = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    status, body, _, said = page.reply(asked)
    return status, body, {name.decode(): value.decode() for name, value in said}


def test_every_file_is_named_with_its_type() -> None:
    assert {"index.html", "main.js", "lib/ui.js", "css/base.css", "lang/pt-BR.js", "lib/VENDORED.json"} <= set(FILES)
    assert {media for _, media in FILES.values()} <= set(MEDIA_TYPES.values())
    on_disk = {file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*") if file.is_file()}
    left = {Path(name).suffix for name in on_disk - set(FILES)}
    assert left <= {".py", ".pyc", ".ts", ".LICENSE"}, left


def test_the_languages_are_the_files_of_their_folder() -> None:
    assert languages()[0] == "en"
    assert set(languages()) == {file.stem for file in (FOLDER / "lang").glob("*.js")} >= {"en", "pt-BR"}


def test_the_page_names_its_files_under_their_version() -> None:
    pages = pages_of(small())
    page = pages["/"].body.decode()
    [version] = set(re.findall(r"assets/([0-9a-f]{16})/", page))
    assert f'href="assets/{version}/a.css"' in page
    assert f'src="assets/{version}/main.js"' in page
    assert f"/assets/{version}/two.js" in pages
    assert pages["/"] is pages["/index.html"]
    assert "/main.js" not in pages
    other = pages_of(small(two_js="export default 4;\n"))["/"].body.decode()
    assert version not in other


def test_the_head_names_the_modules_of_the_first_paint_and_no_other() -> None:
    page = pages_of(small())["/"].body.decode()
    assert re.findall(r'modulepreload" href="assets/[0-9a-f]+/([^"]+)"', page) == ["one.js"]
    wanted = static_imports(MODULES, "main.js")
    assert wanted[0] == "main.js"
    assert {"lib/ui.js", "lib/preact.js", "lib/signals-core.js", "lib/marked.js", "markdown/markdown.js"} <= set(wanted)
    lazy = ("lib/temml/", "lib/highlight/", "lib/uplot/")
    assert not [name for name in wanted if name.startswith(lazy)], "these come when they are first needed"


def test_replies_are_kept_compressed_and_asked_for_anew_only_where_they_change() -> None:
    pages = pages_of(small())
    page, one = pages["/"], next(page for path, page in pages.items() if path.endswith("/one.js"))
    status, body, said = replied(one, accept_encoding="br, gzip;q=0.5")
    assert (status, said["content-encoding"], said["vary"]) == (200, "gzip", "accept-encoding")
    assert gzip.decompress(body) == one.body
    assert said["cache-control"] == "public, max-age=31536000, immutable"
    status, body, plain = replied(one)
    assert (status, body) == (200, one.body)
    assert "content-encoding" not in plain
    assert plain["etag"] != said["etag"], "two forms of a file are two entities"

    status, _, said = replied(page)
    assert said["cache-control"] == "no-cache"
    assert replied(page, if_none_match=f'"x", W/{said["etag"]}')[:2] == (304, b"")
    assert replied(page, if_none_match='"x"')[0] == 200
    assert said["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("GZIP, br", True),
        ("*", True),
        ("br", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
    ],
)
def test_gzip_is_for_those_who_take_it(accepted: str, taken: bool) -> None:
    assert takes_gzip(accepted.encode()) is taken


def test_the_server_serves_the_files_and_nothing_else() -> None:
    with serving([ScriptedEngine([script("", "x")])]) as live:
        page = live.request("GET", "/")
        assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert page.headers["permissions-policy"].startswith("camera=(self), ")
        assert page.headers["x-content-type-options"] == "nosniff"
        [version] = set(re.findall(r"assets/([0-9a-f]{16})/", page.body.decode()))
        for name, (body, media_type) in FILES.items():
            if name.endswith(".html"):
                continue
            reply = live.request("GET", f"/assets/{version}/{name}")
            assert (reply.status, reply.headers["content-type"], reply.body) == (200, media_type, body), name
        again = live.request("GET", "/", None, f"If-None-Match: {page.headers['etag']}")
        assert (again.status, again.body) == (304, b"")
        for path in (
            f"/assets/{version}/../../__init__.py",
            f"/assets/{version}/__init__.py",
            f"/assets/{version}/lib/preact.d.ts",
            f"/assets/{version}/lib/%2e%2e/__init__.py",
            f"/assets/{version}/lib//ui.js",
            "/assets/0000000000000000/main.js",
            f"/assets/{version}/",
            "/lib/ui.js",
        ):
            assert live.request("GET", path).status == 404, path


def test_the_policy_allows_own_files_only() -> None:
    assert HEADERS["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert CONTENT_SECURITY_POLICY.endswith("require-trusted-types-for 'script'; trusted-types 'none'")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("name", TEXTS)
def test_no_file_has_a_sink_or_fetches_from_elsewhere(name: str) -> None:
    text = TEXTS[name]
    sinks = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|\bFunction\(|srcdoc|DOMParser"
        r"|createContextualFragment|setHTMLUnsafe|\bset(?:Timeout|Interval)\(\s*[\"'`]"
    )
    assert re.search(sinks, text) is None
    if name in OWN:
        assert re.search(r"\b(?:local|session)Storage\b", text) is None or name == "core/drafts.js"
    foreign = (
        r"(?:fetch|import|EventSource|WebSocket|Worker|sendBeacon)\(\s*[\"'`](?:https?:)?//|url\([\"']?(?:https?:)?//"
    )
    assert re.search(foreign, text) is None
    assert re.search(r"(?:src|href|from)\s*=?\s*[\"'](?:https?:)?//", text) is None


def test_the_page_has_no_inline_script_or_style() -> None:
    page = TEXTS["index.html"]
    assert re.search(r"<style|\sstyle=|\son\w+=", page) is None
    assert set(re.findall(r"<script[^>]*>(.*?)</script>", page, re.S)) == {""}


def test_a_first_visit_is_light(capsys: pytest.CaptureFixture[str]) -> None:
    pages = load_pages()
    page = pages["/"].body.decode()
    sent = {"/": pages["/"]}
    for path in re.findall(r'(?:src|href)="(assets/[^"]+)"', page):
        sent[f"/{path}"] = pages[f"/{path}"]
    [words] = [found for path, found in pages.items() if path.endswith("/lang/pt-BR.js")]
    sent["/lang"] = words
    sizes = {path: len(found.packed or found.body) for path, found in sent.items()}
    by_kind = {
        kind: sum(size for path, size in sizes.items() if path.endswith(kind)) for kind in (".js", ".css", "/", "/lang")
    }
    lazy = sum(len(found.packed or found.body) for path, found in pages.items() if path not in sent)
    total = sum(sizes.values()) / 1000
    with capsys.disabled():
        print(f"\npage weight: {total:.1f} KB in {len(sizes)} files {by_kind}; later {lazy / 1000:.0f} KB")
    assert sum(sizes.values()) < BUDGET


def test_importing_it_is_light() -> None:
    code = "import sys, helicon.web; print([m for m in ('starlette', 'aiohttp', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
