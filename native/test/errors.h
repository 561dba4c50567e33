// How tests expect an error.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace dppo {

// Expects that `body` throws an Error of this kind, with a message that holds `said`. The kind matters: work that is
// cancelled fails too, and so do other checks.
template <typename Body>
void expect_error(ErrorKind kind, const Body& body, const std::string& said = "") {
  try {
    body();
    ADD_FAILURE() << "nothing was thrown; expected " << error_code(kind) << " with \"" << said << '"';
  } catch (const Error& error) {
    EXPECT_STREQ(error_code(error.kind()), error_code(kind)) << error.what();
    EXPECT_NE(std::string(error.what()).find(said), std::string::npos)
        << error.what() << "\nexpected a message with \"" << said << '"';
  }
}

}  // namespace dppo
