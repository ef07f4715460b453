#!/usr/bin/env bash
# cheats.sh BUILD SCRATCH: what tests/submission.sh says to folders that cheat, and to one that does
# not. Their text and their symbols are read here; compiled with LibTorch's headers is the honest
# one, with DFKD_LONG=1 two more.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "$1") scratch=$2
fail() { echo "cheats: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
scratch=$(realpath "$scratch")
cd "$scratch"

# folder <name> <body of SampleCoefficients> [<text before the class>] [<include>]: a defence.
folder() {
  mkdir -p "plugins/$1"
  echo '# A defence' >"plugins/$1/README.md"
  cat >"plugins/$1/$1.h" <<CPP
// A defence.
#pragma once
#include <ATen/Functions.h>
${4:-}
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"

namespace dfkd::$1 {
${3:-}
struct Part final : Defense {
  explicit Part(const NoOptions&) {}
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override {
    const auto rows = batch.images.size(0);  // system("no call: a comment")
    $2
    return at::full({rows}, 1.0 / static_cast<double>(rows), batch.teacher_logits.options());
  }
};

inline Rounds Always(const NoOptions&, const DistillerTraits& d) { return {0, d.rounds}; }
inline bool OnStudent(const NoOptions&, const DistillerTraits&) { return true; }
DFKD_REGISTER(Part, DefenseCard<NoOptions>{.name = "$1", .summary = "a defence", .active = Always,
                                           .sets_coefficients = OnStudent});

}  // namespace dfkd::$1
CPP
}

submit() {  # submit <name> <flags>: its exit code
  local name=$1
  shift
  bash "$source/tests/submission.sh" "plugins/$name" --out "out/$name" "$@" >submit.log 2>&1
}

cheats() {  # cheats <name> <part of what is found> <arguments of folder>
  local name=$1 part=$2 code=0
  shift 2
  folder "$name" "$@"
  submit "$name" --read-only-text || code=$?
  [ $code = 1 ] || fail "$name: exit code $code: $(cat submit.log)"
  grep -qF -- "$part" "out/$name/report.md" ||
    fail "$name: does not say '$part' but: $(cat "out/$name/report.md")"
}

# --- their text

. "$source/tests/cheats_text.sh"

# --- which folders a branch brings: one that is new and nothing else, or changed ones

mkdir -p brings/tests brings/methods/defenses/old
cp "$source/tests/submission_of.sh" brings/tests/
touch brings/methods/defenses/old/old.h
branch() {  # branch <name> <file>…: adds the files
  local file
  git -C brings checkout -q -B "$1" base
  for file in "${@:2}"; do
    mkdir -p "brings/$(dirname "$file")"
    echo more >>"brings/$file"
  done
  git -C brings add -A && git -C brings commit -qm "$1" && git -C brings checkout -q base
}
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
  GIT_COMMITTER_EMAIL=a@b
git init -q -b base brings && git -C brings add -A && git -C brings commit -qm base
branch one methods/defenses/mine/mine.h methods/defenses/mine/README.md
branch two methods/defenses/mine/mine.h attacks/mine/mine.h
branch wide methods/defenses/mine/mine.h bench/core/error.h
branch again methods/defenses/old/old.h
branch others bench/core/error.h
branch detects methods/detectors/mine/mine.h
branch changes methods/defenses/old/old.h bench/core/error.h
branch hides methods/defenses/mine/mine.h
git -C brings checkout -q hides
echo 'mine.h export-ignore' >brings/methods/defenses/mine/.gitattributes
ln -s /dev/zero brings/methods/defenses/mine/more.h
git -C brings add -A && git -C brings commit -qm attributes && git -C brings checkout -q base
mine=$scratch/brought/methods/defenses/mine old=$scratch/brought/methods/defenses/old
of() { bash brings/tests/submission_of.sh "$1" "$scratch/brought" 2>of.log; }
[ "$(of one)" = "folder=$mine" ] || fail "brings no folder: $(cat of.log)"
[ -f "$mine/README.md" ] || fail "what is brought is not there"
for name in again changes; do
  [ "$(of $name)" = "folder=$old" ] || fail "$name: no changed folder: $(cat of.log)"
done
[ "$(of hides)" = "folder=$mine" ] && [ -f "$mine/mine.h" ] && [ -f "$mine/.gitattributes" ] ||
  fail "a branch says which of its files are seen"
[ -L "$mine/more.h" ] && [ ! -e "$mine/more.h" ] || fail "a link leads somewhere"
[ -z "$(of others)" ] || fail "others is taken for a submission"
for name in two wide; do
  code=0
  of $name >found || code=$?
  [ $code = 1 ] && [ ! -s found ] || fail "$name: exit code $code"
  grep -q '^refused: a new plugin folder comes alone' of.log || fail "$name: $(cat of.log)"
done

code=0
of detects >found || code=$?
[ $code = 1 ] && [ ! -s found ] && grep -q '^refused: no gate for a new detector' of.log ||
  fail "a detector passes unseen: exit code $code, $(cat of.log)"

# --- their symbols: whatever their text looked like

calls() {  # calls <part of what is found> <C++>
  mkdir -p object/sly
  printf '%s\n' "$2" >object/sly/sly.cc
  g++ -std=c++20 -c object/sly/sly.cc -o sly.o
  python3 "$source/tests/submission_lint.py" object/sly --object sly.o >found &&
    fail "accepts the symbols of: $2"
  grep -qF -- "$1" found || fail "does not say '$1' but: $(cat found)"
}
calls 'the network: calls socket' '#include <sys/socket.h>
int (*f)(int, int, int) = &socket;'
calls 'a process: calls system' '#include <cstdlib>
int f() { return std::system("true"); }'
calls 'a file: calls' '#include <fstream>
void f() { std::ofstream out("x"); }'
calls 'the environment: calls getenv' '#include <cstdlib>
char* f() { return std::getenv("HOME"); }'
calls 'state of the process: calls std::ios_base::xalloc()' '#include <iostream>
#include <locale>
namespace dfkd::sly { long f() {
  std::ios_base::sync_with_stdio(true);
  std::use_facet<std::messages<char>>(std::locale()).open("x", std::locale());
  return std::ios_base::xalloc() + std::wcout.width();
} }'
for part in 'ios_base::sync_with_stdio' '__cxx11::messages<char>::open' 'wcout'; do
  grep -qF "state of the process: calls std::$part" found || fail "accepts $part: $(cat found)"
done
calls 'state that may change: dfkd::sly::seen' \
  'namespace dfkd::sly { int seen = 1; int f() { return ++seen; } }'
calls 'state that may change: dfkd::sly::f()::calls' \
  'namespace dfkd::sly { int f() { static int calls; return ++calls; } }'
calls 'state that may change: (anonymous namespace)::seen' 'namespace { int seen; }
int f() { return ++seen; }'
calls 'state that may change: dfkd::sly::kState' '#include <memory>
namespace dfkd::sly { const std::unique_ptr<int> kState(new int); int f() { return ++*kState; } }'
calls 'state that may change: dfkd::sly::kSeenRegistered' \
  'namespace dfkd::sly { long kSeenRegistered(0); long f() { return ++kSeenRegistered; } }'
for inner in n ''; do  # the name of what DFKD_REGISTER makes, elsewhere
  calls "::kPartRegistered" "namespace dfkd::sly { constexpr int kZero = 0;
namespace $inner { long kPartRegistered(kZero); long f() { return ++kPartRegistered; } }
long g() { return ${inner:+n::}f(); } }
#define DFKD_REGISTER(Part, card)
DFKD_REGISTER(Part, 1)"
done
calls 'state that may change: dfkd::sly::seen<int>' 'namespace dfkd::sly {
template <class T> inline int seen = 0; int f() { return ++seen<int>; } }'
calls 'the global generator: calls at::_ops::rand::call' \
  'namespace at::_ops { struct rand { static int call(int); }; }
