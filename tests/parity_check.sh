#!/usr/bin/env bash
# parity_check.sh: tests/parity/fixtures are what the Python implementation computes. Skipped (77)
# where Python has no torch.
set -euo pipefail

python=${PYTHON:-/usr/bin/python3}
if ! "$python" -c "import numpy, torch" 2> /dev/null; then
  echo "skipped: $python has no torch (Debian: python3-torch)"
  exit 77
fi
exec "$python" "$(dirname "$0")/parity/make_fixtures.py" --check
