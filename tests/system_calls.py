#!/usr/bin/env python3
"""Writes to standard output the filter (BPF, for bwrap --seccomp) of system calls that the sandbox
refuses.

What trains networks asks for memory, files, threads and time. Refused, with EPERM, is what reaches
other machines, other processes or the kernel's insides, and what could make the sandbox a machine
of its own; of calls that the system's libseccomp does not know, this machine's kernel has no bugs
to offer either.
"""
import errno
import sys

import seccomp

NETWORK = ("socket",)  # a pair of connected ones stays: it leads nowhere
PROCESSES = ("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
             "personality")
KERNEL = ("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "keyctl", "add_key",
          "request_key", "init_module", "finit_module", "kexec_load", "kexec_file_load", "syslog",
          "acct", "quotactl", "swapon", "reboot", "iopl", "ioperm")
NAMESPACES = ("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount",
              "open_tree", "fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr")
NEW_USER = 0x10000000  # CLONE_NEWUSER, of <linux/sched.h>


def refuse(filter_, name, code, *conditions):
    try:
        filter_.add_rule(seccomp.ERRNO(code), name, *conditions)
    except (RuntimeError, ValueError) as error:
        print(f"system_calls: {name}: {error}", file=sys.stderr)


def main():
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in NETWORK + PROCESSES + KERNEL + NAMESPACES:
        refuse(rules, name, errno.EPERM)
    refuse(rules, "clone", errno.EPERM, seccomp.Arg(0, seccomp.MASKED_EQ, NEW_USER, NEW_USER))
    # its flags lie in memory that no filter sees; libraries try clone then
    refuse(rules, "clone3", errno.ENOSYS)
    rules.export_bpf(sys.stdout.buffer)


if __name__ == "__main__":
    main()
