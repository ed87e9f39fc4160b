"""Ids made of names that people give."""

import re
import unicodedata


def id_from(name: str) -> str:
    """`backerei-korn` of "Bäckerei Korn", at most 40 letters; "" of a name without a Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].rstrip("-")
