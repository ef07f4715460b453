// Defences, each beside every distiller.
#include <set>

#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

// A defence inside a distillation; its hooks are called in the rounds of its card.
class Defended {
 public:
  Defended(const PluginCard& distiller, const PluginCard& card, const ImageSpec& spec = ToySpec())
      : session(distiller, ToyOptions(distiller), /*seed=*/1, /*steps=*/true, spec),
        options_(ToyOptions(card)) {
    rounds = card.active(options_, session.traits());
    defense = MakeChecked<Defense>(card.name, options_);
    DefenseContext context{session.teacher(), spec, session.traits(), Rng(5), progress_};
    defense->Begin(context);
    session.before = [this](int64_t round) {
      const bool acts = round >= rounds.first && round < rounds.last;
      session.context().defense = acts ? defense.get() : nullptr;
    };
  }
  Session session;
  std::unique_ptr<Defense> defense;
  Rounds rounds;

 private:
  const Json options_;
  FakeProgress progress_;
};

void TheTeacherIsUntouched(const PluginCard& distiller, const PluginCard& card) {
  const auto generator = GlobalGenerator();
  Defended defended(distiller, card);
  const auto teacher = CopyOf(defended.session.teacher());
  defended.session.Rounds(0, 6);
  BOOST_TEST(Equal(CopyOf(defended.session.teacher()), teacher));
  BOOST_TEST(GlobalGenerator().equal(generator));
  for (const double loss : defended.session.context().losses) BOOST_TEST(std::isfinite(loss));
}

void AResumedRunEndsInTheSameBits(const PluginCard& distiller, const PluginCard& card) {
  Defended whole(distiller, card), first(distiller, card), second(distiller, card);
  whole.session.Rounds(0, 6);
  first.session.Rounds(0, 4);
  second.session.Restore(first.session.State());
  Load(*second.defense, Save(*first.defense));
  BOOST_TEST(Equal(Save(*second.defense), Save(*first.defense)));
  second.session.Rounds(4, 6);
  BOOST_TEST(Equal(second.session.State(), whole.session.State()));
  BOOST_TEST(Equal(Save(*second.defense), Save(*whole.defense)));
}

void ItActsOnlyInItsRounds(const PluginCard& distiller, const PluginCard& card) {
  Session plain(distiller);
  Defended defended(distiller, card);
  const int64_t before = defended.rounds.empty() ? 6 : defended.rounds.first;
  BOOST_TEST((defended.rounds.empty() || defended.rounds.last <= 6));
  plain.Rounds(0, before), defended.session.Rounds(0, before);
  BOOST_TEST(Equal(plain.State(), defended.session.State()));
}

// A defence on whose way the student's gradients are all `before`: it notes what the hook makes of
// them, and puts back the distiller's own, so that the student learns the same whatever that is.
class GradientProbe final : public Defense {
 public:
  GradientProbe(Defense& inner, double before) : inner_(inner), before_(before) {}
  std::vector<std::string> Taps() const override { return inner_.Taps(); }
  void Observe(const TransferBatch& batch) override { inner_.Observe(batch); }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) const override {
    return inner_.SynthesisPenalty(batch);
  }
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override {
    return inner_.SampleCoefficients(batch);
  }
  void AddStudentGradients(Classifier& student, const TransferBatch& batch) override {
    const auto parameters = student.Parameters();
    std::vector<at::Tensor> own;
    for (const auto& [name, value] : parameters) {
      own.push_back(value.grad());
      at::Tensor(value).mutable_grad() = at::full_like(value, before_);
    }
    inner_.AddStudentGradients(student, batch);
    for (size_t i = 0; i < parameters.size(); ++i) {
      at::Tensor value = parameters[i].value;
      after.push_back(value.grad().detach().clone());
      value.mutable_grad() = own[i];
    }
  }
  // Of every parameter, in every call.
  std::vector<at::Tensor> after;

 private:
  Defense& inner_;
  const double before_;
};

