#pragma once

#include <string_view>

namespace quantal::report {

// The files page.html, page.css and page.js of this directory, which the build turns into code.
extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view page_js;

}  // namespace quantal::report
