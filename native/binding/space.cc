#include "binding/space.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "base/error.h"
#include "binding/args.h"
#include "binding/job.h"
#include "space/space.h"

namespace dppo {

namespace {

using Learner = std::function<SpaceMatrix(const SpaceCorpus&, const CancelFlag*, const SpaceProgress&)>;

template <typename Out>
std::vector<Out> whole_numbers(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    throw Error(ErrorKind::kConfig, std::string(name) + ": expected an Int32Array");
  }
  const auto array = value.As<Napi::Int32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

void read_int32(const Options& options, const char* name, std::int32_t& out) {
  std::int64_t whole = out;
  options.read(name, whole);
  if (whole < 0 || whole > std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorKind::kConfig, std::string(name) + ": expected a whole number from 0 to 2147483647");
  }
  out = static_cast<std::int32_t>(whole);
}

// Adds the options that every method takes and binds all of them to the method.
template <typename SpaceOptions, typename Learn>
Learner bind_options(const Options& options, SpaceOptions chosen, Learn learn) {
  options.read("seed", chosen.seed);
  read_int32(options, "threads", chosen.threads);
  return [chosen, learn](const auto& corpus, auto* cancel, const auto& progress) {
    return learn(corpus, chosen, cancel, progress);
  };
}

Learner lsa_learner(const Options& options) {
  LsaOptions chosen;
  read_int32(options, "dimensions", chosen.dimensions);
  return bind_options(options, chosen, learn_lsa);
}

Learner lda_learner(const Options& options) {
  LdaOptions chosen;
  read_int32(options, "dimensions", chosen.topics);
  read_int32(options, "iterations", chosen.iterations);
  return bind_options(options, chosen, learn_lda);
}

Learner word2vec_learner(const Options& options) {
  Word2vecOptions chosen;
  read_int32(options, "dimensions", chosen.dimensions);
  read_int32(options, "epochs", chosen.epochs);
  return bind_options(options, chosen, learn_word2vec);
}

Learner learner(const std::string& kind, const Options& options) {
  if (kind == "lsa") return lsa_learner(options);
  if (kind == "lda") return lda_learner(options);
  if (kind == "word2vec") return word2vec_learner(options);
  throw Error(ErrorKind::kConfig, "kind: expected lsa, lda or word2vec");
}

SpaceCorpus read_corpus(const Napi::CallbackInfo& info) {
  SpaceCorpus corpus;
  corpus.tokens = whole_numbers<std::int32_t>(info[1], "tokens");
  corpus.offsets = whole_numbers<std::int64_t>(info[2], "offsets");
  if (!info[3].IsNumber()) throw Error(ErrorKind::kConfig, "words: expected a number");
  corpus.words = info[3].As<Napi::Number>().Int32Value();
  return corpus;
}

Napi::Value to_js(Napi::Env env, SpaceMatrix& matrix) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("dimensions", Napi::Number::New(env, matrix.columns));
  Napi::Float32Array values = Napi::Float32Array::New(env, matrix.values.size());
  std::ranges::copy(matrix.values, values.Data());
  object.Set("values", values);
  return object;
}

}  // namespace

Napi::Value learn_space(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Options options(object_arg(info[4], "options"));
    const auto work = [corpus = read_corpus(info), learn = learner(string_arg(info[0], "kind"), options)](
                          CancelFlag& cancel, const Listener& listener) {
      return learn(corpus, &cancel, [&](double fraction) { listener.report(fraction, 1); });
    };
    return start_job(info.Env(), info[5], work, to_js);
  });
}

}  // namespace dppo
