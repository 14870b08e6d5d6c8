"""The page's files and headers.

Contract:
1. ``assets`` names every file of the page with its media type; ``/`` is the page.
2. Nothing is inline, nothing is fetched from elsewhere, and no sink turns a string into HTML or script.
3. Importing ``helicon.web`` pulls in nothing heavy.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from helicon.web import CONTENT_SECURITY_POLICY, HEADERS, assets

SOURCES = {path: file.read_text("utf-8") for path, (file, _) in assets().items()}


def test_the_assets_are_the_page_its_style_and_its_modules() -> None:
    assert set(assets()) == {"/", "/index.html", "/style.css", "/app.js", "/fold.js", "/view.js", "/wire.js"}
    assert {media for _, media in assets().values()} == {
        "text/html; charset=utf-8",
        "text/css; charset=utf-8",
        "text/javascript",
    }


def test_the_policy_allows_own_files_only() -> None:
    assert HEADERS["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", SOURCES)
def test_no_file_has_a_sink_or_a_foreign_address(path: str) -> None:
    text = SOURCES[path]
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|localStorage"
    assert re.search(sinks, text) is None
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text) == []


def test_the_page_has_no_inline_script_or_style() -> None:
    page = SOURCES["/"]
    assert re.search(r"<style|\sstyle=|\son\w+=", page) is None
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.S) == [""]


def test_importing_it_is_light() -> None:
    code = "import sys, helicon.web; print([m for m in ('starlette', 'aiohttp', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
