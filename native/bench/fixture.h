// Models and token rows that the benchmarks share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "generate/generate.h"
#include "model/policy.h"
#include "model/token_rows.h"

namespace dppo {

// Returns the frozen model of a shape in bench/shapes, such as "child", with random weights. The latest model is kept,
// so that benchmarks of one model that follow each other share it. If the environment variable DPPO_BENCH_MODELS names
// a folder with saved models, the model is loaded from there, which is faster than drawing the weights.
std::shared_ptr<Policy> frozen_model(const std::string& shape, const std::string& dtype);

// Returns a new trainable float32 model of a shape with a value head.
std::shared_ptr<Policy> trainable_model(const std::string& shape);

// Returns one row of random ids per length. The ids are ordinary tokens: neither pad nor end.
TokenRows random_rows(const std::vector<std::size_t>& lengths, std::uint64_t seed);

// Returns `rows` lengths from 20 to 300, the same in every run. Their mean is about 160.
std::vector<std::size_t> ragged_lengths(std::size_t rows);

// Returns options that draw exactly `new_tokens` tokens per row from the unchanged distribution.
GenerateOptions sampling(std::size_t rows, std::int64_t new_tokens);

}  // namespace dppo
