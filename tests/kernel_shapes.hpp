#pragma once

#include <vector>

namespace quantal {

/// Normal forms of one to eight agents, alike and ragged, with agents of one action and of many.
inline const std::vector<std::vector<int>> kernel_shapes = {{1},
                                                            {6},
                                                            {2, 2},
                                                            {2, 3},
                                                            {1, 5},
                                                            {3, 1, 2},
                                                            {2, 3, 4},
                                                            {2, 2, 2},
                                                            {2, 2, 2, 2},
                                                            {40, 33},
                                                            {2, 37, 3},
                                                            {1, 1, 1},
                                                            {3, 2, 2, 4},
                                                            {2, 2, 2, 2, 2},
                                                            {9, 2, 2, 2, 3},
                                                            {70, 2},
                                                            {3, 3, 3},
                                                            {3, 3, 3, 3},
                                                            {2, 3, 2, 3, 2, 4},
                                                            {4, 2, 2, 3, 5},
                                                            {2, 2, 2, 2, 2, 2},
                                                            {2, 2, 2, 2, 2, 2, 2, 2}};

}  // namespace quantal
