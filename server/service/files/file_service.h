// Uploads: takes them in, hands them out, and removes what nobody uses.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/service/files/file_vault.h"
#include "server/service/tokens/signing_keys.h"
#include "server/store/storage.h"

namespace mpim {

// The settings files.*.
struct FileServiceOptions {
  uint64_t bytes_max = 20'971'520;
  std::string types;  // "image/* application/pdf"
  Millis unused_after = std::chrono::hours(24);
  uint32_t uploads_max = 64;
  uint32_t user_uploads_max = 4;
};

// What is said of an upload before its bytes come.
struct UploadPlan {
  std::string mime;
  std::string name;
  std::optional<uint64_t> bytes;  // none: they end when they end
};

class FileService;

// An upload under way.
// Threads  the service's. One call at a time.
// Errors   after any error nothing more may be called. Dropped unfinished, it leaves nothing.
class Upload : public std::enable_shared_from_this<Upload> {
 public:
  // `place`: one of uploads_max and of its user's, given back when it dies.
  Upload(FileService& service, StoredFile file, std::shared_ptr<VaultWriting> writing,
         std::shared_ptr<void> place);
  // kTooLarge: more than files.bytes_max; kBadRequest: it is not what it is said to be.
  void add(std::string part, Reply<bool> reply);
  // Durable: bytes first, then the row. kLimit: the owner keeps too much.
  void finish(Reply<StoredFile> reply);

 private:
  void store(FileHash hash, Reply<StoredFile> reply);

  FileService& service_;
  StoredFile file_;
  const std::shared_ptr<VaultWriting> writing_;
  const std::shared_ptr<void> place_;
  std::string head_;  // its first bytes, until they are known to be right
  bool looked_at_ = false;
};

// A file that may be fetched.
struct OpenFile {
  StoredFile file;
  std::shared_ptr<VaultReading> bytes;
};

// Everything is asked with an access token or a resume token of a device: kNotLoggedIn without,
// kBadToken, kDisabled.
// Threads  one loop.
// Limits   uploads_max uploads at once, user_uploads_max of one user: kBusy. The others as
//          FileServiceOptions say.
// Lifetime the store and the vault must outlive it, it its uploads.
class FileService {
 public:
  FileService(Executor& home, Storage& storage, FileVault& vault, SigningKeys& keys,
              FileServiceOptions options);
  // What is asked from now on is held against these.
  void follow(FileServiceOptions options) { options_ = std::move(options); }

  // kBadRequest: a type that is not taken. kTooLarge, kLimit: what is planned already is too much.
  void begin(const std::string& token, UploadPlan plan, Reply<std::shared_ptr<Upload>> reply);
  // kNotFound: there is none, or none that he may read.
  void open(const std::string& token, FileId file, Reply<OpenFile> reply);
  // The caller's own, ascending above `after`.
  void list(const std::string& token, FileId after, uint32_t count_max,
            Reply<std::vector<StoredFile>> reply);
  // His own that no message has. kConflict.
  void remove(const std::string& token, FileId file, Reply<bool> reply);

  // Removes uploads that nobody used in time, and bytes that no upload has: a bounded step, and the
  // next begins where it ended. Answers how many contents went.
  void clean(Reply<uint32_t> reply);
  // Removes those of `hashes` that no upload has any more.
  void remove_unnamed(std::vector<FileHash> hashes, Reply<uint32_t> reply);

 private:
  friend class Upload;

  template <class T, class F>
  void ask(const std::string& token, F question, Reply<T> reply);
  Result<std::shared_ptr<void>> take_place(UserId user);
  void prune(std::vector<FileHash> lying, Reply<uint32_t> reply);

  Executor& home_;
  Storage& storage_;
  FileVault& vault_;
  SigningKeys& keys_;
  FileServiceOptions options_;
  // Of uploads under way.
  struct Places {
    uint32_t taken = 0;
    std::unordered_map<UserId, uint32_t> taken_by;
  };
  const std::shared_ptr<Places> places_ = std::make_shared<Places>();
  FileId pruned_to_;       // where clean() goes on among the rows,
  uint8_t directory_ = 0;  // and among the bytes
};

}  // namespace mpim
