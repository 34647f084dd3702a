#include "server/node/files/disk_vault.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <thread>

#include "server/loop/event_loop.h"
#include "server/service/files/file_service.h"
#include "server/store/sql/open.h"
#include "server/store/threads/threaded_storage.h"
#include "tests/node/node_rig.h"

namespace mpim::testing {
namespace {

// A vault, a store, and the service over both, on one loop.
struct VaultRig {
  explicit VaultRig(const VaultOptions& options = {}) {
    auto opened = DiskVault::open(dir.path() + "/files", options);
    REQUIRE(opened.ok());
    vault = std::move(*opened);
    const auto tail = make_log_tail();
    const std::string path = sqlite_path(dir.path());
    auto started = ThreadedStorage::start(
        [path, tail] { return open_sqlite_store(path, {.tail = tail}); },
        [path, tail] { return open_sqlite_store(path, {.read_only = true, .tail = tail}); });
    REQUIRE(started.ok());
    storage = std::move(*started);
    files = std::make_unique<FileService>(
        loop, *storage, *vault, keys,
        FileServiceOptions{.types = "*/*", .unused_after = Millis(-1)});
    loop.start();
  }
  ~VaultRig() {
    loop.stop();
    storage->stop();
    vault.reset();
  }
  // What `question` answers through the reply it is given.
  template <class T, class F>
  Result<T> wait(F question) {
    std::promise<Result<T>> answer;
    loop.post([&] {
      question(Reply<T>(loop, [&](Result<T> got) { answer.set_value(std::move(got)); }));
    });
    return answer.get_future().get();
  }
  std::shared_ptr<VaultWriting> writing() {
    return wait<std::shared_ptr<VaultWriting>>([&](auto reply) { vault->write(std::move(reply)); })
        .value();
  }
  // Bytes that are in their place, and held.
  std::shared_ptr<VaultWriting> kept(const std::string& bytes, FileHash* hash) {
    auto one = writing();
    REQUIRE(wait<bool>([&](auto reply) { one->add(bytes, std::move(reply)); }).ok());
    *hash = wait<FileHash>([&](auto reply) { one->keep(std::move(reply)); }).value();
    return one;
  }
  bool lies(const FileHash& hash) {
    return std::filesystem::exists(dir.path() + "/files/" + file_path(hash));
  }
  uint32_t remove(const std::vector<FileHash>& marked, const std::vector<FileHash>& unnamed) {
    return wait<uint32_t>([&](auto reply) { vault->remove(marked, unnamed, std::move(reply)); })
        .value();
  }

