// One connection's protocol: bytes become requests, answers and events become bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/message.h"
#include "server/core/signal.h"
#include "server/protocol/request.h"
#include "server/protocol/response.h"

namespace mpim {

// What a session says outside the log, as the wire carries it.
struct GapNotice {  // entries (from, to] will not be pushed by themselves
  ConversationId conversation;
  Seq from;
  Seq to;
  std::string text;
};
struct PendingNotice {  // sync=manual: `count` entries wait for PULL
  ConversationId conversation;
  uint64_t count = 0;
};
struct ClosingNotice {  // the connection ends, and why
  Code code = Code::kInternal;
  std::string text;
};
using NoticeLine = std::variant<GapNotice, PendingNotice, ClosingNotice>;

// Threads  one: a codec belongs to its connection. Encoding is const and keeps nothing.
// Order    requests come out in the order their bytes came in; each yields exactly one Parsed.
// Limits   a codec keeps at most one unfinished request, bounded by its protocol's limits.
class Codec {
 public:
  virtual ~Codec() = default;

  // Reads requests from the front of `bytes` and appends them to `out`, at most `count_max` of
  // them. Answers how many bytes it took: all of them, an unfinished request at their end included
  // (the codec keeps that), unless `count_max` was reached; then the rest must be offered again,
  // and comes first.
  virtual size_t feed(std::string_view bytes, size_t count_max, std::vector<Parsed>& out) = 0;

  // What follows appends one whole message to `out`.
  virtual void encode_greeting(std::string& out) const = 0;
  virtual void encode(const Response& response, std::string& out) const = 0;
  // `to_sender`: only a sender's own devices are told to whom it goes, and what he called it.
  virtual void encode_entry(const Entry& entry, bool to_sender, std::string& out) const = 0;
  virtual void encode_notice(const NoticeLine& notice, std::string& out) const = 0;
  virtual void encode_signal(const Signal& signal, std::string& out) const = 0;
};

}  // namespace mpim