int f() { return at::_ops::rand::call(1); }'

calls 'which is not of what plugins may call' \
  'namespace dfkd { template <class T> T* MakeChecked(); }
namespace dfkd::sly { int* f() { return MakeChecked<int>(); } }'
calls 'a thread: calls dfkd::ParallelFor' 'namespace dfkd { void ParallelFor(int); }
namespace dfkd::sly { void f() { ParallelFor(4); } }'
calls 'a file: calls at::_ops::from_file::call' \
  'namespace at::_ops { struct from_file { static int call(int); }; }
namespace dfkd::sly { int f() { return at::_ops::from_file::call(1); } }'
calls 'the global generator: calls at::_ops::rand::redispatch' \
  'namespace at::_ops { struct rand { static int redispatch(int); }; }
namespace dfkd::sly { int f() { return at::_ops::rand::redispatch(1); } }'
calls 'a file: calls readlink' '#include <unistd.h>
namespace dfkd::sly { long f(char* x) { return ::readlink("x", x, 9); } }'
calls 'a file: calls remove' '#include <cstdio>
namespace dfkd::sly { int f() { return std::remove("x"); } }'
calls 'calls getpid, which is not' '#include <unistd.h>
namespace dfkd::sly { int f() { return ::getpid(); } }'
calls 'a clock: calls clock' '#include <ctime>
namespace dfkd::sly { long f() { return std::clock(); } }'
calls 'a clock: calls std::chrono' '#include <chrono>
namespace dfkd::sly { auto f() { return std::chrono::steady_clock::now(); } }'
calls 'defines dfkd::clp::Make() outside of dfkd::sly' \
  'namespace dfkd::clp { int Make() { return 1; } }'
