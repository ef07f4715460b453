// Tensors, numbers and models to files and back.
#include "bench/stages/state.h"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>

#include "tests/store/store_testing.h"

namespace dfkd::state_test {

using namespace testing;  // NOLINT: the helpers of the store's tests

struct Bag {
  at::Tensor weights = at::arange(6, at::kFloat).view({2, 3}), none = {};
  int64_t count = 7;
  void Visit(StateVisitor& visitor) {
    visitor.Tensor("weights", weights);
    visitor.Tensor("none", none);
    visitor.Number("count", count);
  }
};

struct Files {
  void Save(Bag& bag) {
    SaveState(file, [&](StateVisitor& v) { bag.Visit(v); });
  }
  std::string Load(const Visited& visited) {
    return ErrorOf([&] { LoadState(file, at::kCPU, visited); });
  }
  ScratchFolder scratch;
  const fs::path file = scratch.path() / "state.safetensors";
};

BOOST_FIXTURE_TEST_SUITE(state, Files)

BOOST_AUTO_TEST_CASE(what_is_saved_is_loaded) {
  Bag saved;
  saved.weights = at::rand({2, 3}), saved.count = INT64_MIN;
  Save(saved);
  Bag loaded;
  const auto storage = loaded.weights.data_ptr();
  BOOST_TEST(Load([&](StateVisitor& v) { loaded.Visit(v); }) == "");
  BOOST_TEST(loaded.weights.equal(saved.weights));
  BOOST_TEST(loaded.weights.data_ptr() == storage);  // copied into what was there
  BOOST_TEST(loaded.count == INT64_MIN);
  BOOST_TEST(!loaded.none.defined());
}

BOOST_AUTO_TEST_CASE(tensors_of_every_type_and_shape_survive) {
  TensorsByName tensors;
  for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf, at::kLong, at::kInt,
                          at::kByte, at::kBool}) {
    tensors[std::string("t_") + at::toString(type)] = at::arange(4).to(type);
  }
  tensors["scalar"] = at::scalar_tensor(2.5);
  tensors["empty"] = at::empty({0, 3});
  tensors["turned"] = at::arange(6).view({2, 3}).t();
  WriteTensors(file, tensors);
  const auto read = ReadTensors(file);
  BOOST_TEST(read.size() == tensors.size());
  for (const auto& [name, value] : tensors) {
    BOOST_TEST(read.at(name).sizes() == value.sizes(), name);
    BOOST_TEST(read.at(name).equal(value), name);
  }
}

BOOST_AUTO_TEST_CASE(an_undefined_tensor_stays_undefined_and_a_defined_one_appears) {
  Bag saved;
  saved.none = at::ones({3}), saved.weights = at::Tensor();
  Save(saved);
  Bag loaded;
  Load([&](StateVisitor& v) { loaded.Visit(v); });
  BOOST_TEST(!loaded.weights.defined());
  BOOST_TEST(loaded.none.equal(at::ones({3})));
}

BOOST_AUTO_TEST_CASE(what_is_missing_left_over_or_of_another_shape_is_named_with_the_file) {
  Bag bag;
  Save(bag);
  int64_t number = 0;
  const auto missing = Load([&](StateVisitor& v) { v.Number("step", number); });
  BOOST_TEST(Contains(missing, "'step' is missing"), missing);
  BOOST_TEST(Contains(missing, file.string()), missing);
  const auto left = Load([&](StateVisitor& v) {
    v.Tensor("weights", bag.weights);
    v.Tensor("none", bag.none);
  });
  BOOST_TEST(Contains(left, "'count' is left over"), left);
  bag.weights = at::zeros({3, 2});
  const auto shape = Load([&](StateVisitor& v) { bag.Visit(v); });
  BOOST_TEST(Contains(shape, "'weights' has shape 2x3, expected 3x2"), shape);
}

