// The WebSocket door: a handshake, then JSON texts in frames. docs/protocol.md describes it.
#pragma once

#include <optional>
#include <string>

#include "server/protocol/codec.h"
#include "server/protocol/json/json_limits.h"
#include "server/protocol/ws/ws_handshake.h"
#include "server/protocol/ws/ws_reader.h"

namespace mpim {

struct WsLimits {
  WsRules rules = {};
  JsonLimits json = {};
  uint32_t message_bytes_max = 65'536;  // of a client, unpacked
  uint32_t deflate_over_bytes = 1'024;  // longer messages are packed, where it was agreed on
};

// One client's WebSocket (RFC 6455): each text is one request, each answer and push one text.
// Limits   WsLimits, which outlive it. Of what came, less than a handshake's head or one control
//          frame is kept beside a message that is unfinished. Idle it owns no heap.
// Errors   a broken handshake is answered with its HTTP status, a broken frame with its close code;
//          then it is over(). What is wrong inside a text is answered as an error, and it goes on.
class WsCodec final : public Codec {
 public:
  explicit WsCodec(const WsLimits& limits);

  size_t feed(std::string_view bytes, size_t count_max, std::vector<Incoming>& out) override;
  void take_own_words(std::string& out) override;
  bool over() const override { return over_; }
  WireFormat format() const override {
    return packs() ? WireFormat::kWebSocketPacked : WireFormat::kWebSocket;
  }
  bool answers_in_order() const override { return false; }

  void encode_greeting(std::string&) const override {}
  void encode(const Response& response, std::string_view tag, std::string& out) const override;
  void encode_entry(const Entry& entry, bool to_sender, std::string& out) const override;
  void encode_notice(const NoticeLine& notice, std::string& out) const override;
  void encode_signal(const Signal& signal, std::string& out) const override;
  void encode_heartbeat(std::string& out) const override;
  void encode_end(const Error* why, std::string& out) const override;

  // Bytes of memory held for what is not complete, without an unfinished message.
  size_t held_bytes() const { return held_.capacity(); }

 private:
  bool shake_hands(std::string_view& bytes);
  void take(const WsEvent& event, std::vector<Incoming>& out);
  void end_with(WsClose close, std::string_view why);
  bool packs() const { return deflate_.has_value(); }
  template <class Write>
  void frame(std::string& out, Write write) const;

  const WsLimits& limits_;
  WsReader reader_;
  std::string held_;       // came, and is not complete
  std::string own_words_;  // to be sent
  std::string end_why_;
  std::optional<WsDeflate> deflate_;
  WsClose end_ = WsClose::kNormal;
  bool open_ = false;  // hands were shaken
  bool over_ = false;
};

}  // namespace mpim
