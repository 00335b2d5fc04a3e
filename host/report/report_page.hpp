#pragma once

#include <string>

#include "host/report/report_data.hpp"

namespace quantal::report {

struct PageText {
  std::string title;
  std::string source;  ///< the results file's name
};

/// One HTML document that shows the report in any browser, by itself: it loads nothing and its policy forbids it to.
/// Names of games and files may hold anything.
std::string write_page(const ReportData& data, const PageText& text);

}  // namespace quantal::report