BOOST_AUTO_TEST_CASE(a_name_that_comes_twice_is_refused) {
  Bag bag;
  BOOST_TEST(Contains(
      ErrorOf([&] { SaveState(file, [&](StateVisitor& v) { bag.Visit(v), bag.Visit(v); }); }),
      "twice"));
}

BOOST_AUTO_TEST_CASE(prefixes_keep_two_states_with_the_same_names_apart) {
  Bag a, b;
  b.weights = at::full({2, 3}, 5), b.count = 9;
  const Visited both = [&](StateVisitor& visitor) {
    PrefixVisitor first(visitor, "a."), second(visitor, "b.");
    a.Visit(first), b.Visit(second);
  };
  SaveState(file, both);
  BOOST_TEST(ReadTensors(file).contains("b.weights"));
  a = Bag(), b = Bag(), a.count = 0;
  BOOST_TEST(Load(both) == "");
  BOOST_TEST(a.count == 7);
  BOOST_TEST(b.count == 9);
  BOOST_TEST(b.weights.equal(at::full({2, 3}, 5.0F)));
}

BOOST_AUTO_TEST_CASE(a_model_comes_back_with_its_network_spec_and_weights) {
  const ImageSpec spec{3, 16, 16, 4, {0.1, 0.2, 0.3}, {1, 2, 3}, /*mirrors=*/false};
  Classifier model("wrn-10-1", spec);
  model.Initialize(Rng(3));
  Store store(scratch.path() / "store");
  const Json description = {{"inputs", Json::object()}};
  const auto staged = scratch.path() / "store" / "work" / "staged";
  fs::create_directories(staged);
  SaveModel(staged, model);
  const auto ref = RefOf("teacher", description);
  store.Publish({.ref = ref, .description = description, .staged = staged});
  const auto loaded = LoadModel(store.Open(ref), at::kCPU, Profile::kFp32);
  BOOST_TEST(loaded->name() == "wrn-10-1");
  BOOST_TEST(ToJson(loaded->spec()) == ToJson(spec));
  BOOST_TEST(!loaded->spec().mirrors);
  const auto images = at::rand({2, 3, 16, 16});
  BOOST_TEST(loaded->Logits(images, Mode::kEval, Grad::kNone)
                 .equal(model.Logits(images, Mode::kEval, Grad::kNone)));
}

BOOST_AUTO_TEST_CASE(a_log_takes_so_many_names_and_no_long_ones) {
  ScalarLog log(1, [](int64_t, int64_t) {});
  for (size_t i = 0; i < ScalarLog::kMostCurves; ++i) log.Scalar(std::to_string(i), 1, 0);
  log.Scalar("0", 2, 1);
  BOOST_CHECK_THROW(log.Scalar("one more", 1, 1), Error);
  ScalarLog fresh(1, [](int64_t, int64_t) {});
  fresh.Scalar(std::string(ScalarLog::kLongestName, 'x'), 1, 0);
  BOOST_CHECK_THROW(fresh.Scalar(std::string(ScalarLog::kLongestName + 1, 'x'), 1, 0), Error);
}

BOOST_AUTO_TEST_CASE(a_log_keeps_its_scalars_and_writes_no_number_for_infinity) {
  ScalarLog log(1000, [](int64_t, int64_t) {});
  log.Scalar("loss", 0.5, 0);
  log.Scalar("loss", INFINITY, 10);
  log.Save(file);
  BOOST_TEST(ReadJson(file) == (Json{{"loss", {{0, 0.5}, {10, nullptr}}}}));
  ScalarLog again(1000, [](int64_t, int64_t) {});
  again.Load(file);
  again.Scalar("loss", 0.25, 20);
  again.Save(file);
  BOOST_TEST(ReadJson(file).at("loss").size() == 3U);
  BOOST_TEST(log.Wants(0));
  BOOST_TEST(!log.Wants(1));
  BOOST_TEST(log.Wants(999));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::state_test
