// Defences, each beside every distiller.
#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

// A defence inside a distillation; its hooks are called in the rounds of its card.
class Defended {
 public:
  Defended(const PluginCard& distiller, const PluginCard& card)
      : session(distiller), options_(ToyOptions(card)) {
    rounds = card.active(options_, session.traits());
    defense = MakeChecked<Defense>(card.name, options_);
    DefenseContext context{session.teacher(), ToySpec(), session.traits(), Rng(5), progress_};
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

Split FewImages() {
  const auto all = ToyImages();
  return {all.images.slice(0, 0, 24), all.labels.slice(0, 0, 24)};
}

// A finished model before a defence and after it, with what its card asks for and nothing else.
struct Finished {
  Finished(const PluginCard& card, const Json& options)
      : teacher(MakeTeacher("vgg-s-4", 1, ToySpec())), model(MakeNet("vgg-s-4", 2, ToySpec())) {
    const auto wanted = [](bool wants, const Split& data) { return wants ? &data : nullptr; };
    DefenseContext context{.teacher = *teacher,
                           .spec = ToySpec(),
                           .rng = Rng(5),
                           .progress = progress,
                           .clean_subset = wanted(card.needs_clean_data(options), data),
                           .synthetic = wanted(card.needs_synthetic_data(options), data)};
    const auto defense = MakeChecked<Defense>(card.name, options);
    if (card.sanitizes_teacher(options)) defense->SanitizeTeacher(*model, context);
    if (card.repairs_student(options)) defense->RepairStudent(*model, context);
  }
  const Split data = FewImages();
  const std::unique_ptr<Classifier> teacher, model;
  FakeProgress progress;
};

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
    BOOST_TEST(one.data.images.equal(FewImages().images));
    BOOST_TEST(one.data.labels.equal(FewImages().labels));
    BOOST_TEST(GlobalGenerator().equal(generator));
    for (const auto& value : CopyOf(*one.model)) BOOST_TEST(at::isfinite(value).all().item<bool>());
  }
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
