// The epilogues of a product. Behind ring.cu.

namespace dppo::gpu {

namespace {

template <Epilogue epilogue>
__device__ float activated(float x) {
  constexpr float kRootHalf = 0.70710678118654752f;                       // sqrt(1 / 2)
  constexpr float kRootTwoOverPi = 0.79788456080286536f;                  // sqrt(2 / pi)
  if constexpr (epilogue == Epilogue::kRelu) return x < 0.0f ? 0.0f : x;  // unlike fmaxf, this keeps a NaN
  if constexpr (epilogue == Epilogue::kGelu) return 0.5f * x * (1.0f + erff(x * kRootHalf));
  if constexpr (epilogue == Epilogue::kGeluNew) {
    return 0.5f * x * (1.0f + tanhf(kRootTwoOverPi * (x + 0.044715f * x * x * x)));
  }
  if constexpr (epilogue == Epilogue::kSilu || epilogue == Epilogue::kGated) return x / (1.0f + expf(-x));
  if constexpr (epilogue == Epilogue::kTanh) return tanhf(x);
  return x;
}

template <Epilogue epilogue>
__device__ Tile tile_at(const ProductArguments& a, int index) {
  if constexpr (epilogue == Epilogue::kGated) return {index * kTile / 2, a.outputs / 2};
  if constexpr (epilogue == Epilogue::kHeads) {
    const int parts = a.head_dim / kTile;
    return {index / parts * a.head_dim + index % parts * (kTile / 2), a.head_dim / 2};
  }
  return {index * kTile, kTile / 2};
}

// Writes two outputs of a row, which stand at `place` and `place + distance` of their head.
__device__ void store_heads(const ProductArguments& a, int row, int output, float low, float high) {
  const int head = output / a.head_dim;
  const int place = output % a.head_dim;
  const int distance = a.head_dim / 2;
  const int position = static_cast<int>(a.positions[row]);
  if (a.frequencies != nullptr && head < a.heads + a.kv_heads) {
    const float angle = static_cast<float>(position) * a.frequencies[place];
    const float cosine = widened(rounded(cosf(angle))), sine = widened(rounded(sinf(angle)));
    const float x = widened(rounded(low)), y = widened(rounded(high));
    low = x * cosine - y * sine;
    high = y * cosine + x * sine;
  }
  Bfloat16* to;
  if (head < a.heads) {
    to = a.out + (row * a.heads + head) * a.head_dim;
  } else {
    const int kv_head = (head - a.heads) % a.kv_heads;
    Bfloat16* const cache = head < a.heads + a.kv_heads ? a.keys : a.values;
    to = cache + (static_cast<long long>(row * a.kv_heads + kv_head) * a.capacity + position) * a.head_dim;
  }
  to[place] = rounded(low);
  to[place + distance] = rounded(high);
}

template <Epilogue epilogue>
__device__ void store(const ProductArguments& a, int row, int output, int distance, float low, float high) {
  const bool has_high = output + distance < a.outputs;
  if (a.bias != nullptr) {
    low += widened(a.bias[output]);
    if (has_high) high += widened(a.bias[output + distance]);
  }
  if constexpr (epilogue == Epilogue::kHeads) {
    store_heads(a, row, output, low, high);
  } else if constexpr (epilogue == Epilogue::kGated) {
    const float gate = widened(rounded(low)), up = widened(rounded(high));
    a.out[row * (a.outputs / 2) + output] = rounded(widened(rounded(activated<epilogue>(gate))) * up);
  } else {
    const long long place = static_cast<long long>(row) * a.outputs + output;
    const auto put = [&a](long long at, float y) {
      if constexpr (epilogue == Epilogue::kAdd) y += widened(a.residual[at]);
      a.out[at] = rounded(activated<epilogue>(y));
    };
    put(place, low);
    if (has_high) put(place + distance, high);
  }
}

}  // namespace

}  // namespace dppo::gpu
