#!/usr/bin/env python3
"""A web server on 127.0.0.1 that misbehaves on purpose, for the tests of what is downloaded.

Usage: http_server.py FOLDER [LIMIT]

Prints its port, then serves FOLDER/<name> at /<mode>/<name>, or at /<mode>@<end>/<name>: then only
files whose names end so are served in that mode, the others as normal. Ends when standard input
closes, LIMIT requests (default 400) were answered, or ten minutes have passed. Every request is
appended to FOLDER/requests.log as "<mode> <name> <Range or ->", and to FOLDER/tokens.log what it
had of an Authorization, or "-". Modes:

  normal    with Range
  norange   ignores Range
  chunked   no Content-Length (the connection's end is the file's end)
  cut       closes after 1000 bytes of every answer, which announces the rest; with Range
  end       as cut, but without Content-Length: looks complete
  longer    announces 10 bytes more than it sends, then closes
  shorter   announces 10 bytes fewer than it has
  endless   no Content-Length, sends the file and then 1 MiB more
  stall     sends 100 bytes, then nothing for 100 seconds
  flaky     500 at the first request for a name, then as normal
  broken    always 500
  tofile    redirects to file:///etc/hostname
  redirect  redirects to /normal/<name>
  abroad    redirects to http://192.0.2.1/<name>, where nobody is
  port<N>   redirects to http://127.0.0.1:<N>/normal/<name>
  private   401 without "Authorization: Bearer sesame"
  altered   as normal, with the first byte changed
  noentry   404
"""
import http.server
import os
import select
import sys
import threading
import time

folder = sys.argv[1]
requests_left = int(sys.argv[2]) if len(sys.argv) > 2 else 400
seen = set()
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # one request per connection
    timeout = 300

    def log_message(self, *_):
        pass

    def do_GET(self):
        global requests_left
        mode, _, name = self.path.lstrip("/").partition("/")
        mode, _, end = mode.partition("@")
        if ".." in name.split("/"):
            return self.send_error(404)
        if not name.endswith(end):
            mode = "normal"
        with lock:
            requests_left -= 1
            if requests_left <= 0:
                threading.Thread(target=self.server.shutdown, daemon=True).start()
            with open(os.path.join(folder, "requests.log"), "a", encoding="utf-8") as log:
                log.write(f"{mode} {name} {self.headers.get('Range', '-')}\n")
            with open(os.path.join(folder, "tokens.log"), "a", encoding="utf-8") as log:
                log.write(self.headers.get("Authorization", "-") + "\n")
        try:
            self.answer(mode, name)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client had enough, as it should

    def answer(self, mode, name):
        if mode == "noentry":
            return self.send_error(404)
        if mode == "broken" or (mode == "flaky" and name not in seen):
            seen.add(name)
            return self.send_error(500)
        if mode == "private" and self.headers.get("Authorization") != "Bearer sesame":
            return self.send_error(401)
        locations = {"tofile": "file:///etc/hostname", "redirect": f"/normal/{name}",
                     "abroad": f"http://192.0.2.1/{name}",
                     f"port{mode[4:]}": f"http://127.0.0.1:{mode[4:]}/normal/{name}"}
        if mode in locations:
            self.send_response(302)
            self.send_header("Location", locations[mode])
            return self.end_headers()
        if not os.path.isfile(os.path.join(folder, name)):
            return self.send_error(404)
        with open(os.path.join(folder, name), "rb") as file:
            content = file.read()
        if mode == "altered":
            content = bytes([content[0] ^ 1]) + content[1:]
        return self.send(mode, content)

    def start(self, mode, size):
        """Status and headers; returns where in the file the answer begins."""
        asked = self.headers.get("Range", "")
        first = 0
        if asked and mode != "norange":
            first = int(asked.removeprefix("bytes=").rstrip("-"))
            if first >= size:
                self.send_error(416)
                return None
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
        else:
            self.send_response(200)
        if mode not in ("chunked", "end", "endless"):
            lie = {"longer": 10, "shorter": -10}.get(mode, 0)
            self.send_header("Content-Length", str(size - first + lie))
        self.end_headers()
        return first

    def send(self, mode, content):
        first = self.start(mode, len(content))
        if first is None:
            return
        body = content[first:]
        if mode in ("cut", "end"):
            body = body[:1000]
        if mode == "endless":
            body += bytes(1 << 20)
        if mode == "stall":
            self.wfile.write(body[:100])
            self.wfile.flush()
            time.sleep(100)
            body = body[100:]
        self.wfile.write(body)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    # Whoever started us holds the other end: gone means no longer wanted, even after a crash.
    select.select([sys.stdin], [], [], 600)


main()
