#include "server/core/errors.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace mpim {
namespace {

constexpr std::array<CodeEntry, 27> kCodes{{
    {Code::kBadCredentials, "BAD_CREDENTIALS", "the name or the password is wrong",
     "check both; an operator can set a new password with `mpimctl user passwd`", false, 4, 401,
     "unauthenticated"},
    {Code::kBadRequest, "BAD_REQUEST",
     "the request cannot be parsed, or an argument is missing or out of range",
     "read the sentence that came with it; `HELP <verb>` shows the right form", false, 2, 400,
     "invalid_argument"},
    {Code::kBadText, "BAD_TEXT", "a text is not valid UTF-8, or has a NUL in it",
     "send UTF-8 without NUL", false, 2, 400, "invalid_argument"},
    {Code::kBadToken, "BAD_TOKEN", "the token is forged, expired, revoked or of an older password",
     "refresh it, or log in with name and password", false, 4, 401, "unauthenticated"},
    {Code::kBlocked, "BLOCKED", "the receiver does not take messages from this sender",
     "nothing: it is the receiver's choice", false, 4, 403, "permission_denied"},
    {Code::kBusy, "BUSY", "a bounded queue is full", "try again in a moment, with growing pauses",
     true, 7, 503, "unavailable"},
    {Code::kConflict, "CONFLICT", "the same client id came with another body, or a race was lost",
     "use a new client id for a new message", false, 6, 409, "aborted"},
    {Code::kDeadline, "DEADLINE", "the time given is over",
     "allow more time, or look why it takes so long", true, 8, 504, "deadline_exceeded"},
    {Code::kDenied, "DENIED", "this may not be done by whoever asked", "ask somebody who may",
     false, 4, 403, "permission_denied"},
    {Code::kDisabled, "DISABLED", "the account is disabled",
     "an operator can enable it with `mpimctl user enable`", false, 4, 403, "permission_denied"},
    {Code::kDissolved, "DISSOLVED", "the group was dissolved",
     "nothing: its history stays readable", false, 4, 403, "permission_denied"},
    {Code::kDraining, "DRAINING", "this node is going down",
     "connect again; another node will answer", true, 7, 503, "unavailable"},
    {Code::kExists, "EXISTS", "the name is taken, or it is so already", "choose another name",
     false, 6, 409, "already_exists"},
    {Code::kInternal, "INTERNAL", "a fault of mpim itself",
     "report it with the log lines around it", true, 70, 500, "internal"},
    {Code::kLimit, "LIMIT", "a count has reached its limit",
     "remove something, or raise the setting it names", false, 1, 429, "resource_exhausted"},
    {Code::kLockedOut, "LOCKED_OUT", "too many failed log-ins",
     "wait for the time given in retry_ms", true, 4, 429, "unauthenticated"},
    {Code::kMuted, "MUTED", "the sender may not write here for now",
     "wait, or ask an admin of the group", false, 4, 403, "permission_denied"},
    {Code::kNotFound, "NOT_FOUND",
     "there is no such user, group or message, or it is not yours to see", "check the id", false, 5,
     404, "not_found"},
    {Code::kNotLoggedIn, "NOT_LOGGED_IN", "the request needs a log-in first",
     "LOGIN, AUTH or REGISTER first", false, 4, 401, "unauthenticated"},
    {Code::kNotMember, "NOT_MEMBER", "only members of the group may do this", "JOINGROUP first",
     false, 4, 403, "permission_denied"},
    {Code::kRateLimited, "RATE_LIMITED", "too many requests in a short time",
     "wait for the time given in retry_ms", true, 1, 429, "resource_exhausted"},
    {Code::kReplaced, "REPLACED", "this device logged in again elsewhere",
     "use another device name to be logged in twice", false, 6, 409, "aborted"},
    {Code::kTooLarge, "TOO_LARGE", "a line, text or body is over its size limit",
     "send less, or raise the setting", false, 2, 413, "invalid_argument"},
    {Code::kUnavailable, "UNAVAILABLE", "the store or a dependency is away; nothing was done",
     "try again; `mpimctl health` and /healthz say what is wrong", true, 7, 503, "unavailable"},
    {Code::kUnknown, "UNKNOWN", "the outcome cannot be known", "send again with the same client id",
     true, 1, 500, "unknown"},
    {Code::kUnknownCommand, "UNKNOWN_COMMAND", "there is no such verb", "HELP lists the verbs",
     false, 2, 404, "unimplemented"},
    {Code::kVersion, "VERSION", "the schema or API version does not match",
     "use matching versions; `mpimctl version`", false, 9, 412, "failed_precondition"},
}};
static_assert(std::ranges::is_sorted(kCodes, {}, &CodeEntry::name));
static_assert(std::ranges::is_sorted(kCodes, {}, &CodeEntry::code));
static_assert(static_cast<size_t>(kCodes.back().code) + 1 == kCodes.size());

}  // namespace

std::span<const CodeEntry> all_codes() { return kCodes; }

const CodeEntry& entry_of(Code code) { return kCodes[static_cast<size_t>(code)]; }

std::optional<Code> code_named(std::string_view name) {
  const auto same = [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; };
  for (const CodeEntry& entry : kCodes)
    if (std::ranges::equal(name, entry.name, same)) return entry.code;
  return std::nullopt;
}

}  // namespace mpim
