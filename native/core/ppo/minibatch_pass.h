// A pass over a minibatch with gradients.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "dist/communicator.h"
#include "lm/graphed_passes.h"
#include "model/policy.h"
#include "ppo/samples.h"

namespace dppo {

// One forward pass and one backward pass over a minibatch. The processes of a group, and the threads of a process for a
// small model, compute some of its rows each, while the loss may combine all rows.
class MinibatchPass {
 public:
  // Runs the forward pass. The policy must live as long as this. Of passes that may be captured, only the last one can
  // have a backward pass.
  MinibatchPass(const Policy& policy, const StepRows& rows, SampleIndices samples, const PassOptions& options,
                Communicator& group);

  // Returns the outputs of all samples. `log_probs` and `values` require gradients, and a loss that is computed from
  // them must go to add_gradients.
  const TokenOutputs& outputs() const { return outputs_; }

  // Runs the backward pass: adds the gradients of `loss`, a scalar, to those of the policy's parameters. With several
  // processes these are the gradients of the own rows. May be called once, because the graphs are freed.
  void add_gradients(const at::Tensor& loss);

 private:
  void forward(const StepRows& rows, SampleIndices own, const PassOptions& options);
  at::Tensor own_mask() const;

  const Policy& policy_;
  Range own_;                             // rows of this process
  GraphedPasses* graphed_ = nullptr;      // if the pass is one of these
  std::vector<Predictions> predictions_;  // one for each thread
  TokenOutputs outputs_;
};

}  // namespace dppo