std::vector<at::Tensor> GradientsAfter(const PluginCard& distiller, const PluginCard& card,
                                       double before) {
  Defended defended(distiller, card);
  GradientProbe probe(*defended.defense, before);
  const auto rounds = defended.rounds;
  auto& session = defended.session;
  session.before = [&](int64_t round) {
    const bool acts = round >= rounds.first && round < rounds.last;
    session.context().defense = acts ? &probe : nullptr;
  };
  session.Rounds(0, 6);
  return probe.after;
}

// It adds: what was there is there beside it. Who replaces gradients undoes the distiller's loss
// and every other defence.
void GradientsAreAddedToWhatIsThere(const PluginCard& distiller, const PluginCard& card) {
  const auto zeros = GradientsAfter(distiller, card, 0), ones = GradientsAfter(distiller, card, 1);
  BOOST_TEST_REQUIRE(zeros.size() == ones.size());
  for (size_t i = 0; i < zeros.size(); ++i) {
    const bool added = at::allclose(ones[i], zeros[i] + 1, /*rtol=*/1e-5, /*atol=*/1e-4);
    BOOST_TEST(added, "gradient " << i << " of the calls' parameters");
  }
}

constexpr int64_t kFew = 24;

// A finished model before a defence and after it, with what its card asks for and nothing else.
struct Finished {
  Finished(const PluginCard& card, const Json& options, const ImageSpec& spec = ToySpec())
      : data(ToyImages(spec, kFew)),
        teacher(MakeTeacher("vgg-s-4", 1, spec)),
        model(MakeNet("vgg-s-4", 2, spec)) {
    const auto wanted = [this](bool wants) { return wants ? &data : nullptr; };
    DefenseContext context{.teacher = *teacher,
                           .spec = spec,
                           .rng = Rng(5),
                           .progress = progress,
                           .clean_subset = wanted(card.needs_clean_data(options)),
                           .synthetic = wanted(card.needs_synthetic_data(options))};
    const auto defense = MakeChecked<Defense>(card.name, options);
    if (card.sanitizes_teacher(options)) defense->SanitizeTeacher(*model, context);
    if (card.repairs_student(options)) defense->RepairStudent(*model, context);
  }
  const Split data;
  const std::unique_ptr<Classifier> teacher, model;
  FakeProgress progress;
};

void IsFinite(const Classifier& model) {
  for (const auto& value : CopyOf(model)) BOOST_TEST(at::isfinite(value).all().item<bool>());
}

// Every value of `where`, if there is such an option.
std::vector<Json> Places(const PluginCard& card) {
  std::vector<Json> places = {ToyOptions(card)};
  for (const auto& option : card.options) {
    if (option.name != "where") continue;
    for (const auto& value : option.limits.allowed)
      places.push_back(ToyOptions(card, {{"where", value}}));
  }
  return places;
}

void FinishedModelsAreChangedByItsSeedAlone(const PluginCard& card) {
  for (const auto& options : Places(card)) {
    const auto generator = GlobalGenerator();
    Finished one(card, options), again(card, options);
    const auto fresh = MakeTeacher("vgg-s-4", 1, ToySpec());
    BOOST_TEST(Equal(CopyOf(*one.model), CopyOf(*again.model)), options.dump());
    BOOST_TEST(Equal(CopyOf(*one.teacher), CopyOf(*fresh)));
    BOOST_TEST(one.data.images.equal(ToyImages(ToySpec(), kFew).images));
    BOOST_TEST(one.data.labels.equal(ToyImages(ToySpec(), kFew).labels));
    BOOST_TEST(GlobalGenerator().equal(generator));
    IsFinite(*one.model);
  }
}

// Beside the distiller, in the first and the last round of the part's.
void RoundsOf64By64AreDefended(const PluginCard& distiller, const PluginCard& card) {
  const auto rounds = card.active(ToyOptions(card), distiller.traits(ToyOptions(distiller)));
  if (rounds.empty()) return;
  Defended defended(distiller, card, ToySpec(3, 64));
  for (const int64_t round : std::set<int64_t>{rounds.first, rounds.last - 1})
    defended.session.Rounds(round, round + 1);
  BOOST_TEST(!defended.session.context().losses.empty());
  for (const double loss : defended.session.context().losses) BOOST_TEST(std::isfinite(loss));
  IsFinite(defended.session.student());
}

