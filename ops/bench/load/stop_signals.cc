#include "ops/bench/load/stop_signals.h"

namespace mpim::ops {
namespace {

volatile sig_atomic_t caught_signal = 0;

void remember(int number) { caught_signal = number; }

}  // namespace

StopSignals::StopSignals() {
  caught_signal = 0;
  struct sigaction catching {};
  catching.sa_handler = remember;
  catching.sa_flags = static_cast<int>(SA_RESETHAND);  // without SA_RESTART: waits end
  sigaction(SIGINT, &catching, &before_interrupt_);
  sigaction(SIGTERM, &catching, &before_terminate_);
}

StopSignals::~StopSignals() {
  sigaction(SIGINT, &before_interrupt_, nullptr);
  sigaction(SIGTERM, &before_terminate_, nullptr);
}

int StopSignals::caught() { return caught_signal; }

}  // namespace mpim::ops
