# To be sourced by cheats.sh: folders whose text is refused, and what is not.

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
hidden=()
hides() {  # as cheats, of which only the text is read, of all at the end: no report
  local name=$1 part=$2
  shift 2
  folder "$name" "$@"
  hidden+=("$name" "$part" "plugins/$name")
}
hides_among_defenses() {
  hides "$@"
  mkdir -p methods/defenses
  mv "plugins/$1" methods/defenses/
  hidden[-1]=methods/defenses/$1
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

# State that a plugin leaves behind in what is const, and variables of every other kind.
state='static state that may change'
holds='struct State { int64_t calls = 0; };'
hides keeps_mutable "what is const: 'mutable'" '' 'struct State { mutable int seen = 0; };'
hides keeps_pointer "$state: 'inline const std::unique_ptr < State > kState" '' \
  "$holds inline const std::unique_ptr<State> kState = std::make_unique<State>();"
hides keeps_in_namespace "$state: 'const std::unique_ptr < State > kState" '' \
  "$holds namespace { const std::unique_ptr<State> kState(new State); }"
hides keeps_local_pointer "$state: 'static const auto state" \
  'static const auto state = std::make_shared<int64_t>(0); ++*state;'
hides keeps_const_first "$state: 'const static std::unique_ptr" \
  'const static std::unique_ptr<int64_t> state(new int64_t);'
hides keeps_a_tensor "$state: 'const at::Tensor kSeen" '' 'const at::Tensor kSeen = at::zeros({1});'
hides keeps_initialised "$state: 'constinit int64_t seen" '' 'constinit int64_t seen = 0;'
hides keeps_plainly "$state: 'int64_t seen" '' 'int64_t seen;'
hides keeps_in_braces "$state: 'int64_t seen" '' 'int64_t seen{3};'
hides keeps_with_class "$state: 'struct {} seen" '' 'struct { int64_t calls; } seen;'
hides keeps_of_class "$state: 'State seen" '' "$holds State seen;"
hides keeps_by_class "$state: 'struct State seen" '' "$holds struct State seen;"
hides keeps_as_member "$state: 'static inline int64_t seen" '' \
  'struct Keeps { static inline int64_t seen = 0; int64_t other; };'
hides keeps_by_type "$state: 'inline int64_t seen" '' 'template <class T> inline int64_t seen = 0;'
hides keeps_a_function "$state: 'const std::function < int" '' \
  'const std::function<int()> kCount = [n = std::make_shared<int>()] { return ++*n; };'
hides keeps_in_lambda "$state: 'static int n" '' \
  'inline int Count() { return [] { static int n = 0; return ++n; }(); }'
hides casts_const_away "a cast to a pointer or reference: '(int64_t&)k" '' \
  'inline const int64_t kSeen = 1; inline void Count() { ++(int64_t&)kSeen; }'
hides casts_by_name "a cast to a pointer or reference: 'using Free = int64_t&;'" '' \
  'using Free = int64_t&; inline void Count() { ++Free(kSeen); }'

# State that the standard library keeps for everybody.
process='state of the process'
hides counts_up "$process: 'xalloc'" 'if (std::ios_base::xalloc() > 4) return {};'
hides leaves_in_streams "$process: 'sync_with_stdio'" 'std::ios_base::sync_with_stdio(false);'
hides leaves_in_output "$process: 'wcout'" 'std::wcout.width(9);'
hides leaves_in_locale "$process: 'locale::global'" 'std::locale::global(std::locale::classic());'
hides leaves_in_catalogs "$process: 'messages<'" 'using Catalogs = std::messages<char>;'
for word in setlocale localeconv set_new_handler get_terminate at_quick_exit fesetround fesetenv \
  feupdateenv feraiseexcept feclearexcept fetestexcept errno strtok strerror tzset signgam cerr \
  clog; do
  hides "calls_$word" "$process: '$word'" "auto* const seen = &std::$word;"
done
hides raises_a_signal "the environment: 'signal'" 'std::signal(10, nullptr);'
hides sets_environment "the environment: 'setenv'" 'const auto set = setenv;'
hides seeds_for_all "the global generator: 'srand'" 'std::srand(7);'

# Tables by which images, teachers or seeds would be known again.
numbers() { seq -s , "$1" "$2"; }
hides has_table 'a table: 40 numbers or texts in one list' '' \
  "constexpr std::array<int, 40> kSeen = {$(numbers 1 40)};"
hides has_nested_table 'a table: 40 numbers or texts in one list' '' \
  "constexpr int kSeen[2][20] = {{$(numbers 1 20)}, {$(numbers 21 40)}};"
hides has_hashes 'a table: 5 numbers of six digits or more' '' \
  "$(for i in 1 2 3 4 5; do echo "constexpr uint64_t k$i = 0x9e3779b97f4a7c1$i;"; done)"
hides has_bits 'a table: 5 numbers of six digits or more' '' \
  "$(for i in 1 2 3 4 5; do echo "constexpr uint64_t k$i = 0b1101'0110'1011'1001'0111'01;"; done)"
hides has_long_text 'a table: a text of more than 500 letters' \
  "const char* seen = \"$(printf 'qXzkwPv %.0s' {1..80})\";"
hides has_texts 'letters in texts or more; at most 5000' \
  "$(for i in {1..20}; do echo "text = \"$(printf 'qXzkwPv %.0s' {1..40})\";"; done)"
