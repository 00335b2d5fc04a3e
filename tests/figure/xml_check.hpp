#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace quantal::figure_test {

/// What is wrong with a document of elements, attributes in double quotes and text, as XML; empty if nothing is. It
/// knows no comments, processing instructions or declarations.
inline std::string xml_error(std::string_view text) {
  std::vector<std::string> open;
  const auto bad_text = [](std::string_view part) -> std::string {
    for (std::size_t k = 0; k < part.size(); ++k) {
      const auto byte = static_cast<unsigned char>(part[k]);
      if (byte < 0x20 && byte != '\n') return "a control character";
      if (part[k] == '<' || part[k] == '>') return "markup in a text";
      if (part[k] != '&') continue;
      bool known = false;
      for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
        known = known || part.substr(k).starts_with(entity);
      }
      if (!known) return "an ampersand";
    }
    return "";
  };
  std::size_t roots = 0;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find('<'), text.size());
    if (const std::string error = bad_text(text.substr(0, begin)); !error.empty()) return error;
    text.remove_prefix(begin);
    if (text.empty()) break;
    const std::size_t end = text.find('>');
    if (end == text.npos) return "a tag without an end";
    std::string_view tag = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (tag.starts_with("/")) {
      if (open.empty() || open.back() != tag.substr(1)) return "a closing tag that closes nothing: " + std::string(tag);
      open.pop_back();
      continue;
    }
    const bool closes = tag.ends_with("/");
    if (closes) tag.remove_suffix(1);
    std::size_t k = 0;
    while (k < tag.size() && std::isalpha(static_cast<unsigned char>(tag[k])) != 0) ++k;
    const std::string name(tag.substr(0, k));
    if (name.empty()) return "a tag without a name";
    roots += open.empty() ? 1 : 0;
    tag.remove_prefix(k);
    std::vector<std::string> seen;
    while (!tag.empty()) {
      if (tag.front() != ' ') return "attributes without a space between them in " + name;
      tag.remove_prefix(1);
      const std::size_t equals = tag.find("=\"");
      if (equals == tag.npos || equals == 0) return "an attribute without a value in " + name;
      const std::string attribute(tag.substr(0, equals));
      for (const std::string& other : seen) {
        if (other == attribute) return "an attribute twice in " + name;
      }
      seen.push_back(attribute);
      tag.remove_prefix(equals + 2);
      const std::size_t quote = tag.find('"');
      if (quote == tag.npos) return "a value without an end in " + name;
      if (const std::string error = bad_text(tag.substr(0, quote)); !error.empty()) return error;
      tag.remove_prefix(quote + 1);
    }
    if (!closes) open.push_back(name);
  }
  if (!open.empty()) return "no end of " + open.back();
  return roots == 1 ? "" : "not one element around everything";
}

}  // namespace quantal::figure_test
