#!/usr/bin/env bash
# packages.sh SCRATCH: which packages bench/packages.sh installs where a release of Debian has
# another name for one, or has it no more. apt and dpkg are stand-ins here: the release has what is
# listed in `index`, and nothing is installed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) scratch=$1
fail() { echo "packages: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch/bin"
cd "$scratch"
stand_in() { cat >"bin/$1" && chmod +x "bin/$1"; }
stand_in dpkg-query <<'SH'
#!/bin/sh
exit 1
SH
stand_in apt-cache <<'SH'
#!/bin/sh
[ "$1" = policy ] && ! grep -qx -e "$2" index && exit 0
[ "$1" = madison ] && ! grep -qx -e "$2" index && exit 0
echo "  Candidate: 1"
seq 20000  # more than a pipe holds: who leaves at a match kills this
SH
stand_in apt-get <<'SH'
#!/bin/sh
echo "$@" >>calls
[ "$1" != update ] || cp mirror index
SH
stand_in sudo <<'SH'
#!/bin/sh
exec "$@"
SH

# installs <index> <mirror> <lines> <what apt-get is to be asked for>
installs() {
  printf '%s\n' $1 >index
  printf '%s\n' $2 >mirror
  : >calls
  printf '%b' "$3" |
    (PATH=$scratch/bin:$PATH && . "$root/bench/packages.sh" && ensure_packages) 2>log || true
  local asked
  asked=$(sed -e 's/^update.*/update/' -e 's/^install.*Timeout=300 /install /' calls | tr '\n' ';')
  [ "$asked" = "$4" ] || fail "'$3' of '$1', '$2': asks for '$asked', not '$4'; it says: $(cat log)"
}

installs "g++ a b" "" "a|b  x\nc|-  y\n" "install a;"
installs "g++ b" "g++ b" "a|b  x\n" "update;install b;"  # an old index may lack what is preferred
installs "g++" "g++ c" "c|-  y\n" ""  # what may be missing is no reason to ask the mirror again …
installs "" "g++ c" "c|-  y\n" "update;install c;"  # … unless nothing is known yet
installs "g++ c" "" "c|-  y\n" "install c;"
installs "g++" "g++" "d  z\n" "update;install d;"
