#include "bench/nn/twice_norm.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "bench/core/error.h"

namespace dfkd {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Numbers summed in their own precision before they join a sum in double.
constexpr int64_t kChunk = 256;
constexpr int64_t kLanes = 16;

// Of one channel: its values come in `runs` runs of `length`, a run every `run_stride` values, the
// values of a run `stride` apart.
struct Places {
  int64_t channels, channel_stride, runs, run_stride, length, stride;
};

Places PlacesOf(const at::Tensor& x) {
  const int64_t n = x.size(0), c = x.size(1), area = x.size(2) * x.size(3);
  if (x.is_contiguous()) return {c, area, n, c * area, area, 1};
  return {c, 1, 1, 0, n * area, c};
}

// Means over a channel; u, g: what comes in for the gradient of x and for the output, x^: the
// normalised input.
struct ChannelMeans {
  double u = 0, g = 0, ux = 0, gx = 0, ug = 0;
};

// Sums in lanes, so that the compiler may use vectors without changing an order.
template <class T>
struct Lanes {
  std::array<T, kLanes> u{}, g{}, ux{}, gx{}, ug{};

  void Add(int64_t lane, T u_value, T g_value, T normed) {
    u[lane] += u_value;
    g[lane] += g_value;
    ux[lane] += u_value * normed;
    gx[lane] += g_value * normed;
    ug[lane] += u_value * g_value;
  }
  void AddTo(ChannelMeans& sum) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      sum.u += u[lane];
      sum.g += g[lane];
      sum.ux += ux[lane];
      sum.gx += gx[lane];
      sum.ug += ug[lane];
    }
    *this = Lanes();
  }
};

template <class T>
struct Operands {
  const T *x, *u, *g, *mean, *inverse_std;
};

// Channels one after the other.
template <class T>
void SumPlanes(const Operands<T>& in, const Places& at, std::vector<ChannelMeans>& sums) {
  for (int64_t c = 0; c < at.channels; ++c) {
    const T mean = in.mean[c], scale = in.inverse_std[c];
    for (int64_t run = 0; run < at.runs; ++run) {
      const int64_t start = run * at.run_stride + c * at.channel_stride;
      const T *x = in.x + start, *u = in.u + start, *g = in.g + start;
      Lanes<T> lanes;
      int64_t i = 0;
      for (; i + kLanes <= at.length; i += kLanes) {
        for (int64_t lane = 0; lane < kLanes; ++lane) {
          lanes.Add(lane, u[i + lane], g[i + lane], (x[i + lane] - mean) * scale);
        }
      }
      for (; i < at.length; ++i) lanes.Add(i % kLanes, u[i], g[i], (x[i] - mean) * scale);
      lanes.AddTo(sums[c]);
    }
  }
}

// Channels beside each other: kLanes of them at a time, the last ones alone.
template <class T, int64_t width>
void SumColumns(const Operands<T>& in, const Places& at, int64_t first,
                std::vector<ChannelMeans>& sums) {
  std::array<T, width> mean, scale;
  std::copy_n(in.mean + first, width, mean.begin());
  std::copy_n(in.inverse_std + first, width, scale.begin());
  for (int64_t from = 0; from < at.length; from += kChunk) {
    std::array<T, width> su{}, sg{}, sux{}, sgx{}, sug{};
    const int64_t to = std::min(from + kChunk, at.length);
    for (int64_t row = from; row < to; ++row) {
      const int64_t start = row * at.stride + first;
      const T *x = in.x + start, *u = in.u + start, *g = in.g + start;
      for (int64_t c = 0; c < width; ++c) {
        const T normed = (x[c] - mean[c]) * scale[c];
        su[c] += u[c];
        sg[c] += g[c];
        sux[c] += u[c] * normed;
        sgx[c] += g[c] * normed;
        sug[c] += u[c] * g[c];
      }
    }
    for (int64_t c = 0; c < width; ++c) {
      auto& sum = sums[first + c];
      sum.u += su[c], sum.g += sg[c], sum.ux += sux[c], sum.gx += sgx[c], sum.ug += sug[c];
    }
  }
}

