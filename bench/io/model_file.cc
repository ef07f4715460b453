#include "bench/io/model_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/printable.h"

namespace dfkd {
namespace {

// A prefix of a name, or (with a leading dot) a step inside it, and what stands there in our names.
struct Renaming {
  std::string theirs, ours;
};

// A convention is recognised by a name that begins with `mark`; the first that matches holds for
// the whole file. Prefixes are tried in order and the first that fits is taken; steps all apply.
struct Convention {
  const char* mark;
  std::vector<Renaming> renamings;
  // Why networks of this convention are none of ours; null: they may be.
  const char* unlike = nullptr;
};

// VGG of RepDistiller and DataFree: convolution, batch normalisation and ReLU are three places of a
// block. `places`: of the convolutions, {block, place}.
std::vector<Renaming> VggRenamings(const std::vector<std::pair<int, int>>& places) {
  std::vector<Renaming> renamings = {{"classifier.", "fc."}};
  for (size_t i = 0; i < places.size(); ++i) {
    const auto [block, place] = places[i];
    renamings.push_back({fmt::format("block{}.{}.", block, place), fmt::format("conv{}.", i + 1)});
    renamings.push_back(
        {fmt::format("block{}.{}.", block, place + 1), fmt::format("bn{}.", i + 1)});
  }
  return renamings;
}

const std::vector<Convention>& Conventions() {
  static const std::vector<Convention> conventions = {
      // VGG-11, then VGG-8.
      {"block2.3.", VggRenamings({{0, 0}, {1, 0}, {2, 0}, {2, 3}, {3, 0}, {3, 3}, {4, 0}, {4, 3}})},
      {"block4.", VggRenamings({{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}})},
      // MobileNetV2 of RepDistiller: blocks.<group>.<block>.conv.<place>.
      {"blocks.",
       {{"blocks.0.", "group1."},
        {"blocks.1.", "group2."},
        {"blocks.2.", "group3."},
        {"blocks.3.", "group4."},
        {"blocks.4.", "group5."},
        {"blocks.5.", "group6."},
        {"blocks.6.", "group7."},
        {"conv1.0.", "stem."},
        {"conv1.1.", "stem_bn."},
        {"conv2.0.", "last."},
        {"conv2.1.", "last_bn."},
        {"classifier.0.", "fc."},
        {".conv.0.", ".conv1."},
        {".conv.1.", ".bn1."},
        {".conv.3.", ".conv2."},
        {".conv.4.", ".bn2."},
        {".conv.6.", ".conv3."},
        {".conv.7.", ".bn3."}}},
      // WRN of ABD, RepDistiller and xternalz: block1.layer.0.bn1, convShortcut, conv1, bn1, fc.
      {"block1.",
       {{"block1.layer.", "group1."},
        {"block2.layer.", "group2."},
        {"block3.layer.", "group3."},
        {"block1.", "group1."},
        {"block2.", "group2."},
        {"block3.", "group3."},
        {"conv1.", "stem."},
        {"bn1.", "bn."},
        {".convShortcut.", ".shortcut."}}},
      // ResNet for CIFAR as it is passed around, and torchvision's: layer1.0.conv1, shortcut.0 or
      // downsample.0, linear or fc.
      {"layer1.",
       {{"layer1.", "group1."},
        {"layer2.", "group2."},
        {"layer3.", "group3."},
        {"layer4.", "group4."},
        {"conv1.", "stem."},
        {"bn1.", "stem_bn."},
        {"linear.", "fc."},
        {".shortcut.0.", ".shortcut."},
        {".shortcut.1.", ".shortcut_bn."},
        {".downsample.0.", ".shortcut."},
        {".downsample.1.", ".shortcut_bn."}}},
      {"features.",
       {},
       "names with 'features.' are those of a VGG of torchvision or pytorch-cifar, which takes the "
       "maximum after the fourth and the fifth block, too: vgg-11-bn has its shapes, but computes "
       "something else"}};
  return conventions;
}

// What torch.nn.DataParallel and torch.compile put before every name, perhaps one around the other.
constexpr std::string_view kWrappers[] = {"module.", "_orig_mod."};

std::string WithoutWrappers(std::string_view name) {
  for (bool again = true; again;) {
    again = false;
    for (const auto wrapper : kWrappers) {
      if (!name.starts_with(wrapper)) continue;
      name.remove_prefix(wrapper.size());
      again = true;
    }
  }
  return std::string(name);
}

// "model." if all names begin so; "" if they have no first step in common.
std::string CommonStep(const TensorMap& file) {
  if (file.empty()) return "";
  const auto& first = file.begin()->first;
  const auto step = first.substr(0, first.find('.') + 1);
  const bool common = std::all_of(file.begin(), file.end(),
                                  [&](const auto& entry) { return entry.first.starts_with(step); });
  return common ? step : "";
}

const Convention* ConventionOf(const std::vector<std::string>& names) {
  for (const auto& convention : Conventions()) {
    const bool marked = std::any_of(names.begin(), names.end(), [&](const auto& name) {
      return WithoutWrappers(name).starts_with(convention.mark);
    });
    if (marked) return &convention;
  }
  return nullptr;
}

std::string Renamed(std::string name, const Convention& convention) {
  bool begun = false;
  for (const auto& [theirs, ours] : convention.renamings) {
    if (theirs.starts_with('.')) {
      if (const auto at = name.find(theirs); at != name.npos) name.replace(at, theirs.size(), ours);
    } else if (!begun && name.starts_with(theirs)) {
      name.replace(0, theirs.size(), ours);
      begun = true;
    }
  }
  return name;
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// What of a stranger's file goes into a message.
std::string Shown(const std::string& name) {
  constexpr size_t kLongest = 100;
  return Printable(name.substr(0, kLongest)) + (name.size() > kLongest ? "…" : "");
}

// Whether a tensor is called as what a network that normalises its inputs itself keeps for that.
bool IsNormalisation(const std::string& name) {
  static const std::set<std::string> known = {"mean", "mu", "sigma", "std"};
  return known.contains(name.substr(name.rfind('.') + 1));  // npos + 1 is the start
}

std::vector<std::string> NamesOf(const TensorMap& file) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : file) names.push_back(name);
  return names;
}

// Of a network of the wrong kind nothing fits: more lines than these tell nothing more.
constexpr size_t kMostTold = 10;

class Fitting {
 public:
  Fitting(const TensorMap& file, const std::vector<ModelTensor>& expected) : file_(file) {
    for (const auto& [theirs, ours] : OurNames(NamesOf(file))) {
      const auto [known, added] = theirs_.try_emplace(ours, theirs);
      if (!added) Add("'{}' and '{}' are both {}", Shown(known->second), Shown(theirs), ours);
    }
    for (const auto& tensor : expected) Fit(tensor);
    auto unfit = std::exchange(problems_, {});
    AddLeftOvers();
    problems_.insert(problems_.end(), unfit.begin(), unfit.end());
  }

