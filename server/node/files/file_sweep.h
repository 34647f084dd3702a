// Removes uploads that nobody used and bytes that no upload has, a step at a time.
#pragma once

#include "server/service/files/file_service.h"

namespace mpim {

// Threads  one loop.
// Limits   a step every minute: FileService::clean. All bytes are looked at in some four hours.
class FileSweep {
 public:
  static constexpr Millis kEvery{60'000};

  FileSweep(Executor& home, FileService& files) : home_(home), files_(files) {}
  void start();

 private:
  Executor& home_;
  FileService& files_;
};

}  // namespace mpim