calls 'defines dfkd::clp::Clp::F() outside of dfkd::sly' \
  'namespace dfkd::clp { struct Clp { virtual void F() {} }; }
namespace dfkd::sly { dfkd::clp::Clp clp() { return {}; } }'

mkdir -p datasets
mv object/sly datasets/sly
printf '%s\n' '#include <filesystem>' 'namespace dfkd::sly {' \
  'std::filesystem::path f(const std::filesystem::path& data) { return data / "images"; }' '}' \
  >datasets/sly/sly.cc
g++ -std=c++20 -c datasets/sly/sly.cc -o sly.o
python3 "$source/tests/submission_lint.py" datasets/sly --object sly.o ||
  fail "a data set may not be told where its folder is"
sed -i 's#return data / "images"#return std::filesystem::absolute(data)#' datasets/sly/sly.cc
g++ -std=c++20 -c datasets/sly/sly.cc -o sly.o
! python3 "$source/tests/submission_lint.py" datasets/sly --object sly.o >found ||
  fail "a data set may ask the system about files"
mv datasets/sly object/sly
cat >object/sly/sly.cc <<'CPP'
#include <iostream>
#include <string>
#include <typeinfo>
namespace dfkd {
// as bench/core keeps the declared options
template <class T> int* TableOf() { static int table; return &table; }
namespace sly {
struct Options { virtual ~Options() = default; };
constexpr const char* kNames[] = {"where a linker has to say", "where they are"};
const char* const* Names(int i) { return &kNames[i]; }
int* Table() { return TableOf<Options>(); }
const char* Named(const Options& options) { return typeid(options).name(); }
}  // namespace sly
}  // namespace dfkd
CPP
g++ -std=c++20 -c object/sly/sly.cc -o sly.o
python3 "$source/tests/submission_lint.py" object/sly --object sly.o ||
  fail "refuses what is no state of the plugin"

# --- what somebody has to look at, told from scores and models

. "$source/tests/cheats_scores.sh"

# --- the sandbox

boxed() { bash "$source/tests/sandbox.sh" --writable box "$@"; }
mkdir box
if boxed -- true 2>sandbox.log; then
  denied() {  # denied <what> <Python that raises an error where it is denied>
    ! boxed -- python3 -c "$2" >sandbox.log 2>&1 || fail "in the sandbox: $1"
  }
  denied 'a connection' 'import socket; socket.create_connection(("127.0.0.1", 22), 2)'
  denied 'the network' 'import socket; assert len(socket.if_nameindex()) > 1'
  denied 'images' 'import os; assert os.listdir("/usr/share/datasets")'
  denied 'the files of the home' "import os; assert os.listdir(os.environ['HOME'])"
  denied 'this tree, unless it is asked for' "open('$source/README.md')"
  denied 'writing into the system' "open('/usr/mine', 'w')"
  denied 'processes of others' \
    'import os; assert len([p for p in os.listdir("/proc") if p.isdigit()]) > 3'
  denied 'settings of the kernel' "import os
for folder, _, names in os.walk('/proc/sys'):
    for name in names:
        try:
            os.close(os.open(os.path.join(folder, name), os.O_WRONLY))
        except OSError:
            continue
        raise SystemExit(0)
raise SystemExit(1)"
  denied 'a socket of any kind' 'import socket; socket.socket(socket.AF_UNIX)'
  denied 'name spaces of its own' \
    'import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000))'
  denied 'a child in other name spaces' "import ctypes, sys
