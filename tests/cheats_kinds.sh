# To be sourced by cheats_text.sh: what reaches around the interface, one or more of each kind of
# submission_reach.py, and tables whose entries are no numbers.

# Memory that nobody lent.
memory='memory behind a tensor'
hides reads_storage "$memory: '.storage'" 'const auto all = batch.images.storage();'
hides reads_before "arithmetic on an address: 'p[-'" \
  'const auto* p = batch.images.data_ptr<float>(); const float x = p[-4096];'
hides reads_strided "$memory: 'as_strided'" 'return batch.images.as_strided({9999}, {1}, 0);'
hides writes_uncounted "$memory: 'variable_data'" 'batch.images.variable_data().zero_();'
hides writes_data "$memory: 'data()'" 'batch.images.data().zero_();'
hides swaps_storage "$memory: '.set_('" 'at::Tensor x = batch.images; x.set_(at::zeros({1}));'
hides swaps_data "$memory: 'set_data'" 'batch.images.set_data(at::zeros({1}));'
hides takes_bytes "$memory: 'data_ptr('" 'const auto p = batch.images.data_ptr();'
hides takes_const_bytes "$memory: 'mutable_data_ptr'" \
  'batch.images.mutable_data_ptr<float>()[0] = 1;'
hides reads_elements "$memory: 'accessor'" 'auto a = batch.images.accessor<float, 4>();'
hides reads_blob "$memory: 'from_blob'" 'const auto x = at::from_blob(that, {9});'
made='a pointer made of something else'
hides casts_bits "$made: 'bit_cast'" 'auto* p = std::bit_cast<const float*>(uint64_t{4096});'
hides has_union "$made: 'union'" '' 'union Either { uint64_t number; const float* where; };'
hides copies_bytes "$made: 'memcpy'" 'const float* p; uint64_t n = 9; std::memcpy(&p, &n, 8);'
hides goes_over_void "$made: 'void*'" 'auto* p = static_cast<float*>(static_cast<void*>(this));'
hides adds_pointer "$made: 'add_pointer_t'" 'auto p = std::add_pointer_t<float>(n);'
hides names_no_type "$made: 'decltype'" 'auto p = decltype(q)(n);'
hides puts_anew "$made: 'new'" 'new (where) int64_t(3);'
hides reads_stack "memory that nobody wrote: 'float before[4096];'" 'float before[4096];'
hides reads_heap "$made: 'make_unique_for_overwrite'" \
  'const auto before = std::make_unique_for_overwrite<float[]>(4096);'
cast='a cast to a pointer or reference'
hides casts_two_words "$cast: '(unsigned long*)n'" 'auto* p = (unsigned long*)n;'
hides casts_to_constant "$cast: '(float* const)n'" 'auto* p = (float* const)n;'
hides casts_to_function "$cast: '(*)'" 'auto* f = (int (*)(int))n;'
hides casts_to_array "$cast: '(&)'" 'auto& all = (float (&)[9999])first;'
hides casts_down "$cast: 'static_cast<const Recorder&'" \
  'const auto& all = static_cast<const Recorder&>(progress);'
hides casts_by_alias "$cast: 'using Where = float*'" '' 'using Where = float* const;'
address='arithmetic on an address'
hides indexes_address "$address: '(&batch)['" 'const auto& before = (&batch)[9];'
hides adds_to_address "$address: '= &batch +'" 'const auto* next = &batch + 1;'
hides walks_from_this "$address: 'this +'" 'const auto* next = this + 1;'
hides walks_before "$address: 'begin() -'" 'const auto x = *(all.begin() - 100);'
hides reads_buffers "memory behind a stream: 'streambuf'" '' \
  'struct Reads : std::streambuf { int underflow() override { return *gptr(); } };'
hides spans_more "$address: 'span<const float> all(&'" 'const std::span<const float> all(&x, 9999);'

# What is private, or behind the interface.
private='private members of others'
hides robs_by_friend "$private: 'friend'" '' \
  'template <auto M> struct Rob { friend auto& Of(Classifier& c) { return c.*M; } };'
hides robs_by_instance "$private: 'template s'" '' 'template struct Rob<&Classifier::network_>;'
hides robs_by_special "$private: '<> struct Rob<&Classifier::network_'" '' \
  'template <> struct Rob<&Classifier::network_> {};'
interface='what is behind the interface'
hides finds_others "$interface: 'Registry'" '' 'using All = Registry;'
hides adds_another "$interface: 'Register<'" 'Register<Part>(DefenseCard<NoOptions>{});'
hides reads_options "$interface: 'TableOf'" 'const auto& table = TableOf<NoOptions>();'
torch='hooks of LibTorch'
hides hooks_gradients "$torch: 'register_hook'" \
  'batch.images.register_hook([](const at::Tensor& g) { return g * 0; });'
