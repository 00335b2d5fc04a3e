#include "host/figure/markup.hpp"

#include <nlohmann/json.hpp>

namespace quantal::figure {

namespace {

/// Other bytes become U+FFFD.
std::string valid_utf8(std::string_view text) {
  constexpr auto replace = nlohmann::json::error_handler_t::replace;
  return nlohmann::json::parse(nlohmann::json(text).dump(-1, ' ', false, replace)).get<std::string>();
}

}  // namespace

std::string markup(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string out;
  for (std::size_t k = 0; k < valid.size(); ++k) {
    const std::string_view rest = std::string_view(valid).substr(k);
    switch (valid[k]) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {  // U+FFFE, U+FFFF
          out += "\xEF\xBF\xBD";
          k += 2;
        } else {
          const auto byte = static_cast<unsigned char>(valid[k]);
          out += byte < 0x20 || byte == 0x7F ? ' ' : valid[k];
        }
    }
  }
  return out;
}

}  // namespace quantal::figure
