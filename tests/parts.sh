# Counts what passed and failed, and remembers parts that passed. Sourced, never run; `say` comes
# from bench/packages.sh.

passed=0 failed=0
count() {  # count <passed> <failed>
  passed=$((passed + $1))
  failed=$((failed + $2))
}
check() {  # check <name> <command…>: one test; 77 = it could not be made here, and said why
  local name=$1 result
  shift
  "$@"
  result=$?
  case $result in
    0) say "ok      $name" && count 1 0 ;;
    77) say "skipped $name" ;;
    *) say "FAILED  $name" && count 0 1 ;;
  esac
}
close() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
  exit
}

# Where parts of this commit are remembered; nothing if the tree differs from it.
memory_of_commit() {  # memory_of_commit <folder>
  [ -n "$(git status --porcelain)" ] || echo "$1/$(git rev-parse HEAD)"
}

# What `check` or another of the kind counts is kept in `memory` (none if that is empty), unless
# something failed or nothing was tried. From there it is counted when the part is asked for again.
part() {  # part <name> <command…>
  local name=$1 file=${memory:+$memory/${1//[^A-Za-z0-9]/_}} passed_before=$passed
  local failed_before=$failed
  shift
  if [ -f "$file" ]; then
    count "$(cat "$file")" 0
    say "passed  $name: $(cat "$file"), earlier"
    return
  fi
  "$@"
  [ -n "$file" ] || return 0
  [ "$failed" = "$failed_before" ] && [ "$passed" != "$passed_before" ] || return 0
  mkdir -p "$memory"
  echo $((passed - passed_before)) >"$file"
}
