// A fault that can be built in, for those who judge servers: a build with MPIM_INJECT_DROP=N lets
// one push in N fall, and goes on as if it had been written. Any other build has nothing of it.
//
// Threads  a constant.
#pragma once

#include <cstdint>

#ifndef MPIM_INJECT_DROP
#define MPIM_INJECT_DROP 0
#endif

namespace mpim {

constexpr uint64_t kDroppedPushOneIn = MPIM_INJECT_DROP;  // 0: none is let fall

}  // namespace mpim
