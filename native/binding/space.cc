#include "binding/space.h"

#include <functional>
#include <limits>
#include <utility>

#include "base/error.h"
#include "binding/args.h"
#include "binding/job.h"
#include "space/space.h"

namespace dppo {

namespace {

constexpr std::int32_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();

// Numbers in the matrix of a space, four terabytes.
constexpr double kMaxNumbers = 1e12;

using Learner = std::function<SpaceMatrix(const SpaceCorpus&, const SpaceProgress&)>;

void read_int32(const Options& options, const char* name, std::int32_t& out) {
  std::int64_t whole = out;
  options.read(name, whole);
  if (whole < 0 || whole > kMaxInt32) {
    throw Error(ErrorKind::kConfig,
                std::string(name) + ": expected a whole number from 0 to " + std::to_string(kMaxInt32));
  }
  out = static_cast<std::int32_t>(whole);
}

// Adds the options that every method takes and binds all of them to the method.
template <typename SpaceOptions, typename Learn>
Learner bind_options(const Options& options, SpaceOptions chosen, Learn learn) {
  options.read("seed", chosen.seed);
  read_int32(options, "threads", chosen.threads);
  return [chosen, learn](const auto& corpus, const auto& progress) { return learn(corpus, chosen, progress); };
}

// Reads the option "dimensions" and checks that a matrix of so many numbers for each word can exist.
void read_dimensions(const Options& options, std::int32_t words, std::int32_t& dimensions) {
  read_int32(options, "dimensions", dimensions);
  if (static_cast<double>(words) * static_cast<double>(dimensions) <= kMaxNumbers) return;
  throw Error(ErrorKind::kConfig, "dimensions: " + std::to_string(dimensions) + " for " + std::to_string(words) +
                                      " words are beyond any memory");
}

Learner lsa_learner(const Options& options, std::int32_t words) {
  LsaOptions chosen;
  read_dimensions(options, words, chosen.dimensions);
  return bind_options(options, chosen, learn_lsa);
}

Learner lda_learner(const Options& options, std::int32_t words) {
  LdaOptions chosen;
  read_dimensions(options, words, chosen.topics);
  read_int32(options, "iterations", chosen.iterations);
  return bind_options(options, chosen, learn_lda);
}

Learner word2vec_learner(const Options& options, std::int32_t words) {
  Word2vecOptions chosen;
  read_dimensions(options, words, chosen.dimensions);
  read_int32(options, "epochs", chosen.epochs);
  return bind_options(options, chosen, learn_word2vec);
}

Learner learner(const std::string& kind, const Options& options, std::int32_t words) {
  if (kind == "lsa") return lsa_learner(options, words);
  if (kind == "lda") return lda_learner(options, words);
  if (kind == "word2vec") return word2vec_learner(options, words);
  throw Error(ErrorKind::kConfig, "kind: expected lsa, lda or word2vec");
}

SpaceCorpus read_corpus(const Napi::CallbackInfo& info) {
  SpaceCorpus corpus;
  const auto tokens = typed_array_arg<std::int32_t>(info[1], "tokens");
  const auto offsets = typed_array_arg<std::int32_t>(info[2], "offsets");
  corpus.tokens.assign(tokens.begin(), tokens.end());
  corpus.offsets.assign(offsets.begin(), offsets.end());
  corpus.words = static_cast<std::int32_t>(count_arg(info[3], "words", kMaxInt32));
  return corpus;
}

Napi::Value space_to_js(Napi::Env env, SpaceMatrix& matrix) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("dimensions", Napi::Number::New(env, matrix.columns));
  object.Set("values", to_float32_array(env, matrix.values));
  return object;
}

}  // namespace

Napi::Value learn_space(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Options options(object_arg(info[4], "options"));
    SpaceCorpus corpus = read_corpus(info);
    const Learner learn = learner(string_arg(info[0], "kind"), options, corpus.words);
    options.check_all_read();
    auto work = [corpus = std::move(corpus), learn](const Listener& listener) {
      return learn(corpus, [&](double fraction) { listener.report(fraction, 1); });
    };
    const Activity activity{"learning a space", "lower the dimensions or the number of words"};
    return start_job(info.Env(), activity, info[5], std::move(work), space_to_js);
  });
}

}  // namespace dppo
