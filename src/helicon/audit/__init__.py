"""Which models a tree uses, under which licences, and what those ask of you.

Imports nothing of engines, modes, store or server. Nothing that is scanned is imported or executed.
"""
