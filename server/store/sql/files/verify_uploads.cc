#include "server/store/sql/files/verify_uploads.h"

#include <fmt/format.h>

#include <filesystem>

#include "server/core/file.h"
#include "server/store/sql/driver/snapshot.h"

namespace mpim {
namespace {

constexpr Sql kUploads = "SELECT id, hash, bytes FROM files ORDER BY id";

}  // namespace

Result<std::vector<Finding>> verify_uploads(Driver& driver, const std::string& files_dir,
                                            uint32_t count_max) {
  std::vector<Finding> findings;
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver));
  MPIM_TRY(Rows rows, driver.ask(kUploads));
  while (findings.size() < count_max) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    const std::string path = files_dir + "/" + file_path(rows.text(1));
    std::error_code failed;
    const uint64_t bytes = std::filesystem::file_size(path, failed);
    if (!failed && bytes == rows.count(2)) continue;
    findings.push_back(
        {"file.bytes", ConversationId(),
         fmt::format("upload {} should have {} bytes at {}, and has {}", rows.number(0),
                     rows.number(2), path, failed ? failed.message() : fmt::format("{}", bytes))});
  }
  return findings;
}

}  // namespace mpim
