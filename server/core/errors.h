// The one registry of error codes: all protocols, the CLI and the documents read this table.
//
// Threads  everything here is constant or a value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mpim {

// In alphabetical order of their wire names, as the registry is.
enum class Code : uint8_t {
  kBadCredentials,
  kBadRequest,
  kBadText,
  kBadToken,
  kBlocked,
  kBusy,
  kConflict,
  kDeadline,
  kDenied,
  kDisabled,
  kDissolved,
  kDraining,
  kExists,
  kInternal,
  kLimit,
  kLockedOut,
  kMuted,
  kNotFound,
  kNotLoggedIn,
  kNotMember,
  kRateLimited,
  kReplaced,
  kTooLarge,
  kUnavailable,
  kUnknown,
  kUnknownCommand,
  kVersion,
};

// One row of the registry.
struct CodeEntry {
  Code code;
  std::string_view name;     // on the wire, in logs and documents: BAD_REQUEST
  std::string_view meaning;  // when it is answered
  std::string_view remedy;   // what the person who sees it should do
  bool retryable;            // the same request may succeed later, unchanged
  uint8_t exit_code;         // of mpimctl and mpim-chat
  uint16_t http_status;
  std::string_view connect_code;  // the Connect protocol's name for it
};

std::span<const CodeEntry> all_codes();  // sorted by name
const CodeEntry& entry_of(Code code);
std::optional<Code> code_named(std::string_view name);  // case-insensitive
inline std::string_view name_of(Code code) { return entry_of(code).name; }

// Why something was refused or failed: a code of the registry, and a sentence for the person who
// must act ("what was wrong and what to do"), one line, without the code.
struct Error {
  Code code;
  std::string message;
  uint32_t retry_ms = 0;  // when it makes sense to try again; 0 if that is not known
};

}  // namespace mpim
