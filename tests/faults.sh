#!/usr/bin/env bash
# faults.sh DFKD SCRATCH [--faults N] [--seconds S] [--seed X]: see faults.py.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/faults.py" "$@"
