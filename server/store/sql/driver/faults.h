// Faults planted by tests: where the database can be made to fail, and how.
#pragma once

#include <cstdint>
#include <functional>

namespace mpim {

enum class FaultPoint : uint8_t {
  kStep,    // a statement runs
  kCommit,  // a transaction is about to be committed
  kOpen,    // the database is opened, or opened again
};

enum class Fault : uint8_t {
  kNone,
  kFull,         // the disk is full: nothing was written, for certain
  kIo,           // the disk failed; at kCommit nothing was stored, yet nobody can know
  kIoCommitted,  // at kCommit: it was stored, and then the sync failed; nobody can know either
};

// Asked before each step, commit and opening, on the thread that does it.
using FaultHook = std::function<Fault(FaultPoint)>;

}  // namespace mpim
