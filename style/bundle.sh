#!/bin/sh
# Joins the files of this folder into one style sheet, style/dist/matinee.css: one request for the browser, no tool beside
# a shell. Trunk runs it before each build (Trunk.toml, [[hooks]]) and then hashes and minifies the result.
# The layers' order is set in reset.css, so the order of the files matters only for that one, which comes first.
set -eu
cd "$(dirname "$0")"
mkdir -p dist
cat reset.css tokens.css fonts.css base.css layout.css bar.css buttons.css forms.css stars.css poster.css card.css \
    row.css reasons.css search.css describe.css tune.css evening.css states.css home.css film.css lists.css account.css desk.css factor.css passkey.css motion.css utilities.css >dist/matinee.css.new
mv dist/matinee.css.new dist/matinee.css
