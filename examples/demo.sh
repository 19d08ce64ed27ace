#!/bin/sh
# What `make demo` shows: auricle's main jobs on a real recording, each with the command that does it.
set -eu
cd "$(dirname "$0")/.."
speech=tests/recordings/jfk.flac

run() {
    printf '\n\033[1m$ %s\033[0m\n' "$*"
    "$@"
}

run auricle --version
run auricle info "$speech"
run auricle transcribe "$speech" --word-timestamps
run auricle transcribe "$speech" --word-timestamps --format srt --output demo-output
run cat demo-output/jfk.srt
run auricle listen --file tests/recordings/arctic_a0024.wav --model tiny.en --srt demo-output/live.srt
run cat demo-output/live.srt
run auricle convert "$speech" demo-output/jfk.mp3 --channels 1
run auricle speak "On the 3rd of March, Dr. Lee paid \$1,250 for 2.5 km of cable." --output demo-output/spoken.mp3
run auricle transcribe demo-output/spoken.mp3

# The same speech as a bad microphone would have it: quiet, with mains hum, hiss and clicks.
python - "$speech" demo-output/noisy.wav <<'PYTHON'
import sys

import numpy as np

import auricle

speech = auricle.Audio.read(sys.argv[1])
chance = np.random.default_rng(1961)
seconds = np.arange(speech.frames) / speech.rate
hum = sum(0.004 / number * np.sin(2 * np.pi * 50 * number * seconds) for number in (1, 2, 3, 5))
noisy = 0.2 * speech.samples + hum + 0.003 * chance.standard_normal(speech.frames)
noisy[:, chance.integers(0, speech.frames, 20)] += 0.3
auricle.Audio(noisy.astype(np.float32), speech.rate).write(sys.argv[2])
PYTHON
run auricle loudness "$speech" demo-output/noisy.wav
run auricle enhance demo-output/noisy.wav --output demo-output/clean.mp3 --declick --hum --denoise --level --loudness podcast \
    --report --plot demo-output/before-after.png
run auricle transcribe demo-output/clean.mp3

music=tests/recordings/vibe_ace.ogg
run auricle analyze "$music" --plot demo-output/vibe_ace.png --clicks demo-output/clicks.mp3
run auricle analyze tests/recordings/vibe_ace.ogg tests/recordings/solo_trumpet.ogg --csv demo-output/table.csv

# Three pieces become known; then eight seconds of one as a cheap phone would hear them: quiet, with as much noise as half the music, as MP3.
known=demo-output/known
rm -rf "$known"
run auricle catalogue add "$music" tests/recordings/hungarian_dance.ogg tests/recordings/solo_trumpet.ogg --catalogue "$known"
python - "$music" demo-output/heard.mp3 <<'PYTHON'
import sys

import numpy as np

import auricle

music = auricle.Audio.read(sys.argv[1]).slice(20.0, 28.0)
noise = np.random.default_rng(2003).standard_normal(music.samples.shape)
heard = 0.1 * (music.samples + 0.5 * music.samples.std() * noise)
auricle.Audio(heard.astype(np.float32), music.rate).write(sys.argv[2], auricle.AudioProcessingConfig(bit_rate=64_000))
PYTHON
run auricle identify demo-output/heard.mp3 --catalogue "$known"
run auricle identify "$speech" --catalogue "$known" || echo "(exit code $?: unknown)"
run auricle convert "$music" demo-output/copy.mp3 --bit-rate 96000
run auricle duplicates tests/recordings demo-output/copy.mp3
run auricle fingerprint demo-output/copy.mp3 --length 10
cat <<'TEXT'

Next:
  . .venv/bin/activate
  auricle transcribe YOUR-RECORDING --format srt --output subtitles
  auricle listen --srt captions.srt
  auricle speak --file YOUR-BOOK.txt --output book.m4a
  auricle enhance YOUR-RECORDING --output clean.mp3 --denoise --loudness podcast --report
  auricle analyze YOUR-MUSIC --csv table.csv --plot pictures
  auricle catalogue add YOUR-MUSIC --catalogue known
  auricle identify A-CLIP --catalogue known
  auricle duplicates YOUR-MUSIC
  auricle models list
  auricle --help
TEXT
