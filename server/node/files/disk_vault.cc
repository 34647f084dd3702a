#include "server/node/files/disk_vault.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <optional>

#include "server/loop/unique_fd.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

namespace fs = std::filesystem;

using Mark = DiskVault::Shelf::Mark;

constexpr const char* kIncoming = "/incoming";

Error disk_error(const std::string& what, const std::string& path) {
  return {Code::kUnavailable, what + " " + path + ": " + std::strerror(errno)};
}

std::string hex_of(uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

Result<void> sync_directory(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return disk_error("cannot sync", path);
  return {};
}

Result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return disk_error("cannot make", path);
}

// Runs `work` on the pool; when it is not taken the reply says why. What the work holds is let go
// before it is answered.
template <class T, class F>
void submit(const std::weak_ptr<BlockingPool>& pool, F work, Reply<T> reply) {
  const std::shared_ptr<BlockingPool> on = pool.lock();
  if (on == nullptr) return reply(Error{Code::kDraining, "this node is going down"});
  auto shared = std::make_shared<Reply<T>>(std::move(reply));
  const Result<void> taken =
      on->submit([work = std::optional<F>(std::move(work)), shared]() mutable {
        Result<T> done = (*work)();
        work.reset();
        (*shared)(std::move(done));
      });
  if (!taken.ok()) (*shared)(taken.error());
}

// A file that is being written; what was not kept goes with it.
class Incoming {
 public:
  explicit Incoming(std::string path)
      : path_(std::move(path)),
        fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    crypto_hash_sha256_init(&hash_);
  }
  ~Incoming() {
    if (fd_ && !kept_) ::unlink(path_.c_str());
  }
  bool open() const { return static_cast<bool>(fd_); }
  const std::string& path() const { return path_; }

  Result<bool> add(std::string_view part) {
    crypto_hash_sha256_update(&hash_, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
    while (!part.empty()) {
      const ssize_t wrote = ::write(fd_.get(), part.data(), part.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return disk_error("cannot write", path_);
      part.remove_prefix(static_cast<size_t>(wrote));
    }
    return true;
  }

  Result<FileHash> finish() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
    crypto_hash_sha256_final(&hash_, digest.data());
    FileHash hash;
    for (const unsigned char byte : digest) hash += hex_of(byte);
    if (::fsync(fd_.get()) != 0) return disk_error("cannot sync", path_);
    return hash;
  }

  // Over whatever lies there: it has the same content, or should have.
  Result<void> move_to(const std::string& place) {
    if (::rename(path_.c_str(), place.c_str()) != 0) return disk_error("cannot make", place);
    kept_ = true;
    return {};
  }

 private:
  const std::string path_;
  const UniqueFd fd_;
  crypto_hash_sha256_state hash_{};
  bool kept_ = false;
};

Result<FileHash> keep_in(DiskVault::Shelf& shelf, Incoming& incoming) {
  MPIM_TRY(FileHash hash, incoming.finish());
  const std::string directory = shelf.dir + "/" + hash.substr(0, 2);
  MPIM_CHECKED(make_directory(directory));
  {
    std::unique_lock lock(shelf.mutex);
    shelf.gone.wait(lock, [&] {
      const auto mark = shelf.marked.find(hash);
      return mark == shelf.marked.end() || mark->second != Mark::kGoes;
    });
    MPIM_CHECKED(incoming.move_to(shelf.dir + "/" + file_path(hash)));
    if (const auto mark = shelf.marked.find(hash); mark != shelf.marked.end())
      mark->second = Mark::kStays;
    shelf.held.insert(hash);
  }
  // The directory may be new as well.
  Result<void> synced = sync_directory(directory);
  if (synced.ok()) synced = sync_directory(shelf.dir);
  if (synced.ok()) return hash;
  const std::lock_guard lock(shelf.mutex);
  shelf.held.erase(shelf.held.find(hash));
  return synced.error();
}

// A handle of the service, on its loop.
class Writing final : public VaultWriting {
 public:
  Writing(std::weak_ptr<BlockingPool> pool, std::shared_ptr<DiskVault::Shelf> shelf,
          std::shared_ptr<Incoming> incoming)
      : pool_(std::move(pool)), shelf_(std::move(shelf)), incoming_(std::move(incoming)) {}
  ~Writing() override {
    if (held_->empty()) return;
    const std::lock_guard lock(shelf_->mutex);
    shelf_->held.erase(shelf_->held.find(*held_));
  }

