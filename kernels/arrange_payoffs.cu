#include "kernels/arrange_payoffs.cuh"

#include <algorithm>

#include "kernels/shape.hpp"
#include "kernels/team.cuh"

namespace quantal {
namespace kernels {
namespace {

constexpr int arranging_threads = 256;
/// Columns are dealt out to these many blocks at most, which fill a device.
constexpr std::int64_t most_arranging_blocks = 2048;

/// `Width` threads take a column: what they write is in one stretch, and so is what a block reads of each action.
template <int Width, class Scalar>
__global__ void __launch_bounds__(arranging_threads) arrange_kernel(GivenPayoffs<Scalar> payoffs) {
  const TileTeam<Width, true> team;
  const std::int64_t all = payoffs.games * payoffs.columns;
  const std::int64_t step = std::int64_t{gridDim.x} * (arranging_threads / Width);
  // All threads of a warp take as many turns.
  const std::int64_t turns = (all + step - 1) / step;
  std::int64_t column = std::int64_t{blockIdx.x} * (arranging_threads / Width) + threadIdx.x / Width;
  for (std::int64_t turn = 0; turn < turns; ++turn, column += step) {
    const std::int64_t here = column < all ? column : all - 1;
    const std::int64_t game = here / payoffs.columns;
    const std::int64_t c = here % payoffs.columns;
    const double* const given = payoffs.given + game * payoffs.given_stride +
                                c / payoffs.after * payoffs.after * payoffs.actions + c % payoffs.after;
    const auto payoff = [&](int a) { return given[a * payoffs.after]; };
    double highest = payoff(0);
    for (int a = team.rank(); a < payoffs.actions; a += Width) highest = math::max(highest, payoff(a));
    highest = team.max(highest);
    if (column >= all) continue;
    const double reference = payoff_reference(payoffs.actions, payoff(payoffs.actions - 1), highest);
    Scalar* const arranged = payoffs.arranged + game * payoffs.arranged_stride + c * payoffs.actions;
    for (int a = team.rank(); a < payoffs.actions; a += Width) arranged[a] = static_cast<Scalar>(payoff(a) - reference);
  }
}

template <int Width, class Scalar>
cudaError_t launch(const GivenPayoffs<Scalar>& payoffs, cudaStream_t stream) {
  const std::int64_t blocks = (payoffs.games * payoffs.columns * Width + arranging_threads - 1) / arranging_threads;
  arrange_kernel<Width>
      <<<static_cast<unsigned>(std::min(blocks, most_arranging_blocks)), arranging_threads, 0, stream>>>(payoffs);
  return cudaGetLastError();
}

}  // namespace

template <class Scalar>
cudaError_t arrange_payoffs(const GivenPayoffs<Scalar>& payoffs, cudaStream_t stream) {
  if (payoffs.actions <= 2) return launch<2>(payoffs, stream);
  if (payoffs.actions <= 8) return launch<8>(payoffs, stream);
  return launch<32>(payoffs, stream);
}

template cudaError_t arrange_payoffs(const GivenPayoffs<float>&, cudaStream_t);
template cudaError_t arrange_payoffs(const GivenPayoffs<double>&, cudaStream_t);

}  // namespace kernels
}  // namespace quantal
