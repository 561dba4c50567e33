// Checks of the PPO options.
#pragma once

#include "model/policy.h"
#include "ppo/config.h"

namespace dppo {

// Checks every option against its bounds, then the rules between options and the policy.
// Throws Error(kConfig) naming the option and what was expected.
void validate(const PpoConfig& config, const Policy& policy);

// Checks that a reference can stand beside the policy: on its device, with its vocabulary and positions.
// Throws Error(kConfig).
void validate_reference(const Policy& policy, const Policy& reference);

}  // namespace dppo
