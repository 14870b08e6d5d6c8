"""Requirements and lock files: the packages of the knowledge base that stand in them."""

from __future__ import annotations

import re

from helicon.audit.extract.page import Page
from helicon.audit.knowledge import knowledge

REQUIREMENT = re.compile(
    r"[ \t]{0,8}[\"']?(@?[A-Za-z0-9][A-Za-z0-9._/-]{0,100})(?:\[[^\]\n]{0,200}\])?[\"']?[ \t]{0,4}([^\n]{0,60})"
)
LOCKED = re.compile(r"^[ \t]{0,12}(?:name = |- name: |\"|')?(@?[A-Za-z0-9][A-Za-z0-9._/-]{0,100})", re.MULTILINE)
VERSION = re.compile(r"(?:==|~=|>=|\^|~|version = |: )?[ \t]{0,4}[\"']?[\^~=]{0,2}([0-9][0-9.]{0,30})")
NAMED = re.compile(r"[-_.]+")


def requirements(page: Page) -> None:
    """Lines that begin with a package, in any of the usual files."""
    known = knowledge().packages
    comment = False
    for number, line in enumerate(page.text.split("\n")):
        plain = line.strip()
        comment = plain.startswith(("#", "//"))
        if not plain or comment or len(plain) > 2000:
            continue
        if plain.startswith(("name = ", "- name: ")):
            line = line.replace("name = ", "").replace("- name: ", "")
        for found in REQUIREMENT.finditer(line):
            name = found.group(1).lower()
            if name in known or NAMED.sub("-", name) in known:
                version = VERSION.search(found.group(2))
                literal = f"{found.group(1)}=={version.group(1)}" if version else found.group(1)
                column = page.text[page.starts[number] : page.starts[number] + 2000].find(found.group(1))
                page.add(literal, page.starts[number] + max(0, column), found.group(1), kind="package", role="indirect")
