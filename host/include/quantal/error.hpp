#pragma once

#include <stdexcept>
#include <string>

namespace quantal {

/// Everything Quantal throws derives from Error; `what()` is one line, fit to be shown to a person.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The caller's fault: a bad file, a bad setting, a shape that does not fit. The command exits with 2.
/// Errors about a file begin with `file:line: `.
class InputError : public Error {
 public:
  using Error::Error;
};

/// A backend cannot do what was asked: CUDA not built in, no device, a device that failed. The command exits
/// with 1.
class BackendError : public Error {
 public:
  using Error::Error;
};

}  // namespace quantal
