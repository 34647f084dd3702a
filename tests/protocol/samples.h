// Answers and events with a name each, for transcripts, round trips and benchmarks.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/protocol/codec.h"

namespace mpim {

struct SampleEntry {
  Entry entry;
  bool to_sender = false;
};
using SampleEvent = std::variant<Response, SampleEntry, NoticeLine, Signal>;

struct Sample {
  std::string_view name;
  SampleEvent event;
};

std::vector<Sample> all_samples();
std::string encoded(const SampleEvent& event);  // by the line protocol

}  // namespace mpim
