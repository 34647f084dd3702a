// An object that is being written, member by member, onto a string.
//
// Threads  one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/clock.h"

namespace mpim {

// What is empty or zero is left out, as in the contract's JSON. Keys are ours: plain, and of at
// most 40 bytes. 64-bit numbers are strings of digits, so that JavaScript can hold them.
// Lifetime `out` must outlive it; nothing else is appended to it between two members.
class JsonMembers {
 public:
  explicit JsonMembers(std::string& out) : out_(out) {}

  void id(std::string_view key, uint64_t value);      // "key":"123"
  void number(std::string_view key, uint64_t value);  // "key":123, of at most 32 bits
  void time(std::string_view key, Timestamp at) { id(key, static_cast<uint64_t>(at.ms)); }
  void text(std::string_view key, std::string_view value);
  void word(std::string_view key, std::string_view value);  // plain: ours
  void flag(std::string_view key, bool value);
  // The value, whatever it is, is appended by the caller.
  std::string& value_of(std::string_view key);
  // Nothing may follow it.
  void end();

 private:
  void digits(std::string_view key, uint64_t value, std::string_view quote);

  std::string& out_;
  char mark_ = '{';  // before the next member
};

}  // namespace mpim
