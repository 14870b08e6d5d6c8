"""``helicon config``: every setting, its value, and the place it comes from."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from helicon.cli.commands import settings_of
from helicon.cli.plain import clean, json_text
from helicon.cli.sources import FILE, Found, load, strangers, user_configuration


@click.command("config")
@settings_of("config")
def command(**options: Any) -> None:
    """Show every setting, its value, and where the value comes from.

    The first that speaks wins: option, environment variable, helicon.toml in this folder,
    helicon.toml in the user's configuration folder, default.
    """
    settings = load(options)
    if settings["json"]:
        print(json_text([_record(found) for found in settings]))
    else:
        names = max(len(found.setting.name) for found in settings)
        values = [_words(found) for found in settings]
        width = min(48, max(map(len, values)))
        for found, words in zip(settings, values, strict=True):
            print(f"{found.setting.name:<{names}}  {words:<{width}}  {found.source}")
        print(f"\nFiles read, the first wins: ./{FILE}, {user_configuration(os.environ) / FILE}")
    for name, near in strangers(os.environ):
        print(f"Note: {name} is set but is no setting." + (f" Did you mean {near}?" if near else ""), file=sys.stderr)


def _words(found: Found) -> str:
    if found.value in (None, (), {}):
        return f"({found.setting.unset or 'none'})"
    shown = found.shown
    if isinstance(shown, bool):
        return str(shown).lower()
    if isinstance(shown, list):
        return ", ".join(map(clean, shown))
    if isinstance(shown, dict):
        return ", ".join(f"{clean(name)}={value}" for name, value in shown.items())
    return clean(str(shown))


def _record(found: Found) -> dict[str, Any]:
    setting = found.setting
    return {
        "name": setting.name,
        "value": found.shown,
        "source": found.source,
        "option": setting.option or None,
        "variable": setting.variable,
        "default": {} if setting.kind == "table" else list(setting.default) if setting.many else setting.default,
        "help": setting.help,
    }
