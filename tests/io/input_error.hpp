#pragma once

#include <gtest/gtest.h>

#include <string>

#include "quantal/error.hpp"

namespace quantal::testing {

/// The message of the InputError that `call` throws; a test failure and "" if it throws none.
template <typename Call>
std::string input_error(const Call& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no InputError was thrown";
  return "";
}

/// Whether a message is one line of printable ASCII.
inline bool is_one_plain_line(const std::string& message) {
  for (const char c : message) {
    if (c < ' ' || c > '~') return false;
  }
  return !message.empty();
}

/// Expects that `message` is one line, begins with `place` (`file:line: `) and contains `words`.
inline void expect_message(const std::string& message, const std::string& place, const std::string& words) {
  EXPECT_TRUE(is_one_plain_line(message)) << message;
  EXPECT_EQ(message.substr(0, place.size()), place) << message;
  EXPECT_NE(message.find(words), std::string::npos) << message << "\n  lacks: " << words;
}

}  // namespace quantal::testing
