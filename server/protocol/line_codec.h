// The line protocol: for people with netcat, for scripts, for tests. docs/protocol.md describes it.
#pragma once

#include <string>

#include "server/protocol/codec.h"
#include "server/protocol/verbs/verbs.h"

namespace mpim {

// One request a line, ended by LF or CR LF. Blank lines are passed over: they are no requests and
// get no answer.
// Limits   a line of more than line_bytes_max yields one kTooLarge as soon as it is known to be
//          longer; the rest of it is skipped and the connection goes on. At most one unfinished
//          line is kept.
// Errors   in the Parsed, one for each line that is no request.
class LineCodec final : public Codec {
 public:
  explicit LineCodec(LineLimits limits) : limits_(limits) {}

  size_t feed(std::string_view bytes, size_t count_max, std::vector<Incoming>& out) override;
  size_t feed(std::string_view bytes, std::vector<Incoming>& out) {
    return feed(bytes, ~size_t{0}, out);
  }

  void encode_greeting(std::string& out) const override;
  WireFormat format() const override { return WireFormat::kLine; }
  void encode(const Response& response, std::string_view tag, std::string& out) const override;
  void encode_entry(const Entry& entry, bool to_sender, std::string& out) const override;
  void encode_notice(const NoticeLine& notice, std::string& out) const override;
  void encode_signal(const Signal& signal, std::string& out) const override;

  // Bytes of memory held for an unfinished line.
  size_t held_bytes() const { return partial_.capacity(); }

 private:
  void take_line(std::string_view line, std::vector<Incoming>& out);
  void keep(std::string_view unfinished, std::vector<Incoming>& out);
  void join(std::string_view more);
  bool too_long(std::string_view line) const;
  Error too_large() const;

  LineLimits limits_;
  std::string partial_;      // the beginning of a line whose end has not come
  bool discarding_ = false;  // inside a line that was answered as too long
};

}  // namespace mpim
