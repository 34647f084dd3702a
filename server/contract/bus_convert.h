// Envelopes between nodes, to bytes and back.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/envelope.h"
#include "server/core/result.h"

namespace mpim {

// What one publish carries.
struct BusPacket {
  NodeRun from;
  NodeRun to;
  std::vector<EnvelopePtr> envelopes;
  uint32_t unknown = 0;    // envelopes that were dropped: of a newer version, or broken
  uint32_t too_large = 0;  // of these: with a text that is longer than any of ours
};

std::string packed_envelope(const Envelope& envelope);
// `envelopes` are packed already, in the order in which they are to arrive.
std::string packed_packet(const NodeRun& from, const NodeRun& to,
                          std::span<const std::string> envelopes);

// Limits   texts as core/limits.h has them; the sentence of an error is cut at kToldErrorBytes.
// Errors   kTooLarge: another text is longer than it may be.
//          kBadRequest: these bytes are no envelope, or one of a kind this version does not know,
//          or one with an id or a number out of its range.
Result<Envelope> unpacked_envelope(std::string_view bytes);
// Errors   kBadRequest: these bytes are no packet. A bad envelope in one is counted, no more.
Result<BusPacket> unpacked_packet(std::string_view bytes);

}  // namespace mpim
