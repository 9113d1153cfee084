#!/bin/sh
# Renders the PNG icons from favicon.svg and maskable.svg with Chromium, each at its own size. Run by hand when a drawing changes.
set -eu
cd "$(dirname "$0")"
chromium=${CHROMIUM:-chromium}
render() { # source, size, target
    page=$(mktemp --suffix=.html)
    printf '<body style="margin:0;background:transparent"><img src="file://%s" width="%s" height="%s" style="display:block">' \
        "$(realpath "$1")" "$2" "$2" >"$page"
    "$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files \
        --default-background-color=00000000 --window-size="$2,$2" --screenshot="$3" "file://$page" >/dev/null 2>&1
    rm "$page"
}
render ../favicon.svg 192 ../icon-192.png
render ../favicon.svg 512 ../icon-512.png
render maskable.svg 512 ../icon-maskable-512.png
render maskable.svg 180 ../apple-touch-icon.png
