#include "ppo/samples.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include "base/index_tensor.h"

namespace dppo {

SampleIndices samples_of(SampleIndices samples, Range range) {
  return samples.subspan(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size()));
}

std::vector<std::int64_t> lengths_of(const StepRows& rows, SampleIndices samples) {
  std::vector<std::int64_t> lengths;
  for (const std::int64_t sample : samples)
    lengths.push_back(static_cast<std::int64_t>(rows.tokens[static_cast<std::size_t>(sample)].size()));
  return lengths;
}

TargetRows targets_of(const StepRows& rows, SampleIndices samples) {
  TargetRows targets;
  std::int64_t index = 0;
  for (const std::int64_t sample : samples) {
    const auto i = static_cast<std::size_t>(sample);
    const std::vector<std::int64_t>& tokens = rows.tokens[i];
    targets.inputs.emplace_back(tokens.data(), tokens.size() - 1);
    targets.tails.push_back(static_cast<std::int64_t>(tokens.size()) - rows.queries[i]);
    for (std::size_t t = 0; t < rows.counted[i].size(); ++t, ++index) {
      if (rows.counted[i][t] == 0) continue;
      targets.counted.push_back(index);
      targets.next.push_back(tokens[static_cast<std::size_t>(rows.queries[i]) + t]);
    }
  }
  return targets;
}

at::Tensor mask_of(const StepRows& rows, SampleIndices samples) {
  return rows.response_mask.index_select(0, index_tensor(samples, rows.response_mask.device()));
}

at::Tensor scatter_masked(const at::Tensor& mask, const at::Tensor& flat) {
  if (!flat.defined()) return {};
  return at::zeros(mask.sizes(), flat.options()).masked_scatter(mask > 0, flat);
}

at::Tensor select_masked(const at::Tensor& mask, const at::Tensor& x) { return x.masked_select(mask > 0); }

}  // namespace dppo
