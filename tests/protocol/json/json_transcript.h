// Transcripts of the JSON envelope: readable files that say what a text means, without a server.
// The format stands at the top of fixtures/transcripts/json/requests.txt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/protocol/json/json_limits.h"
#include "tests/protocol/samples.h"

namespace mpim {

// Small, so that one line reaches them.
inline constexpr JsonLimits kTranscriptLimits{
    .text_bytes_max = 40, .ext_bytes_max = 40, .depth_max = 6};

// The transcript as the codec of today would make it: the lines that begin with '>', '@' or '#' and
// the blank ones as they are, the '=' and '<' lines made anew.
std::vector<std::string> replay_json(const std::vector<std::string>& transcript);

// The sample as the WebSocket door writes it; a response is one to a request of its own type, with
// the id "17".
std::string json_of(const SampleEvent& event);

}  // namespace mpim
