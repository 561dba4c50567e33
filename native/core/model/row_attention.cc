#include "model/row_attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <limits>
#include <optional>

#include "base/cancel.h"
#include "base/error.h"
#include "model/custom_gradient.h"

namespace dppo {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The tensors of one row are views (1, H, tokens, D).
at::Tensor row_of(const at::Tensor& x, std::int64_t first, std::int64_t count) {
  return x.narrow(0, first, count).transpose(0, 1).unsqueeze(0);
}

// What is added to the scores of a row, (queries, keys); nothing if its attention is plain causal attention.
std::optional<at::Tensor> added_mask(std::int64_t queries, std::int64_t keys, std::int64_t window) {
  const at::Tensor visible = causal_mask(queries, keys, window);
  if (!visible.defined()) return std::nullopt;
  return at::zeros({queries, keys}).masked_fill_(visible.logical_not(), -std::numeric_limits<double>::infinity());
}

// Calls visit(b, first query, queries, first key, keys) for each row.
template <typename Visit>
void for_each_row(const CausalRows& rows, const Visit& visit) {
  std::int64_t query = 0, key = 0;
  for (std::size_t b = 0; b < rows.lengths.size(); ++b) {
    check_cancelled();
    if (rows.tails[b] < 1 || rows.tails[b] > rows.lengths[b]) {
      throw Error(ErrorKind::kShape, "attention: expected 1 to as many queries as a row has tokens");
    }
    visit(b, query, rows.tails[b], key, rows.lengths[b]);
    query += rows.tails[b];
    key += rows.lengths[b];
  }
}

struct RowAttentionFunction : torch::autograd::Function<RowAttentionFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const CausalRows& rows, double scale) {
    const at::Tensor mixed = at::empty_like(q);
    variable_list saved{q, k, v, mixed};
    for_each_row(rows, [&](std::size_t, std::int64_t query, std::int64_t queries, std::int64_t key, std::int64_t keys) {
      const auto mask = added_mask(queries, keys, rows.window);
      const auto [out, logsumexp] = at::_scaled_dot_product_flash_attention_for_cpu(
          row_of(q, query, queries), row_of(k, key, keys), row_of(v, key, keys), /*dropout_p=*/0.0,
          /*is_causal=*/!mask && queries > 1, mask, scale);
      row_of(mixed, query, queries).copy_(out);
      saved.push_back(logsumexp);
    });
    context->save_for_backward(std::move(saved));
    context->saved_data["lengths"] = rows.lengths;
    context->saved_data["tails"] = rows.tails;
    context->saved_data["window"] = rows.window;
    context->saved_data["scale"] = scale;
    return mixed;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    refuse_gradients_of_gradients();
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &mixed = saved[3];
    const CausalRows rows{context->saved_data["lengths"].toIntVector(), context->saved_data["tails"].toIntVector(),
                          context->saved_data["window"].toInt()};
    const double scale = context->saved_data["scale"].toDouble();
    const at::Tensor of_q = at::empty_like(q), of_k = at::empty_like(k), of_v = at::empty_like(v);
    for_each_row(rows,
                 [&](std::size_t b, std::int64_t query, std::int64_t queries, std::int64_t key, std::int64_t keys) {
                   const auto mask = added_mask(queries, keys, rows.window);
                   const auto [row_q, row_k, row_v] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
                       row_of(gradients[0], query, queries), row_of(q, query, queries), row_of(k, key, keys),
                       row_of(v, key, keys), row_of(mixed, query, queries), saved[4 + b], /*dropout_p=*/0.0,
                       /*is_causal=*/!mask && queries > 1, mask, scale);
                   row_of(of_q, query, queries).copy_(row_q);
                   row_of(of_k, key, keys).copy_(row_k);
                   row_of(of_v, key, keys).copy_(row_v);
                 });
    return {of_q, of_k, of_v, {}, {}};
  }
};

}  // namespace

at::Tensor causal_mask(std::int64_t queries, std::int64_t keys, std::int64_t window) {
  const bool windowed = window > 0 && window < keys;
  if (!windowed && (queries == keys || queries == 1)) return {};
  // The last query stands at the last key.
  const at::Tensor causal = at::ones({queries, keys}, at::kBool).tril(/*diagonal=*/keys - queries);
  return windowed ? causal.triu(/*diagonal=*/keys - queries - window + 1) : causal;
}

at::Tensor attend_rows(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const CausalRows& rows,
                       double scale) {
  return RowAttentionFunction::apply(q, k, v, rows, scale).flatten(/*start_dim=*/1);
}

}  // namespace dppo