// In the stage before the rounds, which makes the images.
void SynthesisOf64By64IsDefended(const PluginCard& distiller, const PluginCard& card) {
  const auto options = ToyOptions(card);
  const auto traits = distiller.traits(ToyOptions(distiller));
  if (!card.acts_on_synthesis(options, traits)) return;
  const auto spec = ToySpec(3, 64);
  const auto teacher = MakeTeacher("vgg-s-4", 1, spec);  // as a Session makes it
  FakeProgress progress;
  DefenseContext context{*teacher, spec, traits, Rng(5), progress};
  const auto defense = MakeChecked<Defense>(card.name, options);
  defense->Begin(context);
  Session session(distiller, ToyOptions(distiller), /*seed=*/1, /*steps=*/true, spec,
                  defense.get());
  const auto images = session.context().transfer_set().images;
  BOOST_TEST((images.sizes().slice(1) == at::IntArrayRef({3, 64, 64})), images.sizes());
}

// Every hook sees such images: beside the shortest distiller, beside one that trains a generator in
// its rounds, beside one that makes its images ahead of them, and on a finished model.
void ImagesOf64By64AreDefendedOn(const PluginCard& card) {
  const auto named = [](const char* name) -> const PluginCard& {
    return Registry::Get().Card(PluginKind::kDistiller, name);
  };
  RoundsOf64By64AreDefended(named("noise_kd"), card);
  RoundsOf64By64AreDefended(named("zskt"), card);
  SynthesisOf64By64IsDefended(named("deepinversion"), card);
  const auto once = ToyOptions(card, {{"epochs", 1}, {"search_epochs", 1}, {"batch_size", 12}});
  IsFinite(*Finished(card, once, ToySpec(3, 64)).model);
}

void ItAsksForDataWhereItChangesModels(const PluginCard& card) {
  for (const auto& options : Places(card)) {
    const bool clean = card.needs_clean_data(options), made = card.needs_synthetic_data(options);
    BOOST_TEST(!(clean && made));  // an entry stands in one track
    const bool changes = card.sanitizes_teacher(options) || card.repairs_student(options);
    BOOST_TEST((!made || changes));
  }
}

void PartsAreRegistered(const PluginCard& card) {
  const auto parts = card.parts(ToyOptions(card));
  BOOST_TEST(!parts.empty());
  for (const auto& part : parts) {
    const auto& of_part = Registry::Get().Card(PluginKind::kDefense, part.plugin);
    BOOST_TEST(!of_part.parts, part.plugin);
    ResolveFor(of_part, part.options);
  }
}

}  // namespace

void AddDefenseCases() {
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) {
    if (card->parts) {
      AddCase(*card, "its parts are registered", [card] { PartsAreRegistered(*card); });
      continue;
    }
    AddCase(*card, "finished models are changed by its seed alone",
            [=] { FinishedModelsAreChangedByItsSeedAlone(*card); });
    AddCase(*card, "images of 64 by 64 are defended on",
            [=] { ImagesOf64By64AreDefendedOn(*card); });
    AddCase(*card, "it asks for data where it changes models",
            [=] { ItAsksForDataWhereItChangesModels(*card); });
    for (const auto* distiller : Registry::Get().Cards(PluginKind::kDistiller)) {
      const auto beside = "beside " + distiller->name + " ";
      AddCase(*card, beside + "the teacher is untouched",
              [=] { TheTeacherIsUntouched(*distiller, *card); });
      AddCase(*card, beside + "a resumed run ends in the same bits",
              [=] { AResumedRunEndsInTheSameBits(*distiller, *card); });
      AddCase(*card, beside + "it acts only in its rounds",
              [=] { ItActsOnlyInItsRounds(*distiller, *card); });
      if (distiller->name == "noise_kd")
        AddCase(*card, beside + "gradients are added to what is there",
                [=] { GradientsAreAddedToWhatIsThere(*distiller, *card); });
    }
  }
}

}  // namespace dfkd::conformance