  void add(std::string part, Reply<bool> reply) override {
    submit<bool>(
        pool_, [to = incoming_, part = std::move(part)] { return to->add(part); },
        std::move(reply));
  }
  void keep(Reply<FileHash> reply) override {
    submit<FileHash>(
        pool_,
        [self = held_, shelf = shelf_, from = incoming_]() -> Result<FileHash> {
          MPIM_TRY(FileHash hash, keep_in(*shelf, *from));
          *self = hash;
          return hash;
        },
        std::move(reply));
  }

 private:
  const std::weak_ptr<BlockingPool> pool_;
  const std::shared_ptr<DiskVault::Shelf> shelf_;
  const std::shared_ptr<Incoming> incoming_;
  // Written by the pool before keep() is answered, read after.
  const std::shared_ptr<FileHash> held_ = std::make_shared<FileHash>();
};

// The same of a file that is kept.
class Reading final : public VaultReading {
 public:
  Reading(std::weak_ptr<BlockingPool> pool, UniqueFd fd)
      : pool_(std::move(pool)), fd_(std::make_shared<UniqueFd>(std::move(fd))) {}

  void read(uint64_t offset, uint32_t length, Reply<std::string> reply) override {
    submit<std::string>(
        pool_,
        [fd = fd_, offset, length]() -> Result<std::string> {
          std::string part(length, '\0');
          const ssize_t got =
              ::pread(fd->get(), part.data(), part.size(), static_cast<off_t>(offset));
          if (got < 0) return disk_error("cannot read", "an upload");
          part.resize(static_cast<size_t>(got));
          return part;
        },
        std::move(reply));
  }

 private:
  const std::weak_ptr<BlockingPool> pool_;
  const std::shared_ptr<UniqueFd> fd_;
};

// Taken aside first: what another node has put there since is younger, and comes back.
bool remove_old(const DiskVault::Shelf& shelf, const FileHash& hash) {
  const std::string path = shelf.dir + "/" + file_path(hash);
  const std::string aside = shelf.incoming + "/" + hash;
  if (::rename(path.c_str(), aside.c_str()) != 0) return false;
  struct stat seen {};
  const std::time_t youngest = std::time(nullptr) - shelf.young_for.count() / 1'000;
  const bool young = ::stat(aside.c_str(), &seen) == 0 && seen.st_mtime > youngest;
  if (young) return ::rename(aside.c_str(), path.c_str()), false;
  return ::unlink(aside.c_str()) == 0;
}

// Takes its marks away when it goes, whether or not the pool had room for the work.
class Marks {
 public:
  Marks(std::shared_ptr<DiskVault::Shelf> shelf, std::vector<FileHash> marked)
      : shelf_(std::move(shelf)), marked_(std::move(marked)) {}
  ~Marks() {
    const std::lock_guard lock(shelf_->mutex);
    take_away();
  }
  uint32_t remove(const std::vector<FileHash>& unnamed) {
    uint32_t gone = 0;
    for (const FileHash& hash : unnamed) {
      if (!change(hash, Mark::kMarked, Mark::kGoes)) continue;
      if (remove_old(*shelf_, hash)) ++gone;
      change(hash, Mark::kGoes, Mark::kMarked);
      shelf_->gone.notify_all();
    }
    const std::lock_guard lock(shelf_->mutex);
    take_away();
    return gone;
  }

 private:
  bool change(const FileHash& hash, Mark from, Mark to) {
    const std::lock_guard lock(shelf_->mutex);
    const auto mark = shelf_->marked.find(hash);
    if (mark == shelf_->marked.end() || mark->second != from) return false;
    mark->second = to;
    return true;
  }
  void take_away() {
    for (const FileHash& hash : std::exchange(marked_, {})) shelf_->marked.erase(hash);
  }

  const std::shared_ptr<DiskVault::Shelf> shelf_;
  std::vector<FileHash> marked_;
};

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

