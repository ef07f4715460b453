// Options and cards of all plugins.
#include "bench/core/detector.h"
#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

std::string MessageOf(const PluginCard& card, const Json& given) {
  try {
    ResolveFor(card, given);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void DefaultsAndPresetsResolve(const PluginCard& card) {
  const Json resolved = ResolveFor(card, Json::object());
  BOOST_TEST(resolved.size() == card.options.size());
  BOOST_TEST(ResolveFor(card, resolved) == resolved);
  BOOST_TEST(ResolveFor(card, Json::parse(Canonical(resolved))) == resolved);
  for (const auto& [name, preset] : card.presets) {
    const Json given = ResolveFor(card, Json::object(), name);
    for (const auto& [option, value] : preset.items()) BOOST_TEST(given.at(option) == value);
  }
}

void EveryOptionIsExplained(const PluginCard& card) {
  BOOST_TEST(!card.summary.empty());
  BOOST_TEST(card.revision >= 1);
  for (const auto& option : card.options) BOOST_TEST(option.doc.size() > 5U, option.name);
}

void UnknownKeysAreNamed(const PluginCard& card) {
  const auto message = MessageOf(card, {{"no_such_option", 1}});
  BOOST_TEST(Contains(message, "'no_such_option'"), message);
  BOOST_TEST(Contains(message, card.name), message);
  for (const auto& option : card.options) BOOST_TEST(Contains(message, option.name), message);
}

void Refuses(const PluginCard& card, const OptionCard& option, const Json& value) {
  const auto message = MessageOf(card, {{option.name, value}});
  BOOST_TEST(Contains(message, option.name + " = " + value.dump()), card.name << ": " << message);
  BOOST_TEST(!Contains(message, "\n"));
}

void ValuesOutOfRangeAreRefused(const PluginCard& card) {
  for (const auto& option : card.options) {
    const auto& limits = option.limits;
    if (!limits.lowest.is_null()) Refuses(card, option, limits.lowest.get<double>() - 1);
    if (!limits.highest.is_null()) Refuses(card, option, limits.highest.get<double>() + 1);
    if (!limits.allowed.empty() && option.type == OptionType::kText) {
      Refuses(card, option, "no such value");
    }
    Refuses(card, option, Json::array());
    Refuses(card, option, nullptr);
    Refuses(card, option, option.type == OptionType::kText ? Json(1) : Json("text"));
  }
}

void PlanTimeFunctionsAnswerForDefaults(const PluginCard& card) {
  const Json options = ResolveFor(card, Json::object());
  switch (card.kind) {
    case PluginKind::kDataset:
      BOOST_TEST(card.image_spec(options).contains("classes"));
      break;
    case PluginKind::kAttack:
      card.needs_clean_teacher(options), card.clean_label(options), card.poisons(options);
      break;
    case PluginKind::kDistiller:
      BOOST_TEST(card.traits(options).rounds > 0);
      if (const Json recipe = card.transfer_set(options); !recipe.is_null()) {
        for (const char* key : {"recipe", "revision", "needs_teacher", "needs_train", "options"}) {
          BOOST_TEST(recipe.contains(key), key);
        }
      }
      break;
    case PluginKind::kDefense:
      for (const int64_t rounds : {1, 10, 100000}) {
        const auto active = card.active(options, {.rounds = rounds});
        BOOST_TEST((active.empty() || (active.first >= 0 && active.last <= rounds)));
      }
      break;
    case PluginKind::kDetector:
      break;
  }
}

// Entries are ranked within a track, so that what the student saw must be what its track says. Who
// lets the user say it has an option `track`.
void TheTrackIsThatOfTheImages(const PluginCard& card) {
  std::vector<Json> given = {ResolveFor(card, Json::object())};
  for (const auto& [name, unused] : card.presets)
    given.push_back(ResolveFor(card, Json::object(), name));
  for (const auto& options : given) {
    const Json recipe = card.transfer_set(options);
    if (recipe.is_null()) continue;
    const auto traits = card.traits(options);
    const bool synthesized = traits.track == Track::kSynthesized;
    const bool makes = traits.trains_generator || traits.synthesizes || traits.samples;
    if (recipe.at("needs_train")) BOOST_TEST((traits.track == Track::kCleanSubset));
    if (synthesized) BOOST_TEST((makes || card.control || options.contains("track")));
  }
}

void AddCasesOfAnyKind(const PluginCard* card) {
  AddCase(*card, "defaults and presets resolve", [card] { DefaultsAndPresetsResolve(*card); });
  AddCase(*card, "every option is explained", [card] { EveryOptionIsExplained(*card); });
  AddCase(*card, "unknown keys are named", [card] { UnknownKeysAreNamed(*card); });
  AddCase(*card, "values out of range are refused", [card] { ValuesOutOfRangeAreRefused(*card); });
}

}  // namespace

void AddOptionCases() {
  for (const auto* card : Registry::Get().Cards(PluginKind::kDetector)) AddCasesOfAnyKind(card);
  for (const auto kind : kCellKinds) {
    for (const auto* card : Registry::Get().Cards(kind)) {
      AddCasesOfAnyKind(card);
      AddCase(*card, "plan time functions answer for defaults",
              [card] { PlanTimeFunctionsAnswerForDefaults(*card); });
      if (card->kind == PluginKind::kDistiller)
        AddCase(*card, "the track is that of the images",
                [card] { TheTrackIsThatOfTheImages(*card); });
    }
  }
}

}  // namespace dfkd::conformance
