#pragma once

#include <string_view>

namespace quantal::cli_test {

/// Defecting (the second action) is worth 1 more whatever the other does, so in the QRE of temperature tau both
/// defect with probability 1 / (1 + exp(-1 / tau)), found in one step of eta = 1 / tau.
inline constexpr std::string_view prisoners = R"(NFG 1 R "Prisoner's dilemma" { "Row" "Column" } { 2 2 }

3 3 4 0 0 4 1 1
)";

/// Under large fixed steps and small temperatures this one cycles for ever.
inline constexpr std::string_view pennies =
    R"({"class": "normal_form", "name": "pennies", "actions": [2, 2], "payoffs": [[2, -1, -1, 1], [-2, 1, 1, -1]]})";

/// Three agents, ragged.
inline constexpr std::string_view ragged =
    R"({"class": "normal_form", "name": "ragged", "actions": [2, 1, 3],
        "payoffs": [[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0], [0.5, 0.25, 0, 1, 2, 0]]})";

}  // namespace quantal::cli_test
