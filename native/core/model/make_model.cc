#include "model/make_model.h"

#include "base/error.h"
#include "model/gpt2.h"
#include "model/llama.h"
#include "model/opt.h"

namespace dppo {

std::shared_ptr<CausalLM> make_model(const ModelConfig& config, NamedTensors parameters) {
  switch (config.family) {
    case Family::kOpt: return make_opt(config, std::move(parameters));
    case Family::kGpt2: return make_gpt2(config, std::move(parameters));
    case Family::kLlama: return make_llama(config, std::move(parameters));
  }
  throw Error(ErrorKind::kInternal, "an unknown model family");
}

}  // namespace dppo
