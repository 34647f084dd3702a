// Where the bytes of uploads lie: under their hash, each content once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/core/file.h"
#include "server/core/reply.h"

namespace mpim {

// Bytes on their way into the vault.
// Threads  any, one call at a time: the next when the last was answered.
// Lifetime dropped before it was kept, it leaves nothing behind.
class VaultWriting {
 public:
  virtual ~VaultWriting() = default;
  virtual void add(std::string part, Reply<bool> reply) = 0;
  // Synced, and in its place: answers its hash. As long as this object
  // lives no mark() takes it, so that its row may be written meanwhile.
  virtual void keep(Reply<FileHash> reply) = 0;
};

// Bytes on their way out.
// Threads  as VaultWriting.
class VaultReading {
 public:
  virtual ~VaultReading() = default;
  // The `length` bytes from `offset`, or fewer at the end.
  virtual void read(uint64_t offset, uint32_t length, Reply<std::string> reply) = 0;
};

// Threads  any; what blocks runs on threads of its own.
// Errors   kUnavailable: the disk refuses, or a file that should be there is not. kBusy: too much
//          waits for the disk.
class FileVault {
 public:
  virtual ~FileVault() = default;
  virtual void write(Reply<std::shared_ptr<VaultWriting>> reply) = 0;
  virtual void read(FileHash hash, Reply<std::shared_ptr<VaultReading>> reply) = 0;
  // Those of `hashes` that no upload is bringing just now are marked, and answered. An upload of
  // the same content that is kept later takes the mark away.
  virtual std::vector<FileHash> mark(const std::vector<FileHash>& hashes) = 0;
  // Takes the marks away; removes those of `unnamed` that were still marked. Answers how many.
  // Whether a hash is named must have been asked after it was marked.
  virtual void remove(std::vector<FileHash> marked, std::vector<FileHash> unnamed,
                      Reply<uint32_t> reply) = 0;
  // What lies in the directory `ab` of 256, for 0 to 255: to find what a crash left without a row.
  virtual void list(uint8_t directory, Reply<std::vector<FileHash>> reply) = 0;
};

}  // namespace mpim