  const std::map<std::string, std::string>& fitted() const { return fitted_; }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  template <class... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void Fit(const ModelTensor& tensor) {
    const auto found = theirs_.find(tensor.name);
    if (found == theirs_.end()) {
      if (!tensor.counter)
        Add("'{}' is missing; expected with shape {}", tensor.name, ShapeText(tensor.shape));
      return;
    }
    fitted_[tensor.name] = found->second;
    const auto& given = file_.at(found->second);
    const auto name = Shown(found->second);
    if (given.shape != tensor.shape) {
      Add("'{}' has shape {}; expected {}{}", name, ShapeText(given.shape), ShapeText(tensor.shape),
          As(tensor.name, found->second));
    }
    static const std::set<std::string> numbers = {"F32", "F16", "BF16", "F64"},
                                       counters = {"I64", "I32"};
    if (tensor.counter && numbers.contains(given.dtype)) {  // of `half()` on all values
      fitted_.erase(tensor.name);
      unread_.insert(tensor.name);
      return;
    }
    const auto& allowed = tensor.counter ? counters : numbers;
    if (!allowed.contains(given.dtype)) {
      Add("'{}' is {}; expected one of {}", name, given.dtype, fmt::join(allowed, ", "));
    }
  }

  static std::string As(const std::string& ours, const std::string& theirs) {
    return ours == theirs ? "" : fmt::format(" (it is read as {})", ours);
  }

