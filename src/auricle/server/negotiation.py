"""What a client would like to get, by its `Accept` header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["preferred"]


def preferred(header: str, offered: Collection[str]) -> str | None:
    """The media type that the client likes best of those that are ``offered``; None where it names none of them."""
    wishes = []
    for place, wish in enumerate(header.lower().split(",")):
        media, *parameters = (part.strip() for part in wish.split(";"))
        quality = next((part.removeprefix("q=") for part in parameters if part.startswith("q=")), "1")
        if media in offered and quality.replace(".", "", 1).isdecimal() and float(quality):
            wishes.append((-float(quality), place, media))
    return min(wishes)[2] if wishes else None
