#include "model/decode_step.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace dppo {

namespace {

gpu::Bfloat16* bits(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<gpu::Bfloat16*>(tensor.mutable_data_ptr()) : nullptr;
}

const long long* numbers(const at::Tensor& tensor) { return static_cast<const long long*>(tensor.const_data_ptr()); }

// The kernels read memory line by line.
bool is_plain(const at::Tensor& tensor) {
  return !tensor.defined() || (tensor.scalar_type() == at::kBFloat16 && tensor.is_contiguous());
}

bool is_plain(const Linear& linear) { return is_plain(linear.weight) && is_plain(linear.bias); }

bool is_plain(const NormWeights& norm) { return is_plain(norm.weight) && is_plain(norm.bias); }

bool is_plain(const DecodeLayer& layer) {
  return is_plain(layer.attention_norm) && is_plain(layer.qkv) && is_plain(layer.out) && is_plain(layer.mlp_norm) &&
         is_plain(layer.up) && is_plain(layer.down);
}

bool is_plain(const DecodeWeights& weights) {
  return is_plain(weights.tokens) && is_plain(weights.positions) && is_plain(weights.final_norm) &&
         is_plain(weights.lm_head) &&
         std::ranges::all_of(weights.layers, [](const auto& layer) { return is_plain(layer); });
}

gpu::ProductArguments product_of(const at::Tensor& x, const Linear& linear, const at::Tensor& out) {
  return {.x = bits(x),
          .weight = bits(linear.weight),
          .bias = bits(linear.bias),
          .out = bits(out),
          .rows = static_cast<int>(x.size(0)),
          .outputs = static_cast<int>(linear.weight.size(0))};
}

}  // namespace

std::unique_ptr<DecodeStep> DecodeStep::make(const CausalLM& lm, std::int64_t rows) {
  if (!lm.device().is_cuda() || lm.dtype() != at::kBFloat16) return nullptr;
  std::optional<DecodeWeights> weights = lm.decode_weights();
  if (!weights || !is_plain(*weights)) return nullptr;
  const ModelConfig& config = lm.config();
  auto kernels = gpu::DecodeKernels::get(lm.device(), {.norm = weights->norm,
                                                       .activation = weights->activation,
                                                       .rows = static_cast<int>(rows),
                                                       .hidden = static_cast<int>(config.hidden_size),
                                                       .attended = static_cast<int>(config.heads * config.head_dim),
                                                       .ffn = static_cast<int>(config.ffn_size),
                                                       .head_dim = static_cast<int>(config.head_dim)});
  if (kernels == nullptr) return nullptr;
  return std::unique_ptr<DecodeStep>(new DecodeStep(lm, std::move(*weights), std::move(kernels), rows));
}

DecodeStep::DecodeStep(const CausalLM& lm, DecodeWeights weights, std::shared_ptr<const gpu::DecodeKernels> kernels,
                       std::int64_t rows)
    : lm_(lm), weights_(std::move(weights)), kernels_(std::move(kernels)) {
  const ModelConfig& config = lm.config();
  const auto lines = [&](std::int64_t width) { return at::empty({rows, width}, weights_.tokens.options()); };
  hidden_ = lines(config.hidden_size);
  queries_ = lines(config.heads * config.head_dim);
  attended_ = lines(config.heads * config.head_dim);
  inner_ = lines(config.ffn_size);
  logits_ = lines(weights_.lm_head.weight.size(0));
}

at::Tensor DecodeStep::operator()(const PackedRows& rows, KvCache& cache) const {
  const ModelConfig& config = lm_.config();
  const auto with_norm = [](gpu::ProductArguments arguments, const NormWeights& norm) {
    arguments.norm_weight = bits(norm.weight);
    arguments.norm_bias = bits(norm.bias);
    arguments.norm_eps = static_cast<float>(norm.eps);
    return arguments;
  };
  const auto to_hidden = [this](const at::Tensor& x, const Linear& linear) {
    gpu::ProductArguments arguments = product_of(x, linear, hidden_);
    arguments.residual = bits(hidden_);
    return arguments;
  };
  const int heads = static_cast<int>(config.heads), kv_heads = static_cast<int>(config.kv_heads);
  const int capacity = static_cast<int>(cache.capacity());
  kernels_->embed({.ids = numbers(rows.ids),
                   .places = numbers(rows.positions),
                   .tokens = bits(weights_.tokens),
                   .positions = bits(weights_.positions),
                   .out = bits(hidden_),
                   .rows = static_cast<int>(hidden_.size(0)),
                   .width = static_cast<int>(config.hidden_size),
                   .first_position = static_cast<int>(weights_.first_position)});
  for (std::size_t i = 0; i < weights_.layers.size(); ++i) {
    const DecodeLayer& layer = weights_.layers[i];
    const auto index = static_cast<std::int64_t>(i);
    gpu::ProductArguments qkv = with_norm(product_of(hidden_, layer.qkv, queries_), layer.attention_norm);
    if (weights_.frequencies.defined()) qkv.frequencies = weights_.frequencies.const_data_ptr<float>();
    qkv.positions = numbers(rows.positions);
    qkv.keys = bits(cache.keys(index));
    qkv.values = bits(cache.values(index));
    qkv.heads = heads;
    qkv.kv_heads = kv_heads;
    qkv.head_dim = static_cast<int>(config.head_dim);
    qkv.capacity = capacity;
    kernels_->qkv(qkv);
    kernels_->attend({.q = bits(queries_),
                      .keys = qkv.keys,
                      .values = qkv.values,
                      .positions = qkv.positions,
                      .out = bits(attended_),
                      .rows = static_cast<int>(attended_.size(0)),
                      .heads = heads,
                      .kv_heads = kv_heads,
                      .capacity = capacity,
                      .window = static_cast<int>(config.sliding_window),
                      .scale = static_cast<float>(config.attention_scale(index))});
    kernels_->out(to_hidden(attended_, layer.out));
    kernels_->up(with_norm(product_of(hidden_, layer.up, inner_), layer.mlp_norm));
    kernels_->down(to_hidden(inner_, layer.down));
  }
  kernels_->head(with_norm(product_of(hidden_, weights_.lm_head, logits_), weights_.final_norm));
  return lm_.without_unused(logits_);
}

}  // namespace dppo
