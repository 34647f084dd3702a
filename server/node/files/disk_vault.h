// The bytes of uploads in a directory: written aside, synced, then renamed to their hash.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "server/loop/blocking_pool.h"
#include "server/service/files/file_vault.h"

namespace mpim {

// How a vault is opened.
struct VaultOptions {
  std::string node = "node";  // several nodes may share a directory; each has a name of its own
  // What came within it is not removed: another node may be writing its row.
  Millis young_for{0};
  uint32_t threads = 2;
  uint32_t queue_max = 64;
};

// `<dir>/ab/cdef...` are kept, `<dir>/incoming/NODE/` are on their way: whatever lies there when a
// vault is opened is of an earlier run of this node, and is removed.
// Limits   at most `queue_max` reads and writes wait for the disk, each of at most what was given;
//          more are answered kBusy.
// Lifetime its handles may outlive it; they answer kUnavailable then.
class DiskVault final : public FileVault {
 public:
  // Makes the directories. kUnavailable: with the path and the system's reason.
  static Result<std::unique_ptr<DiskVault>> open(const std::string& dir,
                                                 const VaultOptions& options);

  void write(Reply<std::shared_ptr<VaultWriting>> reply) override;
  void read(FileHash hash, Reply<std::shared_ptr<VaultReading>> reply) override;
  std::vector<FileHash> mark(const std::vector<FileHash>& hashes) override;
  void remove(std::vector<FileHash> marked, std::vector<FileHash> unnamed,
              Reply<uint32_t> reply) override;
  void list(uint8_t directory, Reply<std::vector<FileHash>> reply) override;

  // Where the vault is, and what of it must not go: shared with the uploads under way.
  struct Shelf {
    std::string dir;
    std::string incoming;
    Millis young_for{0};
    enum class Mark : uint8_t {
      kMarked,
      kStays,  // an upload was kept since
      kGoes,   // it is being removed: an upload of the same content waits until it is gone
    };
    std::mutex mutex;              // guards the two below; the control loop waits for it
    std::condition_variable gone;  // of a mark kGoes
    std::multiset<FileHash> held;  // by uploads whose row is being written
    std::map<FileHash, Mark> marked;
  };

 private:
  DiskVault(std::string dir, std::string incoming, const VaultOptions& options);

  const std::shared_ptr<Shelf> shelf_;
  uint64_t written_ = 0;  // uploads begun; names their files
  std::shared_ptr<BlockingPool> pool_;
};

}  // namespace mpim
