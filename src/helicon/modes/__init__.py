"""The modes: instant, thinking, contemplating, auto."""
