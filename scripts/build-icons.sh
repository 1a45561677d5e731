#!/bin/sh
# Draws the app's icons from static/icons/icon.svg with Chromium, and keeps their few colours as a palette (Pillow), which
# is a quarter of the bytes. The results are committed; run it when the mark changes.
set -eu
cd "$(dirname "$0")/../ledvei_pwa/static/icons"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

draw() { # name, size, svg
  printf '<!DOCTYPE html><style>body{margin:0}svg{display:block;width:%spx;height:%spx}</style>%s' "$2" "$2" "$3" > "$work/page.html"
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --default-background-color=00000000 \
    --user-data-dir="$work/profile" --window-size="$2,$2" --screenshot="$PWD/$1" "file://$work/page.html" 2> "$work/log" \
    || { cat "$work/log" >&2; exit 1; }
}

round=$(cat icon.svg)
# A maskable icon and Apple's have no corners of their own: the system cuts them.
square=$(sed 's/ rx="[0-9.]*"//' icon.svg)
draw icon-192.png 192 "$round"
draw icon-512.png 512 "$round"
draw icon-maskable-512.png 512 "$square"
draw apple-touch-icon.png 180 "$square"

python3 - ./*.png << 'PYTHON'
import sys
from PIL import Image

for name in sys.argv[1:]:
    drawn = Image.open(name).convert("RGBA")
    few = drawn.quantize(colors=32, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(name, optimize=True)
PYTHON
