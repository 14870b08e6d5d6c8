"""``python -m helicon``: the same as the command ``helicon``."""

from helicon.cli import main

if __name__ == "__main__":
    main()
