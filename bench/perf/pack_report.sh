# A shell function of bench/perf/gpu.sh. Sourced, never run.

# pack_report FOLDER FILE.tar.gz BYTES: the folder as one file that is no larger than that. Where it
# would be, the largest files stay away, as many as have to, and left_out.txt in it names them.
pack_report() {
  local folder=$1 file=$2 bytes=$3 kibibytes small
  for kibibytes in all 8192 2048 512 128 32 8; do
    rm -f "$folder/left_out.txt"
    small=()
    if [ "$kibibytes" != all ]; then
      (cd "$folder" && find . -type f -size "+${kibibytes}k" | sort >left_out.txt) || return 1
      small=(! -size "+${kibibytes}k")
    fi
    (cd "$folder" && find . -type f "${small[@]}" -print0 | sort -z |
      tar --null --no-recursion -T - -czf "$file.part") || return 1
    [ "$(stat -c %s "$file.part")" -gt "$bytes" ] || { mv "$file.part" "$file"; return; }
  done
  rm -f "$file.part"
  return 1
}
