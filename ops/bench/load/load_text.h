// What a message of a load test says: which run, whose, which number, and when it was due.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ops/bench/load/load_schedule.h"

namespace mpim::ops {

// Senders and receivers of a load test are counted from 0.
using SenderIndex = uint32_t;
using ReceiverIndex = uint32_t;

struct LoadText {
  static constexpr uint32_t kBytesMin = 52;

  uint32_t run = 0;
  SenderIndex sender = 0;
  uint64_t number = 0;  // 0, 1, 2, ... of this sender in this run
  LoadTime due;         // on this machine's steady clock
};

// Letters, digits and dots, so that no protocol has to escape it; `bytes` long, at least kBytesMin.
std::string write_load_text(const LoadText& text, uint32_t bytes);
// Nothing for a text that is none of these.
std::optional<LoadText> read_load_text(std::string_view text);

}  // namespace mpim::ops
