#include "leaderboard/pages/templates.h"

#include <ctemplate/per_expand_data.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary_interface.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "leaderboard/pages/values.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;
using ctemplate::TemplateString;

constexpr auto kStrip = ctemplate::STRIP_BLANK_LINES;
constexpr int kDeepest = 64;  // sections and includes inside one another
constexpr uint64_t kLargest = 1 << 20;
constexpr std::string_view kDrawing = "_svg", kOpposite = "no_";

using Texts = std::map<std::string, std::string>;  // templates by name

// --- reading a template

bool IsName(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == text.npos;
}

Error Wrong(const std::string& name, std::string_view text, size_t at, const std::string& what) {
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return MakeError("{}.tpl, line {}: {}", name, line, what);
}

// What ctemplate would understand beyond the five tags below (modifiers, pragmas, other
// delimiters) is refused: it could switch escaping off.
constexpr char kTags[] =
    "none of {{name}}, {{#name}}, {{/name}}, {{>template}}, {{! comment}}; a name is made of a-z, "
    "0-9 and _";

// The text as ctemplate takes it: with escaping, from which drawings are exempt.
std::string Checked(const std::string& name, const Texts& texts) {
  std::string_view text = texts.at(name);
  if (text.ends_with('\n')) text.remove_suffix(1);  // so that an include may stand in a line
  std::string checked = "{{%AUTOESCAPE context=\"HTML\"}}";
  std::vector<std::string_view> open;
  size_t done = 0;
  for (auto at = text.find("{{"); at != text.npos; at = text.find("{{", done)) {
    const auto end = text.find("}}", at);
    if (end == text.npos) throw Wrong(name, text, at, "{{ without }}");
    checked += text.substr(done, at - done);
    done = end + 2;
    auto tag = text.substr(at + 2, end - at - 2);
    if (tag.starts_with('!')) continue;
    const char kind = tag.empty() ? ' ' : tag[0];
    if (kind == '#' || kind == '/' || kind == '>') tag.remove_prefix(1);
    if (!IsName(tag)) {
      throw Wrong(name, text, at, std::string(text.substr(at, done - at)) + " is " + kTags);
    }
    if (kind == '>' && !texts.contains(std::string(tag))) {
      throw Wrong(name, text, at, fmt::format("there is no {}.tpl", tag));
    }
    if (kind == '#') open.push_back(tag);
    if (kind == '/') {
      const auto last = open.empty() ? "" : open.back();
      if (last != tag) {
        throw Wrong(name, text, at, fmt::format("/{} closes '{}'", tag, last));
      }
      open.pop_back();
    }
    const bool drawing = kind != '#' && kind != '/' && kind != '>' && tag.ends_with(kDrawing);
    checked.append(text.substr(at, end - at)).append(drawing ? ":none}}" : "}}");
  }
  if (!open.empty()) {
    throw Wrong(name, text, text.size(), fmt::format("#{} is not closed", open.back()));
  }
  return checked.append(text.substr(done));
}

// --- filling it

// What went wrong first, because exceptions must not pass through ctemplate; and what it reads by
// pointer: texts that had to be changed, names of templates.
struct Filling {
  std::string error;
  std::deque<std::string> texts;
  std::set<std::string, std::less<>> names;

  const std::string& Name(std::string_view name) {
    const auto found = names.find(name);
    return found != names.end() ? *found : *names.emplace(name).first;
  }
};

// One object of the data, and those around it, as the template of that name sees them.
class Data final : public ctemplate::TemplateDictionaryInterface {
 public:
  Data(const Json& object, const Data* around, const std::string& name, Filling& filling)
      : object_(object), around_(around), name_(name), filling_(filling) {}

