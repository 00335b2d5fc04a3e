#include "host/files/reader_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>
#include <type_traits>
#include <utility>

#include "host/files/normal_form_table.hpp"
#include "host/files/place.hpp"
#include "host/files/trial.hpp"

namespace quantal::files {
namespace {

/// The other end of the socket is gone.
struct Gone {};

/// Numbers, texts and games through a socket. Throws Gone.
class Wire {
 public:
  explicit Wire(int socket) : socket_(socket) { out_.reserve(block_bytes); }

  template <class Value>
  void put(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    put_bytes(&value, sizeof value);
  }
  void put(const std::string& text) {
    put(text.size());
    put_bytes(text.data(), text.size());
  }
  template <class Value>
  void put(const std::vector<Value>& values) {
    static_assert(std::is_trivially_copyable_v<Value>);
    put(values.size());
    put_bytes(values.data(), values.size() * sizeof(Value));
  }
  void put(const Game& game) {
    put(static_cast<std::uint8_t>(game.index()));
    std::visit([&](const auto& of_a_class) { put_members(of_a_class); }, game);
  }
  void flush() {
    send_bytes(out_.data(), out_.size());
    out_.clear();
  }

  template <class Value>
  Value take() {
    Value value{};
    take(value);
    return value;
  }
  template <class Value>
  void take(Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    take_bytes(&value, sizeof value);
  }
  void take(std::string& text) {
    text.resize(take_size(1));
    take_bytes(text.data(), text.size());
  }
  template <class Value>
  void take(std::vector<Value>& values) {
    values.resize(take_size(sizeof(Value)));
    take_bytes(values.data(), values.size() * sizeof(Value));
  }
  Game take_game() {
    switch (take<std::uint8_t>()) {
      case 0:
        return take_members(NormalFormGame{});
      case 1:
        return take_members(PolymatrixGame{});
      default:
        return take_members(MarkovGame{});
    }
  }

 private:
  static constexpr std::size_t block_bytes = std::size_t{1} << 18;

  void put_members(const NormalFormGame& game) {
    put(game.name);
    put(game.actions);
    put(game.payoffs);
  }
  void put_members(const PolymatrixGame& game) {
    put(game.name);
    put(game.actions);
    put(game.edges);
    put(game.payoffs);
  }
  void put_members(const MarkovGame& game) {
    put(game.name);
    put(game.states);
    put(game.actions);
    put(game.discount);
    put(game.initial);
    put(game.rewards);
    put(game.transitions);
    put(game.row_begin);
    put(game.next_state);
  }
  NormalFormGame take_members(NormalFormGame game) {
    take(game.name);
    take(game.actions);
    take(game.payoffs);
    return game;
  }
  PolymatrixGame take_members(PolymatrixGame game) {
    take(game.name);
    take(game.actions);
    take(game.edges);
    take(game.payoffs);
    return game;
  }
  MarkovGame take_members(MarkovGame game) {
    take(game.name);
    take(game.states);
    take(game.actions);
    take(game.discount);
    take(game.initial);
    take(game.rewards);
    take(game.transitions);
    take(game.row_begin);
    take(game.next_state);
    return game;
  }

  /// How many values follow. A process whose memory was damaged may say anything.
  std::size_t take_size(std::size_t value_bytes) {
    const auto count = take<std::size_t>();
    if (count > (most_numbers_of_a_game << 4) / value_bytes) throw Gone{};
    return count;
  }

  void put_bytes(const void* from, std::size_t bytes) {
    const auto* const begin = static_cast<const char*>(from);
    if (bytes >= block_bytes) {
      flush();
      return send_bytes(begin, bytes);
    }
    if (out_.size() + bytes > block_bytes) flush();
    out_.insert(out_.end(), begin, begin + bytes);
  }

  void take_bytes(void* to, std::size_t bytes) {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
      if (in_begin_ == in_.size() && bytes >= block_bytes) {
        const std::size_t received = receive_bytes(at, bytes);
        at += received;
        bytes -= received;
        continue;
      }
      if (in_begin_ == in_.size()) {
        in_.resize(block_bytes);
        in_.resize(receive_bytes(in_.data(), block_bytes));
        in_begin_ = 0;
      }
      const std::size_t count = std::min(bytes, in_.size() - in_begin_);
      std::memcpy(at, in_.data() + in_begin_, count);
      in_begin_ += count;
      at += count;
      bytes -= count;
    }
  }

  void send_bytes(const char* from, std::size_t bytes) {
    while (bytes > 0) {
      const ssize_t sent = send(socket_, from, bytes, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) throw Gone{};
      from += sent;
      bytes -= static_cast<std::size_t>(sent);
    }
  }

  std::size_t receive_bytes(char* to, std::size_t bytes) {
    for (;;) {
      const ssize_t received = recv(socket_, to, bytes, 0);
      if (received > 0) return static_cast<std::size_t>(received);
      if (received == 0 || errno != EINTR) throw Gone{};
    }
  }

  int socket_;
  std::vector<char> out_;
  std::vector<char> in_;
  std::size_t in_begin_ = 0;
};

enum class Request : std::uint8_t { open, next, skip, close };
enum class Answer : std::uint8_t { done, input_error, error, no_memory };

/// What the other process does.
class Server {
 public:
  Server(const std::vector<ReaderProcess::File>& files, int socket)
      : files_(files), sources_(files.size()), wire_(socket) {}

