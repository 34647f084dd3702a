// One connection's protocol: bytes become requests, answers and events become bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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
  uint32_t window_ms = 0;  // after a random part of which to connect again; 0: at will
};
using NoticeLine = std::variant<GapNotice, PendingNotice, ClosingNotice>;

// The forms in which an entry is encoded once and shared by many connections.
enum class WireFormat : uint8_t { kLine, kWebSocket, kWebSocketPacked };

// A request, or why it was none, and what its answer must carry so that the client knows it again.
struct Incoming : Parsed {
  // NOLINTNEXTLINE(google-explicit-constructor): it is one, for a protocol that needs no tag.
  Incoming(Parsed parsed, std::string answer_tag = {})
      : Parsed(std::move(parsed)), tag(std::move(answer_tag)) {}
  std::string tag;  // the codec's own affair
};

// Threads  one: a codec belongs to its connection. Encoding is const and keeps nothing.
// Order    requests come out in the order their bytes came in; each yields exactly one Incoming.
// Limits   a codec keeps at most one unfinished request, bounded by its protocol's limits.
class Codec {
 public:
  virtual ~Codec() = default;

  // Reads requests from the front of `bytes` and appends them to `out`, at most `count_max` of
  // them. Answers how many bytes it took: all of them, an unfinished request at their end included
  // (the codec keeps that), unless `count_max` was reached, or what it took is enough work for one
  // turn of a loop; then the rest must be offered again, and comes first.
  virtual size_t feed(std::string_view bytes, size_t count_max, std::vector<Incoming>& out) = 0;
  // What the protocol itself answers to what it was fed (a handshake, a heartbeat), since it was
  // last asked; nothing comes between it and what was fed behind.
  virtual void take_own_words(std::string& /*out*/) {}
  // The other side has said its last word, or something that cannot be understood: nothing that
  // follows is read, and the connection ends once it has answered what came before.
  virtual bool over() const { return false; }

  virtual WireFormat format() const = 0;
  // Without tags only their order tells which request an answer belongs to.
  virtual bool answers_in_order() const { return true; }

  // What follows appends one whole message to `out`.
  virtual void encode_greeting(std::string& out) const = 0;
  // `tag`: of the request it answers.
  virtual void encode(const Response& response, std::string_view tag, std::string& out) const = 0;
  // `to_sender`: only a sender's own devices are told to whom it goes, and what he called it.
  virtual void encode_entry(const Entry& entry, bool to_sender, std::string& out) const = 0;
  virtual void encode_notice(const NoticeLine& notice, std::string& out) const = 0;
  virtual void encode_signal(const Signal& signal, std::string& out) const = 0;
  // Asks whether the other side is there; nothing if the protocol has no such question.
  virtual void encode_heartbeat(std::string&) const {}
  // The last bytes of the connection; `why`, if the server ends it, was told as a notice before.
  virtual void encode_end(const Error* /*why*/, std::string& /*out*/) const {}
};

}  // namespace mpim