template <class T>
std::vector<ChannelMeans> MeansOf(const Operands<T>& in, const Places& at) {
  std::vector<ChannelMeans> sums(at.channels);
  if (at.stride == 1) {
    SumPlanes(in, at, sums);
  } else {
    int64_t c = 0;
    for (; c + kLanes <= at.channels; c += kLanes) SumColumns<T, kLanes>(in, at, c, sums);
    for (; c < at.channels; ++c) SumColumns<T, 1>(in, at, c, sums);
  }
  const auto count = static_cast<double>(at.runs * at.length);
  for (auto& sum : sums) {
    sum.u /= count, sum.g /= count, sum.ux /= count, sum.gx /= count, sum.ug /= count;
  }
  return sums;
}

// Both gradients are sums of u, g and x with factors of the channel:
//   by the incoming gradient:  u_factor[0] u + x_factor[0] x + constant[0]
//   by x:                      u_factor[1] u + x_factor[1] x + constant[1] + g_factor g
template <class T>
struct Factors {
  std::vector<T> u[2], x[2], constant[2], g;
  explicit Factors(int64_t channels) : g(channels) {
    for (auto* list : {u, x, constant}) {
      for (int i = 0; i < 2; ++i) list[i].resize(channels);
    }
  }
};

// y = w x^ + b, x^ = (x - m) r, and the first derivatives
//   dx = w r (g - mean(g) - x^ mean(g x^)),  dw = sum(g x^),  db = sum(g),
// are differentiated once more for the scalar L = sum(u dx) + s dw + t db = w r A + s dw + t db
// with
//   A = M (mean(u g) - mean(u) mean(g) - p q),  p = mean(u x^),  q = mean(g x^),  M values:
//   dL/dg = w r (u - mean(u) - x^ p) + s x^ + t
//   dL/dx = w r^2 (x^ (2 p q - A / M) - q (u - mean(u)) - p (g - mean(g)))
//         + s r (g - mean(g) - x^ q)
//   dL/dw = r A
template <class T>
void SetFactors(Factors<T>& f, int64_t c, const ChannelMeans& m, double w, double r, double mean,
                double s, double t) {
  const double p = m.ux, q = m.gx, a = m.ug - m.u * m.g - p * q;
  const double by_g = s - w * r * p;  // of x^
  f.u[0][c] = static_cast<T>(w * r);
  f.x[0][c] = static_cast<T>(by_g * r);
  f.constant[0][c] = static_cast<T>(t - w * r * m.u - by_g * r * mean);
  const double wrr = w * r * r, by_x = wrr * (2 * p * q - a) - s * r * q;  // of x^
  f.u[1][c] = static_cast<T>(-wrr * q);
  f.g[c] = static_cast<T>(s * r - wrr * p);
  f.x[1][c] = static_cast<T>(by_x * r);
  f.constant[1][c] = static_cast<T>(wrr * (q * m.u + p * m.g) - s * r * m.g - by_x * r * mean);
}

template <class T>
void Combine(const Operands<T>& in, const Places& at, const Factors<T>& f, T* by_g, T* by_x) {
  if (at.stride != 1) {
    for (int64_t row = 0; row < at.length; ++row) {
      const int64_t start = row * at.stride;
      const T *x = in.x + start, *u = in.u + start, *g = in.g + start;
      const T *u0 = f.u[0].data(), *x0 = f.x[0].data(), *c0 = f.constant[0].data();
      const T *u1 = f.u[1].data(), *x1 = f.x[1].data(), *c1 = f.constant[1].data();
      const T* g1 = f.g.data();
      T* __restrict first = by_g + start, * __restrict second = by_x + start;
      for (int64_t c = 0; c < at.channels; ++c) {
        first[c] = u0[c] * u[c] + x0[c] * x[c] + c0[c];
        second[c] = u1[c] * u[c] + x1[c] * x[c] + c1[c] + g1[c] * g[c];
      }
    }
    return;
  }
  for (int64_t run = 0; run < at.runs; ++run) {
    for (int64_t c = 0; c < at.channels; ++c) {
      const int64_t start = run * at.run_stride + c * at.channel_stride;
      const T *x = in.x + start, *u = in.u + start, *g = in.g + start;
      const T u0 = f.u[0][c], x0 = f.x[0][c], c0 = f.constant[0][c];
      const T u1 = f.u[1][c], x1 = f.x[1][c], c1 = f.constant[1][c], g1 = f.g[c];
      T* __restrict first = by_g + start, * __restrict second = by_x + start;
      for (int64_t i = 0; i < at.length; ++i) {
        first[i] = u0 * u[i] + x0 * x[i] + c0;
        second[i] = u1 * u[i] + x1 * x[i] + c1 + g1 * g[i];
      }
    }
  }
}

struct SecondGradients {
  at::Tensor by_g, by_x, by_weight;
};

