#include "server/node/files/file_sweep.h"

#include "server/telemetry/log.h"

namespace mpim {

void FileSweep::start() {
  home_.after(kEvery, [this] {
    files_.clean(Reply<uint32_t>(home_, [this](const Result<uint32_t>& gone) {
      if (!gone.ok()) log_warn("files.not_cleaned", {{"reason", gone.error().message}});
      if (gone.ok() && *gone > 0) log_info("files.cleaned", {{"removed", *gone}});
      start();
    }));
  });
}

}  // namespace mpim
