# ONNX Runtime's shared library, which runs the recommendation models: taken out of its Python package.
# shellcheck shell=bash
step_title() { echo "ONNX Runtime $ONNXRUNTIME_VERSION"; }
step_work() { echo "fetching ONNX Runtime $ONNXRUNTIME_VERSION (about 25 MB)"; }
step_check() { [ -s "$ONNXRUNTIME_LIB" ]; }
step_do() {
  local machine expected part
  machine=$(uname -m)
  expected=ONNXRUNTIME_SHA256_$machine
  [ -n "${!expected:-}" ] || { echo "no ONNX Runtime is pinned for a $machine machine"; return 1; }
  part=$(mktemp -d "$MATINEE_CACHE_DIR/onnxruntime.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$part'" EXIT
  # The library in it is the same for every Python: one is named, so that the checksum holds on each machine.
  attempt 3 python3 -m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.12 \
    --abi cp312 --platform "manylinux_2_28_$machine" --dest "$part" "onnxruntime==$ONNXRUNTIME_VERSION"
  python3 -m zipfile -e "$part"/onnxruntime-*.whl "$part/unpacked"
  keep_verified "$part/unpacked/onnxruntime/capi/$(basename "$ONNXRUNTIME_LIB")" "${!expected}" "$ONNXRUNTIME_LIB"
}
step_help() { echo "PyPI has to be reachable (pip download onnxruntime==$ONNXRUNTIME_VERSION). Run the same command again once it is."; }
