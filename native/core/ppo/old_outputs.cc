#include "ppo/old_outputs.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <numeric>

#include "base/cancel.h"
#include "base/parallel.h"
#include "lm/graphed_passes.h"
#include "model/linear.h"
#include "model/thread_ranges.h"
#include "ppo/gather_rows.h"

namespace dppo {

namespace {

// Runs policy and reference over some rows. The tensors of the result are (n).
OldOutputs old_outputs_of_rows(const Policy& policy, const Policy& reference, const StepRows& rows, SampleIndices order,
                               const OldOutputsOptions& options) {
  const TrainingKernelsScope training_kernels;
  const bool full = options.penalty == KlPenalty::kFull;
  const PassOptions pass{.autocast = options.autocast, .logits = full, .capture = options.capture};
  std::vector<at::Tensor> log_probs, values, reference_log_probs, kl;
  const auto size = static_cast<std::size_t>(options.rows_per_pass);
  for (std::size_t start = 0; start < order.size(); start += size) {
    check_cancelled();
    const SampleIndices samples = order.subspan(start, std::min(size, order.size() - start));
    const TargetRows targets = targets_of(rows, samples);
    const Predictions own = predict_rows(*policy.lm, policy.value_head_or_null(), targets, pass);
    const Predictions other = predict_rows(*reference.lm, reference.value_head_or_null(), targets, pass);
    log_probs.push_back(own.log_probs);
    values.push_back(own.values);
    reference_log_probs.push_back(other.log_probs);
    kl.push_back(full ? kl_of_logits(own.logits, other.logits)
                      : kl_of_samples(options.penalty, own.log_probs, other.log_probs));
  }
  return {at::cat(log_probs), at::cat(values), at::cat(reference_log_probs), at::cat(kl)};
}

// As old_outputs_of_rows, on all threads. The tensors of the result are (m, T-1).
OldOutputs old_outputs_on_threads(const Policy& policy, const Policy& reference, const StepRows& rows,
                                  SampleIndices order, const OldOutputsOptions& options) {
  const std::vector<Range> ranges = thread_ranges(*policy.lm, lengths_of(rows, order), options.autocast);
  OldOutputsOptions of_thread = options;
  of_thread.rows_per_pass = std::max<std::int64_t>(1, options.rows_per_pass / static_cast<std::int64_t>(ranges.size()));
  std::vector<OldOutputs> of_ranges(ranges.size());
  parallel_ranges(ranges, [&](std::size_t i, const Range& range) {
    of_ranges[i] = old_outputs_of_rows(policy, reference, rows, samples_of(order, range), of_thread);
  });
  const at::Tensor mask = mask_of(rows, order);
  const auto joined = [&](at::Tensor OldOutputs::*member) { return scatter_masked(mask, join(of_ranges, member)); };
  return {joined(&OldOutputs::log_probs), joined(&OldOutputs::values), joined(&OldOutputs::reference_log_probs),
          joined(&OldOutputs::kl)};
}

}  // namespace

OldOutputs compute_old_outputs(const Policy& policy, const Policy& reference, const StepRows& rows,
                               const OldOutputsOptions& options, Communicator& group) {
  const at::NoGradGuard no_grad;
  std::vector<std::int64_t> order(rows.tokens.size());
  std::iota(order.begin(), order.end(), 0);
  const Range range = group.shard(static_cast<std::int64_t>(order.size()));
  OldOutputs own;
  if (range.size() > 0) own = old_outputs_on_threads(policy, reference, rows, samples_of(order, range), options);
  if (group.size() == 1) return own;
  const at::Tensor all =
      gather_rows({own.log_probs, own.values, own.reference_log_probs, own.kl}, rows.response_mask, range, group);
  return {all[0], all[1], all[2], all[3]};
}

}  // namespace dppo
