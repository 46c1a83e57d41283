"""Numbers and times as people read them."""

from __future__ import annotations


def amount(number: float) -> str:
    """A large number for people: 16,437,418 → 16.4 M."""
    for unit, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(number) >= scale:
            return f"{number / scale:.1f} {unit}"
    return f"{number:.0f}"


def duration(seconds: float) -> str:
    """0:42 min, or 1:02:03 h."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"