  // What belongs to nothing, told before what is missing: of a file with other names, few lines
  // name its own tensors otherwise. What has a remedy comes first.
  void AddLeftOvers() {
    for (const bool hinted : {true, false}) {
      for (const auto& [ours, theirs] : theirs_) {
        const bool left = !fitted_.contains(ours) && !unread_.contains(ours);
        if (left && IsNormalisation(theirs) == hinted) AddLeftOver(ours, theirs, hinted);
      }
    }
  }

  void AddLeftOver(const std::string& ours, const std::string& theirs, bool hinted) {
    const auto* hint = hinted ? "; if the network normalises with it, leave it out and give its "
                                "values as --mean and --std"
                              : "";
    Add("'{}' of shape {} belongs to nothing in this network{}{}", Shown(theirs),
        ShapeText(file_.at(theirs).shape), As(Shown(ours), Shown(theirs)), hint);
  }

  const TensorMap& file_;
  std::map<std::string, std::string> theirs_, fitted_;  // by our names
  std::set<std::string> unread_;                        // by our names
  std::vector<std::string> problems_;
};

// Takes the tensors away with which a network may normalise; returns their names.
std::vector<std::string> TakeNormalisation(TensorMap& file) {
  std::vector<std::string> taken;
  for (auto at = file.begin(); at != file.end();) {
    if (IsNormalisation(at->first)) taken.push_back(at->first);
    at = IsNormalisation(at->first) ? file.erase(at) : std::next(at);
  }
  return taken;
}

// What stands before all names and must go, so that some of them are known; "" if nothing does.
std::string HidingPrefix(TensorMap file, const std::vector<ModelTensor>& expected,
                         const Fitting& as_it_is) {
  if (!as_it_is.fitted().empty()) return "";
  constexpr size_t kMostSteps = 8;  // a stranger's names may have as many as they like
  std::string prefix;
  for (size_t i = 0; i < kMostSteps; ++i) {
    const auto step = CommonStep(file);
    if (step.empty()) return "";
    TensorMap shorter;
    for (auto& [name, tensor] : file) shorter[name.substr(step.size())] = std::move(tensor);
    file = std::move(shorter);
    prefix += step;
    if (!Fitting(file, expected).fitted().empty()) return prefix;
  }
  return "";
}

// "; 'mean' and 'std' …", if there are any.
std::string OfNormalisation(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::vector<std::string> quoted;
  for (const auto& name : names) {
    if (quoted.size() < kMostTold) quoted.push_back("'" + Shown(name) + "'");
  }
  return fmt::format(
      "; the network seems to normalise with {}: leave them out and give their values as --mean "
      "and --std",
      fmt::join(quoted, ", "));
}

void RequireKnownNetwork(const TensorMap& file, const std::string& origin) {
  const auto* convention = ConventionOf(NamesOf(file));
  if (convention == nullptr || convention->unlike == nullptr) return;
  throw MakeError("{}: {}", origin, convention->unlike);
}

}  // namespace

std::map<std::string, std::string> OurNames(const std::vector<std::string>& theirs) {
  const auto* convention = ConventionOf(theirs);
  std::map<std::string, std::string> ours;
  for (const auto& name : theirs) {
    const auto plain = WithoutWrappers(name);
    ours[name] = convention ? Renamed(plain, *convention) : plain;
  }
  return ours;
}

std::map<std::string, std::string> FitModel(const TensorMap& file,
                                            const std::vector<ModelTensor>& expected,
                                            const std::string& origin) {
  RequireKnownNetwork(file, origin);
  const Fitting fitting(file, expected);
  const auto& problems = fitting.problems();
  if (problems.empty()) return fitting.fitted();
  auto others = file;
  const auto aside = TakeNormalisation(others);
  if (const auto prefix = HidingPrefix(others, expected, fitting); !prefix.empty()) {
    throw MakeError("{}: {} tensors do not fit: all its {}names begin with '{}'; take that away{}",
                    origin, problems.size(), aside.empty() ? "" : "other ", Shown(prefix),
                    OfNormalisation(aside));
  }
  const auto shown = std::min(problems.size(), kMostTold);
  auto text = fmt::format("{}: {} tensors do not fit:\n  {}", origin, problems.size(),
                          fmt::join(problems.begin(), problems.begin() + shown, "\n  "));
  if (problems.size() > shown) text += fmt::format("\n  and {} more", problems.size() - shown);
  throw Error(text);
}

}  // namespace dfkd