// `s`, `t`: what comes in for the gradients of weight and bias; undefined for 0.
template <class T>
SecondGradients Differentiate(const at::Tensor& x, const at::Tensor& u, const at::Tensor& g,
                              const at::Tensor& weight, const at::Tensor& mean,
                              const at::Tensor& inverse_std, const at::Tensor& s,
                              const at::Tensor& t) {
  const Operands<T> in{x.data_ptr<T>(), u.data_ptr<T>(), g.data_ptr<T>(), mean.data_ptr<T>(),
                       inverse_std.data_ptr<T>()};
  const auto places = PlacesOf(x);
  const auto means = MeansOf(in, places);
  const auto value = [](const at::Tensor& list, int64_t c) -> double {
    return list.defined() ? list.data_ptr<T>()[c] : 0;
  };
  const auto count = static_cast<double>(places.runs * places.length);
  Factors<T> factors(places.channels);
  SecondGradients result{at::empty_like(x), at::empty_like(x), at::empty_like(weight)};
  for (int64_t c = 0; c < places.channels; ++c) {
    const auto& m = means[c];
    SetFactors(factors, c, m, value(weight, c), in.inverse_std[c], in.mean[c], value(s, c),
               value(t, c));
    const double a = count * (m.ug - m.u * m.g - m.ux * m.gx);
    result.by_weight.data_ptr<T>()[c] = static_cast<T>(in.inverse_std[c] * a);
  }
  Combine(in, places, factors, result.by_g.data_ptr<T>(), result.by_x.data_ptr<T>());
  return result;
}

at::MemoryFormat FormatOfNorm(const at::Tensor& x) {
  return x.is_contiguous() ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
}

class TwiceNormGradient : public torch::autograd::Function<TwiceNormGradient> {
 public:
  static variable_list forward(AutogradContext* ctx, const at::Tensor& g, const at::Tensor& x,
                               const at::Tensor& weight, const at::Tensor& mean,
                               const at::Tensor& inverse_std, double epsilon) {
    ctx->save_for_backward({g, x, weight, mean, inverse_std});
    auto [by_x, by_weight, by_bias] = at::native_batch_norm_backward(
        g, x, weight, {}, {}, mean, inverse_std, /*train=*/true, epsilon, {true, true, true});
    return {by_x, by_weight, by_bias};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& incoming) {
    if (c10::GradMode::is_enabled()) {
      throw Error("this batch normalisation has no third derivative");
    }
    const auto saved = ctx->get_saved_variables();
    const auto &g = saved[0], &x = saved[1], &weight = saved[2];
    const auto format = FormatOfNorm(x);
    const auto u = incoming[0].defined() ? incoming[0].contiguous(format) : at::zeros_like(x);
    const auto differentiate =
        x.scalar_type() == at::kDouble ? Differentiate<double> : Differentiate<float>;
    auto [by_g, by_x, by_weight] = differentiate(x, u, g.contiguous(format), weight, saved[3],
                                                 saved[4], incoming[1], incoming[2]);
    return {by_g, by_x, by_weight, {}, {}, {}};
  }
};

class TwiceNorm : public torch::autograd::Function<TwiceNorm> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const at::Tensor& running_mean,
                            const at::Tensor& running_var, double momentum, double epsilon) {
    auto [y, mean, inverse_std] = at::native_batch_norm(x, weight, bias, running_mean, running_var,
                                                        /*training=*/true, momentum, epsilon);
    ctx->save_for_backward({x, weight, mean, inverse_std});
    ctx->saved_data["epsilon"] = epsilon;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& incoming) {
    const auto saved = ctx->get_saved_variables();
    const auto g = incoming[0].contiguous(FormatOfNorm(saved[0]));
    auto gradients = TwiceNormGradient::apply(g, saved[0], saved[1], saved[2], saved[3],
                                              ctx->saved_data["epsilon"].toDouble());
    return {gradients[0], gradients[1], gradients[2], {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor TwiceDifferentiableNorm(const at::Tensor& x, const at::Tensor& weight,
                                   const at::Tensor& bias, const at::Tensor& running_mean,
                                   const at::Tensor& running_var, double momentum, double epsilon) {
  DFKD_CHECK(x.is_cpu() && x.dim() == 4);
  const auto dense = x.contiguous(FormatOfNorm(x));
  return TwiceNorm::apply(dense, weight, bias, running_mean, running_var, momentum, epsilon);
}

}  // namespace dfkd