sys.exit(ctypes.CDLL(None, use_errno=True).syscall(56, 0x10000000 | 17, 0, 0, 0, 0) < 0)"
  denied 'what other processes remember' \
    'import ctypes, sys; sys.exit(ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0)'
  boxed -- python3 -c 'import threading; t = threading.Thread(target=print); t.start(); t.join()' \
    >/dev/null ||
    fail "in the sandbox, no thread can be started"
  boxed -- bash -c 'ls | cat' >/dev/null || fail "in the sandbox, no process can be started"
  denied 'memory without end' 'x = bytearray(9 << 30)'
  boxed -- python3 -c "open('$scratch/box/mine', 'w')" ||
    fail "in the sandbox, its own folder cannot be written"
  ! boxed --readable "$source" -- python3 -c "open('$source/mine', 'w')" 2>/dev/null ||
    fail "the tree can be written"
  denied 'files of any size' 'open("box/long", "wb").truncate(3 << 30)'
  denied 'files in memory without end' "f = open('/dev/shm/x', 'wb')
for _ in range(100): f.write(bytes(1 << 20))"
  denied 'files where nobody has to write' "open('/x', 'w')"
  denied 'files among devices' "open('/dev/x', 'w')"
  code=0
  boxed --seconds 1 -- sleep 60 || code=$?
  [ $code = 124 ] || fail "a command without end ends with $code"
  too_much() {  # too_much <of what> <flags of the sandbox and command>: all of it at once
    local what=$1 code=0
    shift
    boxed --seconds 30 "$@" 2>sandbox.log || code=$?
    [ $code = 125 ] || fail "too much of $what ends with $code: $(cat sandbox.log)"
    grep -qx "sandbox: ended: more than $what" sandbox.log || fail "$(cat sandbox.log)"
  }
  too_much '32 processes and threads' --tasks 32 -- python3 -c 'import os, time
for _ in range(40): os.fork() or time.sleep(60)
time.sleep(60)'
  too_much '32 processes and threads' --tasks 32 -- python3 -c 'import threading, time
for _ in range(40): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
time.sleep(60)'
  too_much '300 MB of memory in all' --megabytes 300 -- python3 -c 'import os, time
for _ in range(4): os.fork() or (bytearray(150 << 20), time.sleep(60))
time.sleep(60)'
  too_much '50 MB of files' --megabytes 50 -- bash -c 'for name in 1 2 3; do
  head -c 20000000 /dev/zero >box/$name