  ScratchDirectory dir;
  EventLoop loop{"vault"};
  std::unique_ptr<DiskVault> vault;
  std::unique_ptr<ThreadedStorage> storage;
  SigningKeys keys{TokenOptions{}};
  std::unique_ptr<FileService> files;
};

TEST_CASE("bytes are named by their SHA-256, and what is dropped leaves nothing", "[node][G40]") {
  VaultRig rig;
  FileHash hash;
  rig.kept("abc", &hash);
  CHECK(hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(rig.lies(hash));
  auto dropped = rig.writing();
  REQUIRE(rig.wait<bool>([&](auto reply) { dropped->add("x", std::move(reply)); }).ok());
  dropped.reset();
  CHECK(std::filesystem::is_empty(rig.dir.path() + "/files/incoming/node"));
}

TEST_CASE("nodes that share a directory leave each other's uploads alone", "[node][G40]") {
  VaultRig rig({.node = "one", .young_for = std::chrono::hours(1)});
  const std::string files = rig.dir.path() + "/files";
  auto under_way = rig.writing();
  REQUIRE(rig.wait<bool>([&](auto reply) { under_way->add("abc", std::move(reply)); }).ok());
  auto other = DiskVault::open(files, {.node = "two"});  // a node that starts meanwhile
  REQUIRE(other.ok());
  const FileHash hash =
      rig.wait<FileHash>([&](auto reply) { under_way->keep(std::move(reply)); }).value();
  under_way.reset();
  CHECK(rig.lies(hash));
  // Its row may be another node's, which has yet to write it.
  CHECK(rig.vault->mark({hash}) == std::vector<FileHash>{hash});
  CHECK(rig.remove({hash}, {hash}) == 0);
  CHECK(rig.lies(hash));
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(2);
  std::filesystem::last_write_time(files + "/" + file_path(hash), long_ago);
  CHECK(rig.vault->mark({hash}) == std::vector<FileHash>{hash});
  CHECK(rig.remove({hash}, {hash}) == 1);
  CHECK_FALSE(rig.lies(hash));
}

TEST_CASE("bytes whose row is being written are not removed, nor those that come meanwhile",
          "[node][G40]") {
  VaultRig rig;
  FileHash hash;
  auto held = rig.kept("abc", &hash);
  CHECK(rig.vault->mark({hash}).empty());
  held.reset();
  CHECK(rig.vault->mark({hash}) == std::vector<FileHash>{hash});
  // Somebody looks at it already; and an upload of the same content comes.
  CHECK(rig.vault->mark({hash}).empty());
  FileHash again;
  rig.kept("abc", &again).reset();
  CHECK(again == hash);
  CHECK(rig.vault->mark({hash}).empty());
  CHECK(rig.remove({hash}, {hash}) == 0);
  CHECK(rig.lies(hash));
  CHECK(rig.vault->mark({hash}) == std::vector<FileHash>{hash});
  CHECK(rig.remove({hash}, {}) == 0);
  CHECK(rig.lies(hash));
  CHECK(rig.vault->mark({hash}) == std::vector<FileHash>{hash});
  CHECK(rig.remove({hash}, {hash}) == 1);
  CHECK_FALSE(rig.lies(hash));
}

TEST_CASE("who asks the vault does not wait until all that goes is gone", "[node][G40]") {
  VaultRig rig;
  // As many as a directory of a large vault has; they need not be what their names say.
  std::vector<FileHash> hashes;
  for (int i = 0; i < 5'000; ++i) {
    FileHash hash = std::to_string(10'000 + i);
    hash.insert(0, 64 - hash.size(), 'a');
    hashes.push_back(std::move(hash));
  }
  std::filesystem::create_directories(rig.dir.path() + "/files/aa");
  for (const FileHash& hash : hashes)
    std::ofstream(rig.dir.path() + "/files/" + file_path(hash)) << "x";
  REQUIRE(rig.vault->mark(hashes).size() == hashes.size());
  std::promise<Result<uint32_t>> gone;
  rig.loop.post([&] {
    rig.vault->remove(hashes, hashes, Reply<uint32_t>(rig.loop, [&](Result<uint32_t> count) {
                        gone.set_value(std::move(count));
                      }));
  });
  while (rig.lies(hashes.front())) std::this_thread::yield();
  CHECK(rig.vault->mark({FileHash(64, 'b')}).size() == 1);
  CHECK(rig.lies(hashes.back()));
  CHECK(gone.get_future().get().value() == hashes.size());
  CHECK_FALSE(rig.lies(hashes.back()));
  CHECK(rig.vault->mark(hashes).size() == hashes.size());
}

TEST_CASE("an upload of what is just going is there afterwards", "[node][G40]") {
  VaultRig rig;
  FileHash hash;
  for (int i = 0; i < 200; ++i) {
    rig.kept("abc", &hash).reset();
    REQUIRE(rig.vault->mark({hash}).size() == 1);
    auto again = rig.writing();
    REQUIRE(rig.wait<bool>([&](auto reply) { again->add("abc", std::move(reply)); }).ok());
    std::promise<bool> removed;
    rig.loop.post([&] {
      rig.vault->remove({hash}, {hash}, Reply<uint32_t>(rig.loop, [&](const Result<uint32_t>&) {
                          removed.set_value(true);
                        }));
    });
    REQUIRE(rig.wait<FileHash>([&](auto reply) { again->keep(std::move(reply)); }).ok());
    removed.get_future().get();
    REQUIRE(rig.lies(hash));
  }
}

TEST_CASE("bytes that a crash left without a row go, those of a row stay", "[node][G40]") {
  VaultRig rig;
  FileHash orphan;
  FileHash named;
  rig.kept("orphan", &orphan).reset();
  rig.kept("named", &named).reset();
  const auto added = rig.wait<MessageId>([&](auto reply) {
    rig.storage->write(
        ConversationId{},
        [named](Store& in) -> Result<MessageId> {
          MPIM_TRY(const UserId alice, in.accounts().create({"alice", "alice"}, "h", {1}));
          MPIM_TRY(const FileId file, in.files().add({{}, named, 5, "text/plain", "", alice, {1}}));
          Draft note;
          note.to = alice;
          note.sender = alice;
          note.text = "x";
          note.file = file;
          MPIM_TRY(const Appended sent, in.log().append(note, {1}));
          return sent.committed.id;
        },
        std::move(reply));
  });
  REQUIRE(added.ok());
  const auto clean = [&] {
    uint32_t gone = 0;
    for (int i = 0; i < 256; ++i)
      gone += rig.wait<uint32_t>([&](auto reply) { rig.files->clean(std::move(reply)); }).value();
    return gone;
  };
  CHECK(clean() == 1);
  CHECK_FALSE(rig.lies(orphan));
  CHECK(rig.lies(named));
  // Out of its message, it is unused.
  const auto recalled = rig.wait<Appended>([&](auto reply) {
    rig.storage->write(
        ConversationId{},
        [id = *added](Store& in) {
          EntryChange recall;
          recall.of = id;
          recall.by = UserId(kFirstPersonId);
          recall.recall = true;
          return in.log().change(recall, {2});
        },
        std::move(reply));
  });
  REQUIRE(recalled.ok());
  CHECK(clean() == 1);
  CHECK_FALSE(rig.lies(named));
}

}  // namespace
}  // namespace mpim::testing
