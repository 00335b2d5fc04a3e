#include "host/arrange_payoffs.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <variant>
#include <vector>

#include "host/parallel.hpp"

namespace quantal {

namespace {

/// Some 2^14 payoffs at a time make the threads' turns worth taking.
constexpr std::int64_t grain_payoffs = std::int64_t{1} << 14;

/// Agent i's payoffs in a normal form as P_i(h, l, a). Returns the largest difference that its own action makes.
template <class Scalar>
double arrange(const NormalFormGame& game, const Shape& shape, std::size_t i, Scalar* out) {
  const auto m = static_cast<std::size_t>(shape.actions[i]);
  std::size_t stride = 1;  // from one of its actions to the next: joint actions of the agents after it
  for (std::size_t j = i + 1; j < shape.actions.size(); ++j) stride *= static_cast<std::size_t>(shape.actions[j]);
  const std::size_t M = static_cast<std::size_t>(shape.payoffs) / shape.actions.size();
  const double* const payoffs = game.payoffs.data() + i * M;
  double span = 0;
  for (std::size_t before = 0; before < M; before += stride * m) {
    for (std::size_t at = before; at < before + stride; ++at, out += m) {
      double low = payoffs[at];
      double high = low;
      for (std::size_t a = 1; a < m; ++a) {
        low = std::min(low, payoffs[at + a * stride]);
        high = std::max(high, payoffs[at + a * stride]);
      }
      span = std::max(span, high - low);
      const double offset = kernels::payoff_reference(shape.actions[i], payoffs[at + (m - 1) * stride], high);
      for (std::size_t a = 0; a < m; ++a) out[a] = static_cast<Scalar>(payoffs[at + a * stride] - offset);
    }
  }
  return span;
}

template <class Scalar>
double largest_magnitude(const Scalar* begin, const Scalar* end) {
  Scalar largest = 0;
  for (; begin != end; ++begin) largest = std::max(largest, std::abs(*begin));
  return static_cast<double>(largest);
}

/// f(m), with m known to the compiler where it is one of the few that most networks have.
template <class F>
void with_actions(int m, const F& f) {
  switch (m) {
    case 2:
      return f(std::integral_constant<int, 2>{});
    case 3:
      return f(std::integral_constant<int, 3>{});
    case 4:
      return f(std::integral_constant<int, 4>{});
    default:
      return f(m);
  }
}

/// The middle one of the m values, or the mean of the two middle ones. Reorders them.
template <class Actions>
double median(double* values, Actions m) {
  if constexpr (std::is_same_v<Actions, std::integral_constant<int, 2>>) {
    return values[0] / 2 + values[1] / 2;
  } else if constexpr (std::is_same_v<Actions, std::integral_constant<int, 3>>) {
    const double low = std::min(values[0], values[1]);
    const double high = std::max(values[0], values[1]);
    return std::max(low, std::min(high, values[2]));
  } else {
    double* const middle = values + m / 2;
    std::nth_element(values, middle, values + m);
    if (m % 2 == 1) return *middle;
    return *middle / 2 + *std::max_element(values, middle) / 2;
  }
}

/// Brings agents' matrices on edges into place.
template <class Scalar>
class MatrixArranger {
 public:
  explicit MatrixArranger(const Shape& shape)
      : network_(shape.is_network()),
        column_(static_cast<std::size_t>(*std::max_element(shape.actions.begin(), shape.actions.end()))) {}

  /// `payoffs` steps by `own` from one of the agent's m actions to the next and by `other` from one of its neighbour's
  /// to the next.
  void operator()(const double* payoffs, int m, std::size_t own, int neighbours, std::size_t other, Scalar* out) {
    with_actions(m, [&](auto actions) {
      double* const column = column_.data();
      for (int b = 0; b < neighbours; ++b, payoffs += other, out += actions) {
        for (int a = 0; a < actions; ++a) column[a] = payoffs[static_cast<std::size_t>(a) * own];
        const double centre =
            network_ ? median(column, actions)
                     : kernels::payoff_reference(m, column[m - 1], *std::max_element(column, column + actions));
        for (int a = 0; a < actions; ++a) {
          out[a] = static_cast<Scalar>(payoffs[static_cast<std::size_t>(a) * own] - centre);
        }
      }
    });
  }

