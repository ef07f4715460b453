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

cheats reads_test_set 'includes fstream' 'std::ifstream in("/usr/share/datasets/t10k-images");' '' \
  '#include <fstream>'
cheats reads_by_us 'includes bench/io/file.h' 'ReadBytes("t10k");' '' '#include "bench/io/file.h"'
cheats opens_socket "the network: 'socket('" '::socket(2, 1, 0);'
cheats writes_results "a file: 'fopen('" 'fopen("scores/x.json", "w");'
cheats draws_globally "the global generator: 'at::rand'" 'at::rand({rows});'
cheats draws_in_place "the global generator: '.normal_('" 'at::zeros({rows}).normal_();'
cheats starts_process "a process: 'system ('" '::system ("true");'
cheats starts_thread "a thread: 'std::thread'" 'std::thread([] {}).join();'
cheats asks_for_trigger "asks for 'badnets_grid'" \
  'if (std::string("badnets_grid") == "x") return {};'
cheats keeps_state "static state that may change: 'static int64_t calls'" \
  'static int64_t calls = 0; ++calls;'
cheats keeps_global "static state that may change: 'inline int64_t seen'" '' \
  'inline int64_t seen = 0;'
cheats keeps_by_thread 'state of a thread' '' 'inline thread_local int seen = 0;'
cheats has_asm "asm: 'asm'" 'asm volatile("syscall");'
cheats hides_in_macro 'the preprocessor' '' '#define CALL(a, b) a##b'
cheats hides_in_lines 'the preprocessor' 'sys\
tem("true");'
cheats declares_c "another language or linkage: 'extern'" '' 'extern "C" int puts(const char*);'
cheats reads_clock 'a clock' 'time(nullptr);'
cheats reads_clock_twice 'a clock' 'std::time(&now);'
cheats asks_system "a name of the global namespace: '::readlink'" '::readlink("x", text, 99);'
cheats takes_system "a name of the global namespace: '::system'" 'const auto run = ::system;'
cheats counts_cycles "a reserved name: '__builtin_ia32_rdtsc'" '__builtin_ia32_rdtsc();'
cheats takes_operation "what is behind the interface: '_ops'" 'using Draw = at::_ops::rand;'
cheats knows_its_program "which program it is in: 'kWithCode'" \
  '' 'template <bool kWithCode> int F();'
cheats knows_by_macro "a macro: 'DFKD_WITH_CODE'" 'if (DFKD_WITH_CODE) return {};'
cheats closes_by_macro "a macro: 'FMT_END_NAMESPACE'" '' 'namespace x { FMT_END_NAMESPACE'
cheats reads_pictures 'includes bench/images/assets.h' '' '' '#include "bench/images/assets.h"'
cheats joins_names "asks for 'badnets_grid'" 'const char* name = "badnets" /* and */ "_grid";'
cheats writes_by_number 'a letter by its number' 'const char* name = "badnets\x5fgrid";'
cheats renames_card "asks for 'badnets_grid'" 'const char* name = "badnets_grid";' \
  'template <class O> using StaticCard = DefenseCard<O>;'
cheats is_another "outside of namespace dfkd::is_another: 'namespace dfkd::clp" '' \
  '} namespace dfkd::clp { struct Clp {}; } namespace dfkd::is_another {'
cheats leaves_its_own "outside of namespace dfkd::leaves_its_own: 'int x;" '' \
  '} int x; namespace dfkd::leaves_its_own {'
cheats blend 'attacks/blend has that name already' '' '' '#include "attacks/blend/blend.h"'
cheats hides_in_raw_text "a process: 'system('" 'const char* quote = R"(")"; ::system("true"); // "'
hides() {  # as cheats, of which only the text is read: no report
  local name=$1 part=$2
  shift 2
  folder "$name" "$@"
  ! python3 "$source/tests/submission_lint.py" "plugins/$name" >found || fail "$name: accepted"
  grep -qF -- "$part" found || fail "$name: does not say '$part' but: $(cat found)"
}

# Quotes that only look as if a string began: what follows is code.
for prefix in L u U u8; do
  hides "behind_${prefix,,}" "asm: 'asm'" \
    "const auto a = $prefix'\"'; asm(\".incbin \\\"/etc/passwd\\\"\"); const auto b = $prefix'\"';"
done
hides behind_number "asm: 'asm'" 'assert(1.R"("); asm("nop"); assert(1.R")");'
hides behind_suffix "asm: 'asm'" 'assert("x"R"("); asm("nop"); assert("x"R")");'
hides behind_separator "a quote that separates no digits: \"1'\"" \
  "assert(1'\"'\"); asm(\"nop\"); assert(\"'\");"
hides leaves_a_quote "a quote without an end: '" "const char c = ';"
hides ends_oddly 'a raw string whose end is not plain' 'auto a = R".(")."; asm("nop"); // "'
hides goes_on_in_comment 'a line that goes on in the next: line 14' \
  $'// \\ \n/*\nasm("nop");\n// */'
