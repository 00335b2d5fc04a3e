#pragma once

/// Payoffs of normal forms on their way to a device, where they are brought into the kernels' layout.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "host/chunk.hpp"
#include "host/device_memory.cuh"
#include "host/parallel.hpp"
#include "kernels/arrange_payoffs.cuh"
#include "quantal/game.hpp"

namespace quantal {

/// Copies the payoffs of games of one shape to a device in pieces of about `piece_bytes`, and arranges them there.
/// Several threads gather pieces, each into two places in turn: one is filled while the other one is copied.
template <class Scalar>
class PayoffUpload {
 public:
  PayoffUpload(std::span<const Game* const> games, const Shape& shape, std::size_t piece_bytes)
      : games_(games),
        shape_(shape),
        agents_(static_cast<std::int64_t>(shape.actions.size())),
        joint_actions_(shape.payoffs / agents_),
        room_(std::max<std::int64_t>(static_cast<std::int64_t>(piece_bytes / sizeof(double)),
                                     *std::max_element(shape.actions.begin(), shape.actions.end()))) {
    cut();
  }

  /// To `to`, (G, shape.payoffs), in the stream's order; done with the games when it returns. `memory` is for what is
  /// copied from.
  void run(Scalar* to, int device, int threads, std::pmr::memory_resource& memory, const Stream& stream) const {
    constexpr std::size_t most_threads = 4;  // as fast as a device takes what they gather
    std::atomic<std::size_t> next{0};
    const std::size_t workers = std::min({static_cast<std::size_t>(threads), most_threads, pieces_.size()});
    on_threads(static_cast<int>(workers), [&](int) {
      const DeviceScope scope(device);
      std::optional<Place> places[2];
      for (std::size_t turn = 0;; ++turn) {
        const std::size_t p = next.fetch_add(1, std::memory_order_relaxed);
        if (p >= pieces_.size()) return;
        std::optional<Place>& place = places[turn % 2];
        if (!place) place.emplace(room_, memory, stream);
        place->copied.wait();
        const std::int64_t size = gather(pieces_[p], place->host.data());
        const std::span<const double> gathered(place->host.data(), static_cast<std::size_t>(size));
        copy_to_device(place->device.data(), gathered, stream);
        place->copied.record(stream);
        arrange(pieces_[p], place->device.data(), to, stream);
      }
    });
  }

  std::size_t pieces() const { return pieces_.size(); }

 private:
  /// Several games; or of one game's agent, of m actions, the columns [low, low + lows) of each of `highs` (H; m, L),
  /// which are all L of them where there are several: see kernels/arrange_payoffs.cuh.
  struct Piece {
    std::int64_t game;
    std::int64_t games;  // 0: of one agent
    std::int64_t agent;
    std::int64_t high;
    std::int64_t highs;
    std::int64_t low;
    std::int64_t lows;
  };

  /// The events end, and wait, first.
  struct Place {
    Place(std::int64_t room, std::pmr::memory_resource& memory, const Stream& stream)
        : host(static_cast<std::size_t>(room), &memory), device(static_cast<std::size_t>(room), stream) {}
    std::pmr::vector<double> host;
    DeviceArray<double> device;
    Event copied;
  };

  std::int64_t actions(std::int64_t i) const { return shape_.actions[static_cast<std::size_t>(i)]; }
  /// Joint actions of the agents after i.
  std::int64_t after(std::int64_t i) const {
    std::int64_t product = 1;
    for (std::int64_t j = i + 1; j < agents_; ++j) product *= actions(j);
    return product;
  }

  void cut() {
    const auto G = static_cast<std::int64_t>(games_.size());
    const std::int64_t games_a_piece = room_ / shape_.payoffs;
    if (games_a_piece > 0) {
      for (std::int64_t g = 0; g < G; g += games_a_piece) {
        pieces_.push_back({g, std::min(games_a_piece, G - g), 0, 0, 0, 0, 0});
      }
      return;
    }
    for (std::int64_t g = 0; g < G; ++g) {
      for (std::int64_t i = 0; i < agents_; ++i) {
        const std::int64_t L = after(i);
        const std::int64_t H = joint_actions_ / (L * actions(i));
        const std::int64_t columns = room_ / actions(i);
        const std::int64_t highs = std::max<std::int64_t>(1, columns / L);
        const std::int64_t lows = std::min(columns, L);
        for (std::int64_t high = 0; high < H; high += highs) {
          for (std::int64_t low = 0; low < L; low += lows) {
            pieces_.push_back({g, 0, i, high, std::min(highs, H - high), low, std::min(lows, L - low)});
          }
        }
      }
    }
  }

  const double* payoffs(std::int64_t g) const {
    return std::get<NormalFormGame>(*games_[static_cast<std::size_t>(g)]).payoffs.data();
  }

  /// Returns how many payoffs there are.
  std::int64_t gather(const Piece& piece, double* to) const {
    double* const begin = to;
    if (piece.games > 0) {
      for (std::int64_t g = 0; g < piece.games; ++g) to = std::copy_n(payoffs(piece.game + g), shape_.payoffs, to);
      return to - begin;
    }
    const std::int64_t L = after(piece.agent);
    const std::int64_t rows = piece.highs * actions(piece.agent);
    const double* from =
        payoffs(piece.game) + piece.agent * joint_actions_ + piece.high * actions(piece.agent) * L + piece.low;
    if (piece.lows == L) return std::copy_n(from, rows * L, to) - begin;
    for (std::int64_t row = 0; row < rows; ++row, from += L) to = std::copy_n(from, piece.lows, to);
    return to - begin;
  }

  void arrange(const Piece& piece, const double* given, Scalar* to, const Stream& stream) const {
    Scalar* const game = to + piece.game * shape_.payoffs;
    const auto arrange_agent = [&](std::int64_t i, const double* from, std::int64_t first_column, std::int64_t games,
                                   std::int64_t columns, std::int64_t lows) {
      QUANTAL_CUDA_CHECK(
          kernels::arrange_payoffs<Scalar>({from, shape_.payoffs, game + i * joint_actions_ + first_column * actions(i),
                                            shape_.payoffs, games, columns, lows, static_cast<int>(actions(i))},
                                           stream.get()));
    };
    if (piece.games == 0) {
      return arrange_agent(piece.agent, given, piece.high * after(piece.agent) + piece.low, 1, piece.highs * piece.lows,
                           piece.lows);
    }
    for (std::int64_t i = 0; i < agents_; ++i) {
      arrange_agent(i, given + i * joint_actions_, 0, piece.games, joint_actions_ / actions(i), after(i));
    }
  }

  std::span<const Game* const> games_;
  const Shape& shape_;
  std::int64_t agents_;
  std::int64_t joint_actions_;
  std::int64_t room_;  // numbers that a place holds: a column at least
  std::vector<Piece> pieces_;
};

}  // namespace quantal