 private:
  bool network_;
  std::vector<double> column_;
};

/// f(i, j, payoffs, own, other) for each agent that one of the edges [begin, end) pays, and its neighbour: its payoffs
/// step by `own` from one of its actions to the next and by `other` from one of j's to the next. The first edge's are
/// at `payoffs`.
template <class F>
void for_matrices(const PolymatrixGame& game, std::size_t begin, std::size_t end, const double* payoffs, F&& f) {
  for (std::size_t e = begin; e < end; ++e) {
    const PolymatrixEdge& edge = game.edges[e];
    const auto row = static_cast<std::size_t>(game.actions[static_cast<std::size_t>(edge.second)]);
    if (edge.pays_first) {
      f(edge.first, edge.second, payoffs, row, std::size_t{1});
      payoffs += edge_matrix_size(game, edge);
    }
    if (edge.pays_second) {
      f(edge.second, edge.first, payoffs, std::size_t{1}, row);
      payoffs += edge_matrix_size(game, edge);
    }
  }
}

/// Where the payoffs of agent i on account of j begin.
std::int64_t arc_payoffs(const Shape& shape, int i, int j) {
  const auto at = static_cast<std::size_t>(i);
  if (!shape.is_network()) return shape.table[at].payoffs;  // a bimatrix game
  return shape.network.payoffs(at, shape.network.graph.arc(i, j));
}

/// The edges [begin, end) of a network; the first one's payoffs are at `payoffs`.
template <class Scalar>
void arrange(const PolymatrixGame& game, std::size_t begin, std::size_t end, const double* payoffs, const Shape& shape,
             Scalar* out) {
  MatrixArranger<Scalar> arrange_matrix(shape);
  const auto actions = [&](int i) { return shape.actions[static_cast<std::size_t>(i)]; };
  for_matrices(game, begin, end, payoffs, [&](int i, int j, const double* matrix, std::size_t own, std::size_t other) {
    arrange_matrix(matrix, actions(i), own, actions(j), other, out + arc_payoffs(shape, i, j));
  });
}

/// The largest differences that agents' own actions make in an arranged network.
template <class Scalar>
void find_spans(const Shape& shape, const Scalar* payoffs, std::size_t begin, std::size_t end, double* span) {
  const NetworkTables& network = shape.network;
  for (std::size_t i = begin; i < end; ++i) {
    with_actions(shape.actions[i], [&](auto actions) {
      span[i] = 0;
      for (std::int64_t arc = network.agent[i].arc; arc < network.agent[i + 1].arc; ++arc) {
        const auto j = static_cast<std::size_t>(network.graph.neighbour[static_cast<std::size_t>(arc)]);
        const Scalar* column = payoffs + network.payoffs(i, arc);
        Scalar widest = 0;
        for (int b = 0; b < shape.actions[j]; ++b, column += actions) {
          Scalar low = column[0];
          Scalar high = column[0];
          for (int a = 1; a < actions; ++a) {
            low = std::min(low, column[a]);
            high = std::max(high, column[a]);
          }
          widest = std::max(widest, high - low);
        }
        span[i] += static_cast<double>(widest);
      }
    });
  }
}

constexpr std::size_t edges_at_a_time = 1024;

/// f(begin, end, payoffs) for ranges of edges, dealt out among the threads; the payoffs of a range begin at `payoffs`.
template <class F>
void for_edge_ranges(const PolymatrixGame& game, int threads, F&& f) {
  std::vector<const double*> start;
  const double* payoffs = game.payoffs.data();
  for (std::size_t e = 0; e < game.edges.size(); ++e) {
    if (e % edges_at_a_time == 0) start.push_back(payoffs);
    const PolymatrixEdge& edge = game.edges[e];
    payoffs += edge_matrix_size(game, edge) * (std::size_t{edge.pays_first} + std::size_t{edge.pays_second});
  }
  for_ranges(threads, static_cast<std::int64_t>(start.size()), 1, [&](std::int64_t from, std::int64_t to) {
    for (auto k = static_cast<std::size_t>(from); k < static_cast<std::size_t>(to); ++k) {
      const std::size_t begin = k * edges_at_a_time;
      f(begin, std::min(begin + edges_at_a_time, game.edges.size()), start[k]);
    }
  });
}

/// One network, its edges dealt out among the threads.
template <class Scalar>
void arrange_large(const PolymatrixGame& game, const Shape& shape, int threads, Scalar* out, double* span) {
  for_edge_ranges(game, threads, [&](std::size_t begin, std::size_t end, const double* payoffs) {
    arrange(game, begin, end, payoffs, shape, out);
  });
  for_ranges(threads, shape.agents, edges_at_a_time, [&](std::int64_t begin, std::int64_t end) {
    find_spans(shape, out, static_cast<std::size_t>(begin), static_cast<std::size_t>(end), span);
  });
}

/// One network with reduced payoffs: first where each arc's payoffs are, then agent by agent.
template <class Scalar>
void arrange_reduced(const PolymatrixGame& game, const Shape& shape, int threads, Scalar* out, double* span) {
  struct Source {
    const double* payoffs = nullptr;  // null: only other games of the bucket have the arc
    bool transposed = false;          // the agent's own action is the fastest
  };
  const NetworkTables& network = shape.network;
  std::vector<Source> source(network.graph.neighbour.size());
  for_edge_ranges(game, threads, [&](std::size_t begin, std::size_t end, const double* payoffs) {
    for_matrices(game, begin, end, payoffs, [&](int i, int j, const double* matrix, std::size_t own, std::size_t) {
      source[static_cast<std::size_t>(network.graph.arc(i, j))] = {matrix, own == 1};
    });
  });
  Scalar* const constants = out + network.agent.back().payoffs;
  const auto arrange_agent = [&](std::size_t i, auto actions) {
    const auto m = static_cast<std::size_t>(actions);
    const std::size_t rest = m - 1;
    Scalar* to = out + network.agent[i].payoffs;
    std::vector<double> constant(rest);
    span[i] = 0;
    for (std::int32_t arc = network.agent[i].arc; arc < network.agent[i + 1].arc; ++arc) {
      const Source& from = source[static_cast<std::size_t>(arc)];
      double widest = 0;
      for (std::size_t b = 0; b < m; ++b) {
        // What the agent's actions pay beside its first one, where the neighbour plays b.
        double low = 0;
        double high = 0;
        for (std::size_t a = 1; a < m; ++a) {
          const auto payoff = [&](std::size_t own, std::size_t other) {
            return from.payoffs == nullptr ? 0 : from.payoffs[from.transposed ? other * m + own : own * m + other];
          };
          const double difference = payoff(a, b) - payoff(0, b);
          low = std::min(low, difference);
          high = std::max(high, difference);
          if (b == 0) {
            constant[a - 1] += difference;
          } else {
            *to++ = static_cast<Scalar>(difference - (payoff(a, 0) - payoff(0, 0)));
          }
        }
        widest = std::max(widest, high - low);
      }
      span[i] += widest;
    }
    std::transform(constant.begin(), constant.end(), constants + i * rest,
                   [](double c) { return static_cast<Scalar>(c); });
  };
  for_ranges(threads, shape.agents, edges_at_a_time, [&](std::int64_t begin, std::int64_t end) {
    with_actions(network.uniform, [&](auto actions) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) arrange_agent(i, actions);
    });
  });
}

}  // namespace

