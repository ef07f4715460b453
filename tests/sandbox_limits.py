"""sandbox_limits.py --seconds N --megabytes N --tasks N [--folder DIR]… -- BWRAP…: runs the sandbox
and ends it, whole, when it takes longer, when its processes together hold more memory, are more
(threads count) or leave more in the folders that they can write. Exit code: that of the command;
124 it took too long, 125 it took too much of something else, and the last line says of what.

The kernel's own limits are set, too, but they are of each process, and root has none of their
number."""
import argparse
import os
import pathlib
import resource
import subprocess
import sys
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
LONGEST_FILE = 2 << 30
BETWEEN_LOOKS, BETWEEN_LOOKS_AT_FOLDERS = 0.1, 2.0  # seconds


def processes():
    """Process -> (parent, threads, bytes of memory)."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                line = pathlib.Path("/proc", entry, "stat").read_text(errors="replace")
            except OSError:
                continue  # it has ended
            fields = line[line.rindex(")") + 2:].split()  # its name may hold anything
            found[int(entry)] = (int(fields[1]), int(fields[17]), int(fields[21]) * PAGE)
    return found


def below(root):
    """Threads and memory of all processes that come from this one."""
    found, children = processes(), {}
    for process, (parent, _, _) in found.items():
        children.setdefault(parent, []).append(process)
    threads = memory = 0
    waiting = list(children.get(root, []))
    while waiting:
        process = waiting.pop()
        threads += found[process][1]
        memory += found[process][2]
        waiting += children.get(process, [])
    return threads, memory


def held(folder):
    """Bytes on the disk; links are not followed."""
    total, waiting = 0, [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:
            continue  # it was taken away meanwhile
    return total


def too_much(root, flags, look_at_folders):
    threads, memory = below(root)
    if threads > flags.tasks:
        return f"more than {flags.tasks} processes and threads"
    if memory > flags.megabytes << 20:
        return f"more than {flags.megabytes} MB of memory in all"
    if look_at_folders and sum(map(held, flags.folder)) > flags.megabytes << 20:
        return f"more than {flags.megabytes} MB of files"
    return ""


def set_limits(flags):
    for what, most in ((resource.RLIMIT_AS, flags.megabytes << 20),
                       (resource.RLIMIT_CPU, flags.seconds),
                       (resource.RLIMIT_FSIZE, LONGEST_FILE), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def watch(child, flags):
    """The exit code."""
    end, next_folders = time.monotonic() + flags.seconds, 0.0
    while True:
        try:
            code = child.wait(BETWEEN_LOOKS)
            return code if code >= 0 else 128 - code
        except subprocess.TimeoutExpired:
            pass
        now = time.monotonic()
        if now > end:
            return 124
        look_at_folders = now >= next_folders
        if look_at_folders:
            next_folders = now + BETWEEN_LOOKS_AT_FOLDERS
        found = too_much(child.pid, flags, look_at_folders)
        if found:
            print(f"sandbox: ended: {found}", file=sys.stderr)
            return 125


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("seconds", "megabytes", "tasks"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--folder", action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    flags = parser.parse_args()
    command = flags.command[1:] if flags.command[:1] == ["--"] else flags.command
    child = subprocess.Popen(command, close_fds=False, preexec_fn=lambda: set_limits(flags))
    try:
        code = watch(child, flags)
    finally:
        child.kill()  # --die-with-parent: all that is in the sandbox, too
        child.wait()
    sys.exit(code)


if __name__ == "__main__":
    main()