Result<std::vector<FileHash>> hashes_in(const std::string& dir, const std::string& first) {
  std::vector<FileHash> found;
  std::error_code failed;
  for (fs::directory_iterator each(dir + "/" + first, failed), end; !failed && each != end;
       each.increment(failed)) {
    FileHash hash = first + each->path().filename().string();
    if (is_hash(hash)) found.push_back(std::move(hash));
  }
  if (!failed || failed == std::errc::no_such_file_or_directory) return found;
  return Error{Code::kUnavailable, "cannot list " + dir + "/" + first + ": " + failed.message()};
}

}  // namespace

DiskVault::DiskVault(std::string dir, std::string incoming, const VaultOptions& options)
    : shelf_(std::make_shared<Shelf>()),
      pool_(std::make_shared<BlockingPool>("files", options.threads, options.queue_max)) {
  shelf_->dir = std::move(dir);
  shelf_->incoming = std::move(incoming);
  shelf_->young_for = options.young_for;
}

Result<std::unique_ptr<DiskVault>> DiskVault::open(const std::string& dir,
                                                   const VaultOptions& options) {
  const std::string incoming = dir + kIncoming + "/" + options.node;
  std::error_code failed;
  fs::remove_all(incoming, failed);
  fs::create_directories(fs::path(dir).parent_path(), failed);  // if that fails the next does
  MPIM_CHECKED(make_directory(dir));
  MPIM_CHECKED(make_directory(dir + kIncoming));
  MPIM_CHECKED(make_directory(incoming));
  return std::unique_ptr<DiskVault>(new DiskVault(dir, incoming, options));
}

void DiskVault::write(Reply<std::shared_ptr<VaultWriting>> reply) {
  const std::string path = shelf_->incoming + "/" + std::to_string(++written_);
  submit<std::shared_ptr<VaultWriting>>(
      pool_,
      [pool = std::weak_ptr(pool_), shelf = shelf_,
       path]() -> Result<std::shared_ptr<VaultWriting>> {
        auto incoming = std::make_shared<Incoming>(path);
        if (!incoming->open()) return disk_error("cannot make", path);
        return std::shared_ptr<VaultWriting>(
            std::make_shared<Writing>(pool, shelf, std::move(incoming)));
      },
      std::move(reply));
}

void DiskVault::read(FileHash hash, Reply<std::shared_ptr<VaultReading>> reply) {
  submit<std::shared_ptr<VaultReading>>(
      pool_,
      [pool = std::weak_ptr(pool_),
       path = shelf_->dir + "/" + file_path(hash)]() -> Result<std::shared_ptr<VaultReading>> {
        UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd) {
          log_error("files.missing", {{"path", path}, {"reason", std::strerror(errno)}});
          return Error{Code::kUnavailable,
                       "the bytes of this upload cannot be read: tell the "
                       "operator to run mpimctl db verify"};
        }
        return std::shared_ptr<VaultReading>(std::make_shared<Reading>(pool, std::move(fd)));
      },
      std::move(reply));
}

std::vector<FileHash> DiskVault::mark(const std::vector<FileHash>& hashes) {
  std::vector<FileHash> marked;
  const std::lock_guard lock(shelf_->mutex);
  for (const FileHash& hash : hashes) {
    if (!is_hash(hash) || shelf_->held.contains(hash)) continue;
    if (shelf_->marked.try_emplace(hash, Shelf::Mark::kMarked).second) marked.push_back(hash);
  }
  return marked;
}

void DiskVault::remove(std::vector<FileHash> marked, std::vector<FileHash> unnamed,
                       Reply<uint32_t> reply) {
  const auto marks = std::make_shared<Marks>(shelf_, std::move(marked));
  submit<uint32_t>(
      pool_,
      [marks, unnamed = std::move(unnamed)]() -> Result<uint32_t> {
        return marks->remove(unnamed);
      },
      std::move(reply));
}

void DiskVault::list(uint8_t directory, Reply<std::vector<FileHash>> reply) {
  submit<std::vector<FileHash>>(
      pool_, [shelf = shelf_, directory] { return hashes_in(shelf->dir, hex_of(directory)); },
      std::move(reply));
}

}  // namespace mpim
