// Some of the samples of a step: what a pass over them reads, and where its outputs stand in the step's tensors.
// Letters: m samples, n of their response tokens that count, T padded length.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/range.h"
#include "lm/predictions.h"
#include "ppo/batch.h"

namespace dppo {

// Numbers of rows of a step.
using SampleIndices = std::span<const std::int64_t>;

// Returns a part of the samples.
SampleIndices samples_of(SampleIndices samples, Range range);

// Returns the number of tokens of each sample's row.
std::vector<std::int64_t> lengths_of(const StepRows& rows, SampleIndices samples);

// Returns what a pass over the samples reads and predicts: each row without its last token, which predicts nothing, and
// the tokens of the responses, because nothing else enters loss or statistics.
TargetRows targets_of(const StepRows& rows, SampleIndices samples);

// Predictions in the places of a step's tensors: (m, T-1) float32, and 0 outside the mask.
struct TokenOutputs {
  at::Tensor mask;  // the rows of response_mask
  at::Tensor log_probs;
  at::Tensor values;
  at::Tensor entropy;
};

// Returns the rows of the response mask of some samples, (m, T-1).
at::Tensor mask_of(const StepRows& rows, SampleIndices samples);

// Returns a tensor of the mask's shape with `flat` (n) at the ones of the mask and zero elsewhere; undefined for an
// undefined one.
at::Tensor scatter_masked(const at::Tensor& mask, const at::Tensor& flat);

// Returns the elements of x (m, T-1) at the ones of the mask, (n).
at::Tensor select_masked(const at::Tensor& mask, const at::Tensor& x);

}  // namespace dppo