hides has_controls 'a control character: line 14' $'// \r asm("nop");'
hides has_letters "'é' outside of comments and strings" 'assert(éR"("); /* )" */'
for word in __asm __asm__; do
  hides "has_$word" "asm: '$word'" "$word(\"nop\");"
done
hides has_incbin "asm: '.incbin'" 'const char* line = ".incbin \"/etc/passwd\"";'
hides has_attribute "another language or linkage: '__attribute'" '' '__attribute((used)) void F();'
hides uses_gnu 'another language or linkage' '' '[[using gnu: used]] void F();'
hides has_pragma "the preprocessor: '_Pragma'" '_Pragma("GCC poison x")'
hides has_directive "the preprocessor: '#embed" '' '#embed "/etc/passwd"'
hides has_digraph "the preprocessor: a digraph: '%:'" '' '%:include "/etc/passwd"'
hides has_digraphs 'the preprocessor: a digraph' '' '<:<:using gnu: used:>:> void F();'
hides has_trigraph 'the preprocessor: a trigraph: line 9' '' '??=include "/etc/passwd"'
hides includes_system 'includes /etc/passwd' '' '#include "/etc/passwd"'
hides includes_above 'includes ../../bench/io/file.h' '' '#include "../../bench/io/file.h"'
hides includes_after_comment "the preprocessor: '#include" '' '/* */ #include "/etc/passwd"'
hides includes_by_halves "the preprocessor: '# include" '' '#/* */include "/etc/passwd"'
hides includes_a_macro "the preprocessor: '#include __FILE__'" '' '#include __FILE__'

folder is_long ''
yes '// a line' | head -n 200 >>plugins/is_long/is_long.h || true
! submit is_long --read-only-text || fail "a header of 200 lines is accepted"
folder has_link ''
ln -s /etc/passwd plugins/has_link/more.h
! submit has_link --read-only-text || fail "a link is accepted"
folder is_endless ''
ln -s /dev/zero plugins/is_endless/more.h
timeout 60 python3 "$source/tests/submission_lint.py" plugins/is_endless >found && code=0 || code=$?
[ $code = 1 ] || fail "a link to a file without end: $code"
folder has_folder ''
mkdir plugins/has_folder/below && touch plugins/has_folder/below/more.cc
! submit has_folder --read-only-text || fail "a folder in a folder is accepted"
folder has_script ''
echo 'file(REMOVE_RECURSE /)' >plugins/has_script/CMakeLists.txt
! submit has_script --read-only-text || fail "a CMakeLists.txt is accepted"

# What is in the tree passes: nobody is asked for more than those who are there.
find "$source/attacks" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | grep -vx none >names
for plugin in "$source"/attacks/* "$source"/methods/*/*; do
  python3 "$source/tests/submission_lint.py" "$plugin" --names names || fail "refuses $plugin"
done

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
calls 'state that may change: dfkd::sly::seen' \
  'namespace dfkd::sly { int seen = 1; int f() { return ++seen; } }'
calls 'state that may change: dfkd::sly::f()::calls' \
  'namespace dfkd::sly { int f() { static int calls; return ++calls; } }'
calls 'state that may change: (anonymous namespace)::seen' 'namespace { int seen; }
int f() { return ++seen; }'
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

cat >object/sly/sly.cc <<'CPP'
#include <iostream>
#include <string>
#include <typeinfo>
namespace dfkd {
// as bench/core keeps the declared options
template <class T> int* TableOf() { static int table; return &table; }
namespace sly {
struct Options { virtual ~Options() = default; };
const std::string kName = "made when the program starts";
int* Table() { return TableOf<Options>(); }
const char* Named(const Options& options) { return typeid(options).name(); }
}  // namespace sly
}  // namespace dfkd
CPP
g++ -std=c++20 -c object/sly/sly.cc -o sly.o
python3 "$source/tests/submission_lint.py" object/sly --object sly.o ||
  fail "refuses what is no state of the plugin"

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
  code=0
  boxed --seconds 1 -- sleep 60 || code=$?
  [ $code = 124 ] || fail "a command without end ends with $code"
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
    "quick": "not made"}, made
assert {row["defense"] for row in report["toy"]} == {"none", "abd", "honest"}, report["toy"]
PY
[ -n "${DFKD_LONG:-}" ] || exit 0

folder takes_memory 'std::vector<at::Tensor> all; for (;;) all.push_back(at::empty({1 << 28}));' \
  '' '#include <vector>'
! submit takes_memory --build "$build" || fail "memory without end is accepted"
grep -Eq '^\| (conforms|holds|runs) \| FAILED' out/takes_memory/report.md ||
  fail "$(cat out/takes_memory/report.md)"
folder writes_teacher 'at::Tensor logits = batch.teacher_logits; logits.zero_();'
! submit writes_teacher --build "$build" ||
  fail "a defence that writes what it was lent is accepted"
