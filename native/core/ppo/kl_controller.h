// The weight of the KL penalty: fixed, or steered to a target (Ziegler et al. 2019, section 2.2).
#pragma once

#include <algorithm>
#include <cstdint>

#include "ppo/config.h"

namespace dppo {

class KlController {
 public:
  explicit KlController(const PpoConfig& config)
      : coefficient_(config.init_kl_coef),
        adaptive_(config.adap_kl_ctrl),
        target_(config.target),
        horizon_(config.horizon) {}

  double coefficient() const { return coefficient_; }
  void set_coefficient(double value) { coefficient_ = value; }

  // `kl` is objective/kl of the step, `samples` the batch size.
  void update(double kl, std::int64_t samples) {
    if (!adaptive_) return;
    const double error = std::clamp(kl / target_ - 1.0, -0.2, 0.2);
    coefficient_ *= 1.0 + error * static_cast<double>(samples) / horizon_;
  }

 private:
  double coefficient_;
  bool adaptive_;
  double target_;
  double horizon_;
};

}  // namespace dppo
