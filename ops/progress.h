// A bar on stderr for long work: how far, how fast, how long still. Only on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "ops/terminal.h"

namespace mpim::ops {

// Threads  one.
// Limits   draws at most ten times a second.
// Lifetime clears its line when it goes, so that what follows starts on an empty one.
class Progress {
 public:
  Progress(const Terminal& terminal, std::string what, uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(uint64_t count);

 private:
  void draw();

  const bool shown_;
  const std::string what_;
  const uint64_t total_;
  uint64_t done_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace mpim::ops
