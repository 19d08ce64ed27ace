"""Audio, better: cleaned, levelled, equalised and repaired."""