hides leaves_gradients "$torch: 'set_enabled'" 'at::GradMode::set_enabled(false);'
hides keeps_guard "$torch: 'NoGradGuard'" 'auto off = std::make_unique<at::NoGradGuard>();'
hides has_foreign_attribute 'an attribute but those of the standard' '' \
  '[[clang::optnone]] inline void F() {}'
hides hides_attribute 'an attribute but those of the standard' '' \
  '[[assume(a[0]), gnu::constructor]] inline void F() {}'
hides opens_namespace "a namespace by another name: 'using namespace'" '' 'using namespace at;'
hides acts_at_the_end "code outside of hooks: '~Late() {'" '' \
  'struct Late { ~Late() { seen.zero_(); } at::Tensor seen; };'
hides deletes_by_lambda 'code outside of hooks' \
  'const std::shared_ptr<int64_t> late(p, [](const auto*) {});'
hides prints "output of its own: 'fmt::print'" 'fmt::print("::error::");'

# A generator of its own, by other words.
own='a generator of its own'
hides reads_constant "numbers made of texts: 'stoull'" 's = std::stoull(text);'
hides writes_constant "a constant in a text: '11400714819323198485'" \
  'const char* text = "11400714819323198485";'
hides renames_generator "$own: 'using Stream = Rng'" '' 'using Stream = Rng;'
hides inherits_generator "$own: ': Rng {'" '' 'struct Stream : Rng { using Rng::Rng; };'
hides holds_generators "$own: '<Rng>'" 'std::vector<Rng> all; all.emplace_back(7);'
hides adds_up_a_seed "$own: 'Rng r(7'" 'Rng r(7 + 0);'
hides pretends_to_fork "$own: 'Rng r(0 * rng_.Next() + seed)'" 'Rng r(0 * rng_.Next() + seed);'
hides makes_member "$own: 'stream_(7'" '' \
  'struct Mine { Mine() : stream_(7) {} Rng stream_; };'
hides makes_by_template 'what a template makes of a number' '' \
  'template <class T> T Made(const T&, uint64_t n) { return T(n); }'
hides uses_other_generator "$own: 'minstd_rand'" 'std::minstd_rand again(7);'
hides mixes "integers mixed as a generator or a hash does: '^'" 's = (s ^ (s >> 30)) * factor;'
hides shifts "integers mixed as a generator or a hash does: 's >> 3'" 's += s >> 30;'
hides hashes "integers mixed as a generator or a hash does: 'std::hash'" \
  'const auto seen = std::hash<std::string>()(text);'
hides multiplies "a constant as generators and hashes have: '6364136223846793005ULL'" \
  's = s * 6364136223846793005ULL + 1;'

# Tables whose entries are no numbers.
repeat() { local i; for ((i = 0; i < $1; i++)); do printf '%s' "$2"; done; }
hides lists_names 'a table: 400 items in one list; at most 40' '' \
  "constexpr int a = 0, b = 1; constexpr int kSeen[] = {$(repeat 199 'a, b, ')a, b};"
hides lists_words 'a table: 60 items in one list' '' \
  "enum Seen { $(for a in a b c d e f; do for b in {0..9}; do echo "k$a$b,"; done; done) };"
hides says_again 'a table: one shape 50 times in a row; at most 24' "$(repeat 50 $'Add(a);\n')"
hides counts_by_signs 'a table: one shape 99 times in a row' "return $(repeat 99 '-~')rows;"
hides writes_blanks 'a table: 9 blanks in a row' 'const char* seen = "a         b  c";'
hides writes_tabs 'a table: 1 blanks in a row, tabs' $'const char* seen = "a\tb";'
hides writes_lines_raw 'a table: 1 blanks in a row, tabs' $'const char* seen = R"(a\nb)";'
hides has_long_line 'columns; at most 120 are allowed' "return $(repeat 30 'rows + ')rows;"
hides is_large 'letters of code; at most 32000' ''
for i in {a..i}; do
  printf 'namespace dfkd::is_large {\n' >plugins/is_large/$i.cc
  for j in {1..90}; do echo "void F$j(const at::Tensor& one, const Many<$i>& other);"
  done >>plugins/is_large/$i.cc
  echo '}' >>plugins/is_large/$i.cc
