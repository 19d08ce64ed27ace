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
cat <<'TEXT'

Next:
  . .venv/bin/activate
  auricle transcribe YOUR-RECORDING --format srt --output subtitles
  auricle listen --srt captions.srt
  auricle speak --file YOUR-BOOK.txt --output book.m4a
  auricle models list
  auricle --help
TEXT