  void serve() {
    for (;;) {
      const auto request = wire_.take<Request>();
      const auto k = wire_.take<std::size_t>();
      const auto count = wire_.take<std::uint64_t>();
      const auto bytes = wire_.take<std::size_t>();
      std::error_code unknown;
      const std::uintmax_t file_bytes = std::filesystem::file_size(files_[k].name, unknown);
      allow_time_for(unknown ? bytes : std::max<std::uintmax_t>(bytes, 4 * file_bytes));
      try {
        answer(request, k, count, bytes);
      } catch (const InputError& error) {
        complain(Answer::input_error, error.what());
      } catch (const std::bad_alloc&) {
        complain(Answer::no_memory, "");
      } catch (const std::exception& error) {
        complain(Answer::error, error.what());
      }
      wire_.flush();
    }
  }

 private:
  void answer(Request request, std::size_t k, std::uint64_t count, std::size_t bytes) {
    if (request == Request::close) {
      sources_[k].reset();
      wire_.put(Answer::done);
    } else if (request == Request::open) {
      sources_[k] = files_[k].open();
      wire_.put(Answer::done);
      wire_.put(sources_[k]->size().value_or(0));
    } else if (request == Request::skip) {
      const std::uint64_t passed = sources_[k]->skip(count);
      wire_.put(Answer::done);
      wire_.put(passed);
    } else {
      const std::vector<Game> games = sources_[k]->next(static_cast<std::size_t>(count), bytes);
      wire_.put(Answer::done);
      wire_.put(games.size());
      for (const Game& game : games) wire_.put(game);
    }
  }

  void complain(Answer answer, const std::string& reason) {
    wire_.put(answer);
    wire_.put(reason);
  }

  const std::vector<ReaderProcess::File>& files_;
  std::vector<std::unique_ptr<GameSource>> sources_;  // by file; null: not open
  Wire wire_;
};

[[noreturn]] void become_server(const std::vector<ReaderProcess::File>& files, int socket) {
  be_expendable();
  try {
    Server(files, socket).serve();
  } catch (...) {  // the other side is gone
  }
  _exit(0);
}

}  // namespace

ReaderProcess::ReaderProcess(std::vector<File> files) : files_(std::move(files)) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw Error(fmt::format("no socket to read files through: {}", std::generic_category().message(errno)));
  }
  for (const int end : ends) {
    const int bytes = 1 << 20;
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  child_ = fork();
  if (child_ == 0) {
    close(ends[0]);
    become_server(files_, ends[1]);
  }
  const int error = errno;
  close(ends[1]);
  socket_ = ends[0];
  if (child_ < 0) {
    close(socket_);
    throw Error(fmt::format("no process to read files with: {}", std::generic_category().message(error)));
  }
}

ReaderProcess::~ReaderProcess() {
  close(socket_);
  if (child_ < 0) return;
  kill(child_, SIGKILL);
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// The games of one file, as this process sees them.
class RemoteGames final : public GameSource {
 public:
  RemoteGames(std::shared_ptr<ReaderProcess> process, std::size_t k)
      : process_(std::move(process)), k_(k), wire_(process_->socket_) {
    ask(Request::open, 0, 0, [&] { size_ = wire_.take<std::uint64_t>(); });
  }
  ~RemoteGames() override {
    try {
      ask(Request::close, 0, 0, [] {});
    } catch (...) {
    }
  }

  std::vector<Game> next(std::size_t count, std::size_t bytes) override {
    std::vector<Game> games;
    ask(Request::next, count, bytes, [&] {
      const auto taken = wire_.take<std::size_t>();
      if (taken > count) throw Gone{};
      games.reserve(taken);
      for (std::size_t k = 0; k < taken; ++k) games.push_back(wire_.take_game());
    });
    return games;
  }

  std::uint64_t skip(std::uint64_t count) override {
    std::uint64_t passed = 0;
    ask(Request::skip, count, 0, [&] { wire_.take(passed); });
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  /// Sends the request and has `take_rest` take what follows the answer that it is done.
  template <class TakeRest>
  void ask(Request request, std::uint64_t count, std::size_t bytes, const TakeRest& take_rest) {
    try {
      wire_.put(request);
      wire_.put(k_);
      wire_.put(count);
      wire_.put(bytes);
      wire_.flush();
      const auto answer = wire_.take<Answer>();
      if (answer == Answer::done) return take_rest();
      std::string reason;
      wire_.take(reason);
      if (answer == Answer::input_error) throw InputError(reason);
      if (answer == Answer::no_memory) throw std::bad_alloc();
      throw Error(reason);
    } catch (const Gone&) {
      fail_at(process_->files_[k_].name, "is damaged: the HDF5 library failed in reading it");
    }
  }

  std::shared_ptr<ReaderProcess> process_;
  std::size_t k_;
  Wire wire_;
  std::uint64_t size_ = 0;
};

std::unique_ptr<GameSource> ReaderProcess::open(std::shared_ptr<ReaderProcess> process, std::size_t k) {
  return std::make_unique<RemoteGames>(std::move(process), k);
}

}  // namespace quantal::files