 protected:
  TemplateString GetValue(const TemplateString& variable) const override {
    const std::string name(variable.data(), variable.size());
    const Json* value = Find(name);
    if (!value || value->is_null()) return "";
    const bool drawing = name.ends_with(kDrawing);
    if (drawing && value->is_binary()) {
      const auto& bytes = value->get_binary();
      return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    if (!drawing && value->is_number_integer()) return filling_.texts.emplace_back(value->dump());
    if (drawing || !value->is_string()) {
      Fail(fmt::format("variable '{}' is not a {}", name, drawing ? "drawing" : "text"));
      return "";
    }
    const auto& text = value->get_ref<const std::string&>();
    // Plain ASCII, which is nearly all, is not copied.
    const bool plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
    return plain ? TemplateString(text) : filling_.texts.emplace_back(site::Shielded(text));
  }

  bool IsHiddenSection(const TemplateString& section) const override {
    const std::string name(section.data(), section.size());
    return name.starts_with(kOpposite) ? IsSomething(Find(name.substr(kOpposite.size())))
                                       : !IsSomething(Find(name));
  }
  bool IsUnhiddenSection(const TemplateString& section) const override {
    return !IsHiddenSection(section);
  }

  Iterator* CreateSectionIterator(const TemplateString& section) const override {
    const std::string name(section.data(), section.size());
    const Json* value = name.starts_with(kOpposite) ? nullptr : Find(name);
    return new Items(value && value->is_structured() ? value : nullptr, this, name_, filling_);
  }

  bool IsHiddenTemplate(const TemplateString&) const override {
    int depth = 0;
    for (const auto* data = this; data; data = data->around_) ++depth;
    if (depth < kDeepest) return false;
    Fail("it includes itself");
    return true;
  }
  const char* GetIncludeTemplateName(const TemplateString& name, int) const override {
    return filling_.Name({name.data(), name.size()}).c_str();
  }
  Iterator* CreateTemplateIterator(const TemplateString& name) const override {
    return new Items(&object_, this, filling_.Name({name.data(), name.size()}), filling_);
  }

  void DumpToString(std::string*, int) const override {}

 private:
  // An object is one item, the objects of an array are many.
  class Items final : public Iterator {
   public:
    Items(const Json* value, const Data* around, const std::string& name, Filling& filling)
        : value_(value), around_(around), name_(name), filling_(filling) {
      if (value) count_ = value->is_array() ? value->size() : 1;
    }
    bool HasNext() const override { return next_ < count_; }
    const TemplateDictionaryInterface& Next() override {
      item_ = std::make_unique<Data>(value_->is_array() ? (*value_)[next_] : *value_, around_,
                                     name_, filling_);
      ++next_;
      return *item_;
    }

   private:
    const Json* value_;
    const Data* around_;
    const std::string& name_;
    Filling& filling_;
    size_t next_ = 0, count_ = 0;
    std::unique_ptr<Data> item_;
  };

  const Json* Find(const std::string& name) const {
    for (const auto* data = this; data; data = data->around_) {
      const auto found = data->object_.find(name);
      if (found != data->object_.end()) return &*found;
    }
    Fail(fmt::format("there is no variable '{}' here", name));
    return nullptr;
  }

  static bool IsSomething(const Json* value) {
    if (!value || value->is_null() || *value == false) return false;
    if (value->is_string()) return !value->get_ref<const std::string&>().empty();
    return !value->is_structured() || !value->empty();
  }

  void Fail(const std::string& what) const {
    if (filling_.error.empty()) filling_.error = name_ + ".tpl: " + what;
  }

  const Json& object_;
  const Data* around_;
  const std::string& name_;
  Filling& filling_;
};

}  // namespace

Templates::Templates() {
  Texts texts;
  for (const auto& name : TemplateFiles().Stems()) texts[name] = TemplateFiles().At(name + ".tpl");
  Load(texts);
}

Templates::Templates(const fs::path& folder) {
  Texts texts;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".tpl") continue;
      texts[entry.path().stem().string()] = ReadBytes(entry.path(), kLargest);
    }
  }
  if (texts.empty()) throw MakeError("{}: no templates (*.tpl) in this folder", folder.string());
  for (const auto& name : TemplateFiles().Stems()) {
    texts.try_emplace(name, TemplateFiles().At(name + ".tpl"));
  }
  Load(texts);
}

Templates::~Templates() = default;
Templates::Templates(Templates&&) noexcept = default;

void Templates::Load(const Texts& texts) {
  cache_ = std::make_unique<ctemplate::TemplateCache>();
  for (const auto& [name, text] : texts) {
    if (!cache_->StringToTemplateCache(name, Checked(name, texts), kStrip)) {
      throw MakeError("{}.tpl: not HTML that ctemplate can follow", name);
    }
  }
  cache_->Freeze();
}

std::string Templates::Render(const std::string& page, const Json& data) const {
  Filling filling;
  std::string text;
  ctemplate::PerExpandData unused;
  const Data root(data, nullptr, page, filling);
  const bool expanded = cache_->ExpandNoLoad(page, kStrip, &root, &unused, &text);
  if (!filling.error.empty()) throw Error(filling.error);
  if (!expanded) throw MakeError("there is no {}.tpl", page);
  return text;
}

}  // namespace dfkd