template <class Scalar>
void arrange_payoffs(std::span<const Game* const> games, const Shape& shape, int threads, Scalar* out,
                     std::span<double> span) {
  const auto N = static_cast<std::size_t>(shape.agents);
  const auto G = static_cast<std::int64_t>(games.size());
  const auto game_at = [&](std::size_t g) { return out + static_cast<std::int64_t>(g) * shape.payoffs; };
  if (shape.network.reduced || (shape.is_network() && shape.payoffs > grain_payoffs)) {
    for (std::size_t g = 0; g < games.size(); ++g) {
      const auto& game = std::get<PolymatrixGame>(*games[g]);
      if (shape.network.reduced) {
        arrange_reduced(game, shape, threads, game_at(g), span.data() + g * N);
      } else {
        arrange_large(game, shape, threads, game_at(g), span.data() + g * N);
      }
    }
    return;
  }
  const std::int64_t grain = std::max<std::int64_t>(1, grain_payoffs / std::max<std::int64_t>(1, shape.payoffs));
  if (shape.is_network()) {
    for_ranges(threads, G, grain, [&](std::int64_t begin, std::int64_t end) {
      for (auto g = static_cast<std::size_t>(begin); g < static_cast<std::size_t>(end); ++g) {
        const auto& game = std::get<PolymatrixGame>(*games[g]);
        std::fill_n(game_at(g), shape.payoffs, Scalar(0));  // arcs that only other games of the bucket have
        arrange(game, 0, game.edges.size(), game.payoffs.data(), shape, game_at(g));
        find_spans(shape, game_at(g), 0, N, span.data() + g * N);
      }
    });
    return;
  }
  for_ranges(threads, G * shape.agents, grain * shape.agents, [&](std::int64_t begin, std::int64_t end) {
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      const std::size_t g = k / N;
      const std::size_t i = k % N;
      Scalar* const own = game_at(g) + shape.table[i].payoffs;
      if (const auto* normal_form = std::get_if<NormalFormGame>(games[g])) {
        span[k] = arrange(*normal_form, shape, i, own);
      } else if (i == 0) {
        const auto& network = std::get<PolymatrixGame>(*games[g]);
        std::fill_n(own, shape.payoffs, Scalar(0));
        arrange(network, 0, network.edges.size(), network.payoffs.data(), shape, own);
        const std::int64_t half = shape.payoffs / 2;
        span[k] = largest_magnitude(own, own + half);
        span[k + 1] = largest_magnitude(own + half, own + shape.payoffs);
      }
    }
  });
}

template void arrange_payoffs(std::span<const Game* const>, const Shape&, int, float*, std::span<double>);
template void arrange_payoffs(std::span<const Game* const>, const Shape&, int, double*, std::span<double>);

}  // namespace quantal
