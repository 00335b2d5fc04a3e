#pragma once

#include "options.hpp"

namespace quantal::cli {

// Each carries out one command and returns the exit code. They throw InputError (exit code 2) before anything is
// written, other Errors (1), and ReaderGone.

int run(const SolveOptions& options);
int run(const ConvertOptions& options);
int run(const GenerateOptions& options);
int run(const FitOptions& options);
int run(const InfoOptions& options);
int run(const ReportOptions& options);
int run(const ExperimentOptions& options);
int run(const BenchOptions& options);
int run(const PrintText& text);

}  // namespace quantal::cli
