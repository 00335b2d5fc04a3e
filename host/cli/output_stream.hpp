#pragma once

#include <ostream>
#include <streambuf>

#include "output.hpp"

namespace quantal::cli {

/// An Output as a stream, for the library's writers. What the Output throws comes through.
class OutputStream : public std::ostream {
 public:
  explicit OutputStream(Output& output) : std::ostream(nullptr), buffer_(output) {
    rdbuf(&buffer_);
    exceptions(std::ios::badbit);
  }

 private:
  class Buffer : public std::streambuf {
   public:
    explicit Buffer(Output& output) : output_(output) {}

   private:
    std::streamsize xsputn(const char* text, std::streamsize size) override {
      output_.write({text, static_cast<std::size_t>(size)});
      return size;
    }

    int_type overflow(int_type letter) override {
      const char text = traits_type::to_char_type(letter);
      if (!traits_type::eq_int_type(letter, traits_type::eof())) output_.write({&text, 1});
      return traits_type::not_eof(letter);
    }

    Output& output_;
  };

  Buffer buffer_;
};

}  // namespace quantal::cli
