#include <fmt/format.h>
#include <zlib.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/files/game_sink.hpp"
#include "host/files/npy_header.hpp"
#include "host/files/partial_file.hpp"
#include "host/files/place.hpp"

namespace quantal::files {
namespace {

constexpr std::string_view no_game = "expected at least one game, found none";

void check(const Game& game, std::string_view destination) {
  try {
    validate(game);
  } catch (const InputError& error) {
    fail_at(destination, fmt::format("game '{}': {}", name_of(game), error.what()));
  }
}

class NpySink final : public GameSink {
 public:
  NpySink(const std::string& file, std::string destination)
      : destination_(std::move(destination)), file_(file, destination_) {}

  void write(std::span<const Game> games) override {
    for (const Game& each : games) {
      const NormalFormGame& game = expect_normal_form(each, ".npy", destination_);
      check(each, destination_);
      if (games_ == 0) {
        actions_ = game.actions;
        file_.append(npy_header(0, actions_));  // its room: how many there are is known at the end
      }
      if (game.actions != actions_) {
        fail_at(destination_, fmt::format("expected games of one shape for an .npy file, found {} and {}; .npz and .h5 "
                                          "take several",
                                          shape_text(actions_), shape_text(game.actions)));
      }
      file_.append(game.payoffs.data(), game.payoffs.size() * sizeof(double));
      ++games_;
    }
  }

  void finish() override {
    if (games_ == 0) fail_at(destination_, no_game);
    file_.overwrite(0, npy_header(games_, actions_));
    file_.finish();
  }

 private:
  std::string destination_;
  PartialFile file_;
  std::vector<int> actions_;
  std::uint64_t games_ = 0;
};

/// Numbers as a zip archive has them, the lowest byte first.
class ZipRecord {
 public:
  ZipRecord& two(std::uint64_t number) { return put(number, 2); }
  ZipRecord& four(std::uint64_t number) { return put(number, 4); }
  ZipRecord& eight(std::uint64_t number) { return put(number, 8); }
  ZipRecord& text(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  ZipRecord& put(std::uint64_t number, int bytes) {
    for (int k = 0; k < bytes; ++k) bytes_ += static_cast<char>(number >> (8 * k) & 0xff);
    return *this;
  }
  std::string bytes_;
};

constexpr std::uint64_t zip64_version = 45;
constexpr std::uint64_t in_zip64 = 0xffffffff;
constexpr std::uint64_t first_day = 0x21;  // of 1980: the same games make the same file whenever

class NpzSink final : public GameSink {
 public:
  NpzSink(const std::string& file, std::string destination)
      : destination_(std::move(destination)), file_(file, destination_) {}

  void write(std::span<const Game> games) override {
    for (const Game& each : games) {
      const NormalFormGame& game = expect_normal_form(each, ".npz", destination_);
      check(each, destination_);
      if (members_.empty() || game.actions != members_.back().actions) begin_member(game.actions);
      Member& member = members_.back();
      const std::size_t bytes = game.payoffs.size() * sizeof(double);
      file_.append(game.payoffs.data(), bytes);
      member.checksum = crc32_z(member.checksum, reinterpret_cast<const Bytef*>(game.payoffs.data()), bytes);
      member.bytes += bytes;
      ++member.games;
    }
  }

  void finish() override {
    if (members_.empty()) fail_at(destination_, no_game);
    end_member();
    write_directory();
    file_.finish();
  }

 private:
  struct Member {
    std::string name;
    std::vector<int> actions;
    std::uint64_t offset = 0;
    std::uint64_t games = 0;
    std::uint64_t bytes = 0;     // of the numbers; in the end with the array's header
    std::uint64_t checksum = 0;  // of the same
  };

  void begin_member(const std::vector<int>& actions) {
    if (!members_.empty()) end_member();
    const std::string shape = shape_text(actions);
    const std::uint64_t number = ++runs_[shape];
    const std::string name = number == 1 ? shape + ".npy" : fmt::format("{}-{:06}.npy", shape, number);
    constexpr std::size_t longest_name = 0xffff;
    if (name.size() > longest_name) fail_at(destination_, "expected fewer agents for an .npz file");
    members_.push_back({name, actions, file_.size(), 0, 0, 0});
    file_.append(header_of(members_.back()));
    file_.append(npy_header(0, actions));
  }

  /// Puts into the headers what is known now.
  void end_member() {
    Member& member = members_.back();
    const std::string header = npy_header(member.games, member.actions);
    const uLong of_header = crc32_z(0, reinterpret_cast<const Bytef*>(header.data()), header.size());
    member.checksum = crc32_combine(of_header, member.checksum, static_cast<z_off_t>(member.bytes));
    member.bytes += header.size();
    const std::string before = header_of(member);
    file_.overwrite(member.offset, before);
    file_.overwrite(member.offset + before.size(), header);
  }

  static std::string header_of(const Member& member) {
    ZipRecord record;
    record.text("PK\x03\x04").two(zip64_version).two(0).two(0).two(0).two(first_day);
    record.four(member.checksum).four(in_zip64).four(in_zip64);
    record.two(member.name.size()).two(20).text(member.name);
    record.two(1).two(16).eight(member.bytes).eight(member.bytes);
    return record.bytes();
  }

  void write_directory() {
    const std::uint64_t begin = file_.size();
    for (const Member& member : members_) {
      ZipRecord record;
      record.text("PK\x01\x02").two(zip64_version).two(zip64_version).two(0).two(0).two(0).two(first_day);
      record.four(member.checksum).four(in_zip64).four(in_zip64);
      record.two(member.name.size()).two(28).two(0).two(0).two(0).four(0).four(in_zip64).text(member.name);
      record.two(1).two(24).eight(member.bytes).eight(member.bytes).eight(member.offset);
      file_.append(record.bytes());
    }
    const std::uint64_t end = file_.size();
    const std::uint64_t count = members_.size();
    ZipRecord record;
    record.text("PK\x06\x06").eight(44).two(zip64_version).two(zip64_version).four(0).four(0);
    record.eight(count).eight(count).eight(end - begin).eight(begin);
    record.text("PK\x06\x07").four(0).eight(end).four(1);
    constexpr std::uint64_t count_in_zip64 = 0xffff;
    record.text("PK\x05\x06")
        .two(0)
        .two(0)
        .two(count_in_zip64)
        .two(count_in_zip64)
        .four(in_zip64)
        .four(in_zip64)
        .two(0);
    file_.append(record.bytes());
  }

  std::string destination_;
  PartialFile file_;
  std::vector<Member> members_;
  std::map<std::string, std::uint64_t> runs_;  // of each shape
};

}  // namespace

std::unique_ptr<GameSink> create_npy_file(const std::string& file, std::string destination) {
  return std::make_unique<NpySink>(file, std::move(destination));
}

std::unique_ptr<GameSink> create_npz_file(const std::string& file, std::string destination) {
  return std::make_unique<NpzSink>(file, std::move(destination));
}

}  // namespace quantal::files
