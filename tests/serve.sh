# serve FOLDER, for scripts that source this: its files over HTTP from this machine until the script
# ends it (`servers` lists the processes); sets `address`. Range is not understood, as by many a
# server.
servers=()
serve() {
  /usr/bin/python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 >"$1-server.log" 2>&1 &
  servers+=($!)
  until grep -q 'port [0-9]' "$1-server.log"; do
    kill -0 $! || { echo "no server: $(cat "$1-server.log")" >&2; return 1; }
    sleep 0.05
  done
  address=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$1-server.log" | head -n 1)
}
