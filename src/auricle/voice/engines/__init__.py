"""What makes voices speak: each engine behind the interface of `auricle.voice.engine`."""
