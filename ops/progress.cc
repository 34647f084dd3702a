#include "ops/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace mpim::ops {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr uint64_t kBarColumns = 24;

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Progress::Progress(const Terminal& terminal, std::string what, uint64_t total)
    : shown_(terminal.shows_progress() && total > 0),
      what_(std::move(what)),
      total_(total),
      started_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::advance(uint64_t count) {
  done_ = std::min(total_, done_ + count);
  if (!shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < kRedraw && done_ < total_) return;
  drawn_ = now;
  draw();
}

void Progress::draw() {
  const uint64_t filled = kBarColumns * done_ / total_;
  const double rate = static_cast<double>(done_) / std::max(0.001, seconds(drawn_ - started_));
  const double left = static_cast<double>(total_ - done_) / std::max(0.001, rate);
  const std::string bar = std::string(filled, '#') + std::string(kBarColumns - filled, '.');
  const std::string line = fmt::format("\r\x1b[K{:<9} [{}] {}/{}  {:.0f}/s  {:.0f} s left", what_,
                                       bar, done_, total_, rate, left);
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace mpim::ops