hides has_characters 'numbers and characters or more; at most 250' \
  "switch (rows) { $(printf "case 'q': %.0s" {1..260}) default: break; }"
hides has_wide_characters "several letters in one character: 'qXzk'" "const int seen = 'qXzk';"
hides has_cases 'numbers of three digits or more' \
  "switch (rows) { $(for i in $(seq 100 170); do echo "case $i:"; done) default: break; }"
hides has_code_in_text 'a table: a word of 80 letters' \
  "const char* seen = \"$(printf 'qXzk%.0s' {1..20})\";"
hides has_digits_in_text 'a table: a text with more than 24 digits' \
  "const char* seen = \"$(seq -s ' ' 10 30)\";"

# Knowing the trigger, the network or other streams without their names.
hides draws_again "a generator of its own: 'Rng(7'" 'Rng again = Rng(7).Fork("poison");'
hides draws_by_seed "a generator of its own: 'Rng again(7)'" 'Rng again(7);'
hides draws_by_name "a generator of its own: 'Rng again(seed)'" \
  'const uint64_t seed = 7; Rng again(seed);'
hides draws_optionally 'a generator of its own' 'std::optional<Rng> again(std::in_place, 7);'
hides registers_twice 'registers 2 plugins instead of one' '' \
  'struct Q : Defense {}; DFKD_REGISTER(Q, DefenseCard<NoOptions>{.name = "other"});'
hides knows_network "asks for 'vgg-s-8'" 'if (std::string("vgg-s-8") == "x") return {};'
hides_among_defenses makes_triggers 'includes bench/recipes/static_attack.h' '' '' \
  '#include "bench/recipes/static_attack.h"'

# Other ways to be taken for another, and to make people or programs wait.
hides std "dfkd::std would be taken for another name" ''
hides operation "dfkd::operation would be taken for another name" ''
hides sv "'sv' is another plugin's entry in" ''
hides has_data 'data.json: the only JSON allowed is a matrix, toy.json' ''
echo '{"seen": [1, 2, 3]}' >plugins/has_data/data.json
hides has_other_toy 'toy.json: the only JSON allowed is a matrix, toy.json' ''
echo '[1, 2, 3]' >plugins/has_other_toy/toy.json
hides has_odd_name 'only .cc, .h, .json, .md of plain names are allowed' ''
touch $'plugins/has_odd_name/a\nb.cc'
# The reading ends: not so long ago each of these comments doubled its time.
hides waits_for_comments "asm: 'asm'" \
  "assert(\"a\" $(printf '/**/ %.0s' {1..60}) + x \"b\"); asm(\"nop\");"

. "$source/tests/cheats_kinds.sh"

folders=()
for ((i = 2; i < ${#hidden[@]}; i += 3)); do folders+=("${hidden[i]}"); done
echo badnets_grid >names
timeout 300 python3 "$source/tests/submission_lint.py" "${folders[@]}" --names names >found &&
  code=0 || code=$?
[ $code = 1 ] || fail "the reading of all that hides something ends with $code"
for ((i = 0; i < ${#hidden[@]}; i += 3)); do
  grep -aE "^${hidden[i]}[/:]" found >lines || fail "${hidden[i]}: accepted"
  grep -aqF -- "${hidden[i + 1]}" lines ||
    fail "${hidden[i]}: does not say '${hidden[i + 1]}' but: $(cat lines)"
done

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

# What looks like it and is none of it.
folder looks_alike 'constexpr int64_t kTwo[] = {1, 2}; static constexpr double kHalf = 0.5;
    const auto twice = [](const at::Tensor& x) { return x * 2; };
    Rng mine = rng_.Fork("a"), same = Rng(rng_), third(rng_);
    std::ostringstream text; text.imbue(std::locale::classic()); text.iword(3) = 1;' \
  'inline constexpr int64_t kMany = 3;
const int64_t kCount = 4;
enum class Kind : uint8_t { kOne, kTwo };
struct Later;
template <class T = int>
inline constexpr bool kIs = false;
using Function = std::function<int(const Split&)>;
inline void Drop(std::vector<int>& b) { b.erase(std::remove(b.begin(), b.end(), 1), b.end()); }
inline int F(int a = 3, const std::vector<int>& b = {1, 2}) { return a + b[0]; }
at::Tensor G(const at::Tensor&, int);
Rng Stream(const DefenseContext& context, int64_t round);
struct Base {
  explicit Base(int a) : a_{a}, b_(a) {}
  virtual void Hook(StateVisitor&) {}
  virtual int Pure(const Split&) const = 0;
  Base& operator=(const Base&) = delete;
  static Base Make(int a) { return Base(a); }
  int a_ = 1, b_{2};
};'
# What is in the tree passes, too, and what `dfkd new` writes: nobody is asked for more than those.
find "$source/attacks" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | grep -vx none >names
for place in attack:attacks defense:methods/defenses distiller:methods/distillation dataset:datasets
do
  new=written/${place#*:}/my_one
  mkdir -p "$new"
  sed 's/@NAME@/my_one/g; s/@CLASS@/MyOne/g; s/@PAD@//g' \
    "$source/bench/cli/scaffold/${place%:*}.h.in" >"$new/my_one.h"
  touch "$new/README.md"
done
python3 "$source/tests/submission_lint.py" plugins/looks_alike "$source"/attacks/* \
  "$source"/methods/*/* "$source/datasets/shapes" written/{attacks,datasets,methods/*}/my_one \
  --names names || fail "refuses what is in the tree or like it"
