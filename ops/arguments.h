// What was typed after a command, checked against the command's form.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ops/command_tree.h"

namespace mpim::ops {

// The flags and words of one call. Types, bounds, choices and counts were checked when it was made,
// so reading cannot fail.
class Arguments {
 public:
  bool has(std::string_view flag) const { return given_.contains(std::string(flag)); }
  // The value given, else the flag's standard value, else empty or 0.
  std::string text(std::string_view flag) const;
  uint64_t number(std::string_view flag) const;
  std::chrono::milliseconds duration(std::string_view flag) const;
  const std::vector<std::string>& words() const { return words_; }
  // Empty when there is none.
  std::string word(size_t index) const { return index < words_.size() ? words_[index] : ""; }

  // Sets a flag as if it had been typed.
  void give(std::string_view flag, std::string value) {
    given_[std::string(flag)] = std::move(value);
  }

 private:
  friend Result<Arguments> parse_arguments(const CommandPath&, const std::vector<std::string>&);
  std::map<std::string, std::string> given_;
  std::map<std::string, std::string> standard_;
  std::vector<std::string> words_;
};

// A command line taken apart: the words that name a command, and everything else in its order.
struct SplitLine {
  CommandPath path;
  std::vector<std::string> rest;
};

// Finds the command among global flags, which may stand anywhere. kUnknownCommand, kBadRequest.
Result<SplitLine> split_line(const std::vector<std::string>& typed);

// kBadRequest names the flag or argument, and the nearest one for a slip.
Result<Arguments> parse_arguments(const CommandPath& path, const std::vector<std::string>& rest);

// "30s", "500ms", "2m", "1h", or a number of seconds.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
Result<uint64_t> parse_number(std::string_view text, uint64_t max);

}  // namespace mpim::ops
