#!/usr/bin/env bash
# parity_check.sh: tests/parity/fixtures are what the Python implementation computes. Skipped (77)
# where Debian's Python has no torch; tests/run.sh installs it.
set -euo pipefail

if ! /usr/bin/python3 -c "import numpy, torch" 2>/dev/null; then
  echo "skipped: /usr/bin/python3 has no torch (package python3-torch)"
  exit 77
fi
exec /usr/bin/python3 "$(dirname "$0")/parity/make_fixtures.py" --check