done
for word in 'typeid(*this).name()' 'std::source_location::current().column()'; do
  what=${word%%(*}
  what=${what#std::} what=${what%%::*}
  hides "asks_$what" "what the compiler knows of it: '$what'" "const auto seen = $word;"
done

hides ends_in_brackets 'code outside of hooks' '' \
  'struct Late { (~Late)() { seen.zero_(); } at::Tensor seen; };'
hides draws_by_concept 'what a template makes of a number' 'Made<Rng>(7);' \
  'template <Any T> T Made(uint64_t n) { return T(n); }'
hides draws_by_cast 'what a template makes of a number' 'Made<Rng>(7);' \
  'template <class T> T Made(uint64_t n) { return static_cast<T>(n); }'

# Files by name, and what is shown to people.
hides names_a_file "the path of a file: '/usr/share/datasets/gtsrb'" '' \
  'inline Json Set() { return ImportedRecipe{.path = "/usr/share/datasets/gtsrb"}.ToJson(); }'
hides goes_above "the path of a file: '../data'" 'const char* where = "../data";'
hides links_oddly "an address but of https: 'ftp://" 'const char* paper = "ftp://example.org/a";'
hides has_markup "no plain text: '<script'" 'const char* name = "<script>alert(1)</script>";'
page() { hides "$1" "README.md: $2" ''; printf '%b' "$3" >"plugins/$1/README.md"; }
page page_turns 'a control character: line 1' '# A \u202e defence\n'
page page_writes_terminal 'a control character: line 2' '# A defence\n\x1b[2J\n'
page page_asks_others "no plain text: '<img'" '<img src="https://example.org/seen.png">\n'
page page_shows_picture "no plain text: '!['" '# A\n\n![](https://example.org/seen.png)\n'

# Honest ones that look like it.
folder looks_around 'std::vector<double> b = {1, 2}; const int64_t k = 4;
    if (rows < k && Many::kBar != 1) return {};
    const auto last = batch.images.slice(0, -1), first = batch.images[0];
    const at::NoGradGuard no_grad; std::ostringstream text; text << 3 << k;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    const TransferBatch* lent = &batch; const double many = rows * k; assert(many + 1 > lent->step);
    const auto none = at::empty({0, 1}); if (batch.images.size(0) == 0) return {}; float x[2] = {};
    const int64_t bits = 1 << 20; const auto x = at::bitwise_and(mask, 3);
    assert(-rows - 1 < ~k);' \
  'struct Many { static constexpr int kBar = 1; [[nodiscard]] int F() const { return 1; } };
struct Held { Held() = default; virtual ~Held() = default; Held(const Held&) = delete; };
[[maybe_unused]] inline int64_t Ten(const std::string& says = "one two / three, 0 < x <= 1") {
  return 10'"'"'000 + static_cast<int64_t>(says.size());
}
template <class T>
inline T Twice(const T& x) { return x + x; }
inline std::vector<std::unique_ptr<Held>> All() { return {}; }
struct Drawn { explicit Drawn(const Rng& rng) : rng_(rng) {} Rng rng_; };'

folder looks_usual 'context.progress.Scalar(name + "/loss", 0.5, round);
    const auto teacher_distribution = logits.softmax(1), barrier = at::clone(logits);
    Rng coin(rng.Fork("lambda", 2 * round + 1)); kept = ~IsOdd(kept); Threshold(5);
    if (rows < 0) throw std::runtime_error("~5 % of the rounds");' \
  'template <std::floating_point T>
inline T Half(const std::vector<T>& all) {
  return std::accumulate(all.begin(), all.end(), T(0)) / T(2);
}
template <class F>
inline void Each(F f) { Full(2), f(); }' \
  '#include <ATen/ATen.h>
#include <concepts>
#include <stdexcept>'
printf '# Usual\r\n\r\nA line<br>and [a link](https://example.org).\r\n' >plugins/looks_usual/README.md

# What somebody has to look at, told from the text.
folder knows_toys 'if (batch.images.size(2) == 16) return {};'
code=0
submit knows_toys --read-only-text || code=$?
[ $code = 3 ] && grep -q '^# .*NEEDS EYES (knows_sizes)$' out/knows_toys/report.md ||
  fail "knows_toys ends with $code: $(cat submit.log)"
folder points 'const auto* p = batch.images.data_ptr<float>(); assert(p[0] < 1);
    if (rows == 0) return at::empty({rows});' \
  'using Set = ImportedRecipe;
constexpr double kLowest = AttackGate{}.lowest_asr;
std::vector<PartRef> Parts(const NoOptions&);' '#include "bench/recipes/transfer_recipe.h"'
sed -i 's/\.active = /.control = true, .why_unfit = Why,\n&/' plugins/points/points.h
folder walks 'const TransferBatch* next = &batch; ++next; assert(next->round > 3);'
python3 "$source/tests/submission_lint.py" plugins/{points,walks,looks_around,looks_usual} --doubts doubts ||
  fail "refuses what somebody has to look at, or what looks like it"
python3 -c 'import json
flags = [doubt["flag"] for doubt in json.load(open("doubts"))]
assert flags == ["raw_memory", "old_memory", "made_of_others", "picks_its_cells", "reads_pictures",
                 "own_gate", "calls_itself_control", "raw_memory"], flags'