done; sleep 60'
  rm -f box/*
else
  echo "left out: the sandbox ($(tail -n 1 sandbox.log))"
  exit 0
fi

# --- one box for each check, with a build folder whose compiler and programs are scripts

mkdir -p scripted/tests scripted/plugins
echo '{"status": "failed", "reason": "a secret"}' >secret.json
cp secret.json secret_before.json
echo 'namespace dfkd::sly { int f() { return 1; } }' | g++ -x c++ -c - -o scripted/object.o
cat >scripted/cc.sh <<SH
[ ! -e /etc/passwd ] || { echo 'the compiler is outside of the sandbox'; exit 1; }
while [ "\$1" != -o ]; do shift; done
[[ \$2 = *.o ]] && cp '$scratch/scripted/object.o' "\$2" || cp '$scratch/scripted/program' "\$2"
SH
cat >scripted/program <<SH
#!/bin/bash
[ -z "\$(ls -A)" ] || { echo 'this box is not empty'; exit 1; }
[ "\$1" != list ] || echo '[{"kind": "defense", "name": "sly"}]'
mkdir data scores_again
ln -s '$scratch/secret.json' toy.json
[[ " \$* " = *' run '* ]] || ln -s '$scratch' scores
[[ " \$* " != *' run '* ]] || { mkdir scores && ln -s '$scratch/secret.json' scores/secret.json; }
SH
printf '#!/bin/sh\necho "[]"\n' >scripted/dfkd
touch scripted/a.cc scripted/plugins/sources.cc scripted/tests/test_conformance
chmod +x scripted/program scripted/dfkd scripted/tests/test_conformance
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$source" >scripted/CMakeCache.txt
cat >scripted/build.ninja <<'NINJA'
rule compile
  command = bash cc.sh -MF $out.d -o $out -c $in
rule link
  command = : && bash cc.sh $in -o $out && :
build CMakeFiles/dfkd_plugins_objects.dir/a.o: compile a.cc
build CMakeFiles/dfkd_cards_objects.dir/a.o: compile a.cc
build dfkd: link CMakeFiles/dfkd_cards_objects.dir/a.o
build dfkd-compute: link CMakeFiles/dfkd_plugins_objects.dir/a.o
build tests/test_conformance: link CMakeFiles/dfkd_plugins_objects.dir/a.o
NINJA
folder sly ''
code=0
submit sly --build scripted || code=$?
[ $code = 1 ] || fail "sly: exit code $code: $(cat submit.log)"
cmp -s secret.json secret_before.json || fail "written through a link in a box: secret.json"
! grep -q 'a secret' out/sly/report.md || fail "read through a link in a box: secret.json"
for check in build symbols conforms holds; do
  grep -qx ok "out/sly/$check.verdict" || fail "$check: $(cat "out/sly/$check.txt")"
done
grep -q 'no cell has a score' out/sly/report.md || fail "$(cat out/sly/report.md)"
[ -x "$build/tests/test_conformance" ] || exit 0

# --- the whole gate

folder honest \
  'return at::linspace(0.5, 1.5, rows, batch.teacher_logits.options()) / static_cast<double>(rows);'
submit honest --build "$build" || fail "an honest folder is refused: $(cat submit.log)"
python3 - <<'PY'
import json
report = json.load(open("out/honest/report.json"))
made = {check["check"]: check["verdict"] for check in report["checks"]}
assert report["passed"] and made == {
    **dict.fromkeys(("text", "build", "symbols", "conforms", "holds", "runs"), "ok"),
    "quick": "not made", "drawn": "not made"}, made
assert {row["defense"] for row in report["toy"]} == {"none", "abd", "honest"}, report["toy"]
assert len({row["attack"] for row in report["toy"]}) == 2 and not report["flags"], report
PY

# One that gives class 0 up, at which attacks aim: its toy cells alone, once.
mkdir -p plugins/gives_up
echo '# A defence' >plugins/gives_up/README.md
cat >plugins/gives_up/gives_up.h <<'CPP'
// The student never says 0.
#pragma once
#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"

namespace dfkd::gives_up {

struct Part final : Defense {
  explicit Part(const NoOptions&) {}
  void RepairStudent(Classifier& student, DefenseContext&) override {
    const at::NoGradGuard no_grad;
    student.Parameters().back().value.select(0, 0).sub_(1000);  // the bias of the last layer
  }
};

inline bool Always(const NoOptions&) { return true; }
DFKD_REGISTER(Part, DefenseCard<NoOptions>{.name = "gives_up", .summary = "a defence",
                                           .repairs_student = Always});

}  // namespace dfkd::gives_up
CPP
python3 "$source/tests/submission_lint.py" plugins/gives_up || fail "its text is refused"
. "$source/tests/with_plugin.sh"
with_plugin "$build" "$scratch/plugins/gives_up" "$scratch/gives_up" ||
  fail "gives_up does not compile: $(tail -n 20 gives_up/log)"
mkdir -p given
report target plugins/gives_up '' >given/target
report toy defense gives_up "$source" "$(cat given/target)" >toy.json
gives_up/dfkd run toy.json --ignore-gate --jobs 1 --data given/data --store given/store \
  --out given/box/scores >run.log 2>&1 || fail "its toy cells: $(tail -n 20 run.log)"
code=0
report report given gives_up defense 2>/dev/null || code=$?
[ $code = 3 ] && grep -q '^# .*NEEDS EYES (fixed_class)$' given/report.md ||
  fail "gives_up ends with $code: $(cat given/report.md)"
python3 -c 'import json
report = json.load(open("given/report.json"))
assert report["needs_eyes"] and report["flags"][0]["share_at_target"] < 0.5, report'
[ -n "${DFKD_LONG:-}" ] || exit 0

folder takes_memory 'std::vector<at::Tensor> all; for (;;) all.push_back(at::empty({1 << 28}));' \
  '' '#include <vector>'
! submit takes_memory --build "$build" || fail "memory without end is accepted"
grep -Eq '^\| (conforms|holds|runs) \| FAILED' out/takes_memory/report.md ||
  fail "$(cat out/takes_memory/report.md)"
code=0
submit gives_up --build "$build" || code=$?
[ $code = 3 ] || fail "gives_up ends the whole gate with $code: $(cat submit.log)"
folder writes_teacher 'at::Tensor logits = batch.teacher_logits; logits.zero_();'
! submit writes_teacher --build "$build" ||
  fail "a defence that writes what it was lent is accepted"
