// Named random streams. A stream is a pure function of its seed and the path of names by which it
// was forked: adding a stream never shifts another, and a stream forked for round r owes nothing to
// the rounds before it. That is what makes a run that was cut anywhere end in the same bits as one
// that was not. Tensor draws are in nn/random.h.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace dfkd {

// SplitMix64 (Steele, Lea, Flood 2014). Integer-only, so equal on every machine; also draws the
// procedural triggers.
class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  uint8_t U8() { return Next() >> 56; }
  uint16_t U16() { return Next() >> 48; }
  // In [0, n).
  uint32_t Below(uint32_t n) { return ((Next() >> 32) * n) >> 32; }

 private:
  uint64_t state_;
};

// Copies are independent streams in the same state. Not shared between threads.
class Rng {
 public:
  explicit Rng(uint64_t seed) : key_(seed), stream_(seed) {}

  // A fresh stream, whatever was drawn from this one before.
  Rng Fork(std::string_view name) const { return Fork(name, -1); }
  Rng Fork(std::string_view name, int64_t index) const;

  uint64_t Next() { return stream_.Next(); }
  // Uniform in [0, n), n in [1, 2^31].
  int64_t Below(int64_t n);
  // [0, 1), 53 bits.
  double Uniform();
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  // N(0, 1), Box-Muller.
  double Normal();
  // Gamma(shape, 1), shape > 0; Marsaglia and Tsang.
  double Gamma(double shape);
  double Beta(double a, double b);
  // Of 0 … n-1, Fisher-Yates.
  std::vector<int64_t> Permutation(int64_t n);

 private:
  uint64_t key_;
  SplitMix64 stream_;
};

}  // namespace dfkd
