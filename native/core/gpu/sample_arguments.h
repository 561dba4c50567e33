// The arguments of the kernel in sample.cu, for the host and for the GPU: no other headers may be included here.
// Letters: B rows, V tokens of the vocabulary.
#pragma once

namespace dppo::gpu {

enum class LogitType { kFloat32, kBfloat16, kFloat16 };

// The largest k of top-k: so many tokens are sorted.
constexpr int kMostTopK = 1024;

struct SampleArguments {
  const void* logits;  // (B, V)
  int rows;
  int vocabulary;
  // Which tokens the rows have, for a repetition penalty; or null. The token that is drawn is added.
  bool* seen;             // (B, V)
  float penalty;          // factor of negative logits
  float inverse_penalty;  // factor of the others
  // Which tokens are impossible while `step` is less than `min_new_tokens`; or null.
  const bool* ends;  // (V)
  long long min_new_tokens;
  // How to sample. Without `uniforms`, the token is the likeliest one, and the rest is not used.
  const double* uniforms;     // (new tokens, B) in [0, 1), or null
  float inverse_temperature;  // 1: off
  int top_k;                  // 0: off; at most V and kMostTopK
  double left_out;            // 1 - p of top-p with 0 < p < 1, 0: off; needs top_k
  // Results.
  bool* broken;          // (B), becomes true for rows whose largest logit is not finite
  long long* ids;        // (B), the tokens
  long long* positions;  // (B), grow by 1
  long long* tokens;     // (new tokens, B), row `step` becomes the tokens
  long long* step;       // (1), grows by 1 when the last row is done
  int* finished;         // (1), 0 before and after: how many rows are done
};

}  // namespace dppo::gpu
