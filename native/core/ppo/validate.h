// Checks of the options against each other and the policy.
#pragma once

#include "model/policy.h"
#include "ppo/config.h"

namespace dppo {

// Throws Error(kConfig) naming the option, its value and what was expected.
void validate(const PpoConfig& config, const Policy& policy);

}  // namespace dppo
