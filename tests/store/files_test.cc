#include <catch2/catch.hpp>
#include <fstream>

#include "server/store/sql/files/verify_uploads.h"
#include "server/store/sql/verify/verify.h"
#include "tests/store/bounds/sqlite_work.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

FileHash hash_of(char digit) { return FileHash(64, digit); }

// Two people with a talk, a third who is in nothing, and what they say about files.
struct Sharing {
  explicit Sharing(Backend backend, StoreOptions options = {}) : db(backend, options) {
    alice = db.user("alice");
    bob = db.user("bob");
    carol = db.user("carol");
  }
  FileId upload(UserId owner, const std::string& mime = "image/png", uint64_t bytes = 5'000,
                char digit = 'a') {
    return db
        .change([&](Store& in) {
          return in.files().add({{}, hash_of(digit), bytes, mime, "a name", owner, kNow});
        })
        .value();
  }
  Result<Appended> send(UserId from, Recipient to, FileId file,
                        ContentType type = ContentType::kImage) {
    Draft with_file = draft(from, to, "look");
    with_file.file = file;
    with_file.type = type;
    return db.try_send(with_file);
  }
  bool may_read(UserId who, FileId file) {
    const Result<StoredFile> found = db.store().files().readable(who, file);
    if (!found.ok()) CHECK(found.error().code == Code::kNotFound);
    return found.ok();
  }
  Database db;
  UserId alice;
  UserId bob;
  UserId carol;
};

TEST_CASE("a file is fetched by its owner and by those it was sent to", "[store][G40]") {
  Sharing of(GENERATE(from_range(backends())));
  const FileId file = of.upload(of.alice);
  CHECK(of.may_read(of.alice, file));
  CHECK_FALSE(of.may_read(of.bob, file));
  const MessageId sent = of.send(of.alice, of.bob, file)->committed.id;
  CHECK(of.may_read(of.bob, file));
  CHECK_FALSE(of.may_read(of.carol, file));

  SECTION("who may read it may send it on") {
    REQUIRE(of.send(of.bob, of.carol, file).ok());
    CHECK(of.may_read(of.carol, file));
  }
  SECTION("a recall takes it away, an edit does not") {
    const auto change = [&](bool recall) {
      return of.db.change([&](Store& in) {
        return in.log().change(
            {.of = sent, .by = of.alice, .device = {}, .recall = recall, .text = "see"}, kNow);
      });
    };
    REQUIRE(change(false).ok());
    CHECK(of.may_read(of.bob, file));
    CHECK(of.db.store().log().find(sent).value()->file == file);
    REQUIRE(change(true).ok());
    CHECK_FALSE(of.may_read(of.bob, file));
    CHECK_FALSE(of.db.store().log().find(sent).value()->file);
    CHECK(of.may_read(of.alice, file));
  }
  SECTION("who hid the message does not see its file any more") {
    REQUIRE(of.db
                .change([&](Store& in) -> Result<bool> {
                  MPIM_CHECKED(in.log().hide(of.bob, sent));
                  return true;
                })
                .ok());
    CHECK_FALSE(of.may_read(of.bob, file));
  }
}

TEST_CASE("who left a group keeps what he could read, who comes later has not got it",
          "[store][G40]") {
  Sharing of(GENERATE(from_range(backends())));
  const Group group = of.db.group(of.alice, {of.bob});
  const FileId before = of.upload(of.alice);
  const FileId after = of.upload(of.alice);
  REQUIRE(of.send(of.alice, group.id, before).ok());
  of.db.leave(group.id, of.bob);
  of.db.join(group.id, of.carol);
  REQUIRE(of.send(of.alice, group.id, after).ok());
  CHECK(of.may_read(of.bob, before));
  CHECK_FALSE(of.may_read(of.bob, after));
  CHECK_FALSE(of.may_read(of.carol, before));
  CHECK(of.may_read(of.carol, after));
}

TEST_CASE("everybody may fetch a picture as long as it is one", "[store][P15]") {
  Sharing of(GENERATE(from_range(backends())));
  const FileId file = of.upload(of.alice);
  const auto show = [&](FileId picture) {
    return of.db.change([&](Store& in) {
      return in.people().set_profile(of.alice, {{}, {}, picture, {}});
    });
  };
  REQUIRE(show(file).ok());
  CHECK(of.may_read(of.carol, file));
  const FileId newer = of.upload(of.alice);
  REQUIRE(show(newer).ok());
  CHECK(of.may_read(of.carol, newer));
  CHECK_FALSE(of.may_read(of.carol, file));
  REQUIRE(show(FileId()).ok());
  CHECK_FALSE(of.may_read(of.carol, newer));
}

TEST_CASE("nobody sends what is not his, and nothing is stored of it", "[store][G40]") {
  Sharing of(GENERATE(from_range(backends())));
  const FileId file = of.upload(of.alice);
  const Result<Appended> stolen = of.send(of.bob, of.carol, file);
  const Result<Appended> none = of.send(of.bob, of.carol, FileId(99));
  REQUIRE_FALSE(stolen.ok());
  REQUIRE_FALSE(none.ok());
  CHECK(stolen.error().code == Code::kNotFound);
  CHECK(none.error().code == Code::kNotFound);
  CHECK(stolen.error().message == "no upload " + std::to_string(file.value));
  CHECK(none.error().message == "no upload 99");
  CHECK_FALSE(of.may_read(of.carol, file));
}

TEST_CASE("the same client id with another file is a conflict", "[store][G40][M48]") {
  Sharing of(GENERATE(from_range(backends())));
  const FileId one = of.upload(of.alice);
  const FileId other = of.upload(of.alice, "image/png", 5'000, 'b');
  const auto send = [&](FileId file) {
    Draft with_file = draft(of.alice, of.bob, "look", "c1");
    with_file.file = file;
    with_file.type = ContentType::kImage;
    return of.db.try_send(with_file);
  };
  const MessageId first = send(one)->committed.id;
  of.db.crash_and_reopen();
  CHECK(send(one)->committed.id == first);
  CHECK(send(other).error().code == Code::kConflict);
}

TEST_CASE("uploads of somebody who is erased go, also out of what others sent on", "[store][G40]") {
  Sharing of(GENERATE(from_range(backends())));
  const FileId file = of.upload(of.alice);
  const MessageId sent = of.send(of.alice, of.bob, file)->committed.id;
  const MessageId on = of.send(of.bob, of.carol, file)->committed.id;
  const FileId bobs = of.upload(of.bob, "image/png", 5'000, 'b');
  const MessageId kept = of.send(of.bob, of.alice, bobs)->committed.id;
  const uint64_t erasure =
      of.db
          .change([&](Store& in) -> Result<Erasure> {
            MPIM_TRY(Erasure begun, in.erasures().begin(of.alice, "uid 0", kNow));
            MPIM_CHECKED(in.people().end_all(of.alice, kNow));
            MPIM_CHECKED(in.accounts().remove(of.alice));
            return begun;
          })
          ->id;
  std::vector<FileHash> gone;
  for (bool more = true; more;) {
    const auto done = of.db.change([&](Store& in) { return in.erasures().step(erasure, 2, kNow); });
    REQUIRE(done.ok());
    for (const StoredFile& each : done->files) gone.push_back(each.hash);
    more = done->erasure.finished_at.ms == 0;
  }
  CHECK(gone == std::vector<FileHash>{hash_of('a')});
  of.db.crash_and_reopen();
  MessageLog& log = of.db.store().log();
  CHECK_FALSE(log.find(sent).value()->file);
  CHECK_FALSE(log.find(on).value()->file);
  CHECK(log.find(on).value()->text == "look");
  CHECK(log.find(kept).value()->file == bobs);
  CHECK_FALSE(of.may_read(of.carol, file));
  CHECK(of.db.store().erasures().left_of(of.alice).value().empty());
  of.db.close();
  const auto driver = of.db.driver();
  const std::vector<Finding> found = verify(*driver).value();
  for (const Finding& each : found) FAIL_CHECK(each.id << ": " << each.sentence);
}

TEST_CASE("an image goes with an image, a voice with sound", "[store][G40]") {
  Sharing of(Backend::kSqlite);
  const FileId image = of.upload(of.alice, "image/png");
  const FileId sound = of.upload(of.alice, "audio/ogg");
  const auto refused = [&](FileId file, ContentType type) {
    const Result<Appended> sent = of.send(of.alice, of.bob, file, type);
    if (!sent.ok()) CHECK(sent.error().code == Code::kBadRequest);
    return !sent.ok();
  };
  CHECK_FALSE(refused(image, ContentType::kImage));
  CHECK(refused(image, ContentType::kVoice));
  CHECK(refused(sound, ContentType::kImage));
  CHECK_FALSE(refused(sound, ContentType::kVoice));
  CHECK_FALSE(refused(sound, ContentType::kFile));
  CHECK_FALSE(refused(image, ContentType::kText));
}

TEST_CASE("an owner's uploads have so many bytes, and not one more", "[store][G40]") {
  StoreOptions options;
  options.limits.file_user_bytes_max = 20'000;
  Sharing of(Backend::kSqlite, options);
  of.upload(of.alice, "image/png", 10'000);
  of.upload(of.alice, "image/png", 1);  // counts as 4096
  const auto add = [&](UserId owner, uint64_t bytes) {
    return of.db.change([&](Store& in) {
      return in.files().add({{}, hash_of('b'), bytes, "image/png", "", owner, kNow});
    });
  };
  const Result<FileId> refused = add(of.alice, 20'000 - 10'000 - 4'096 + 1);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kLimit);
  CHECK(add(of.alice, 20'000 - 10'000 - 4'096).ok());
  CHECK(add(of.bob, 20'000 - 4'095).ok());
  CHECK(add(of.bob, 1).error().code == Code::kLimit);
  CHECK(of.db.store().files().bytes_of(of.alice).value() == 20'000);
}

TEST_CASE("an owner has so many uploads, and not one more, and no more rows are read",
          "[store][G40]") {
  StoreOptions options;
  options.limits.file_user_files_max = 20;
  SqliteWork work;
  Sharing of(Backend::kSqlite, options);
  for (int i = 0; i < 19; ++i) of.upload(of.alice);
  CHECK(of.db.store().files().room_for(of.alice, 1).ok());
  of.upload(of.alice);
  CHECK(of.db.store().files().room_for(of.alice, 1).error().code == Code::kLimit);
  CHECK(of.db.store().files().room_for(of.bob, 1).ok());
  work.take();
  CHECK_FALSE(of.db.store().files().room_for(of.alice, 1).ok());
  const uint64_t at_the_bound = work.take();
  // He has more when the bound was lowered.
  of.db.plant(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
      "INSERT INTO files (hash, bytes, mime, name, owner, created_at)"
      " SELECT 'x', 9, 'image/png', '', 1001, 0 FROM n");
  work.take();
  CHECK(of.db.store().files().room_for(of.alice, 1).error().code == Code::kLimit);
  CHECK(work.take() <= at_the_bound + 20);
}

TEST_CASE("what is in no message is removed by its owner alone, or in time", "[store][G40]") {
  Sharing of(GENERATE(from_range(backends())));
  const FileId sent = of.upload(of.alice);
  const FileId unused = of.upload(of.alice, "image/png", 5, 'b');
  const FileId picture = of.upload(of.alice);
  REQUIRE(of.send(of.alice, of.bob, sent).ok());
  REQUIRE(of.db
              .change([&](Store& in) {
                return in.people().set_profile(of.alice, {{}, {}, picture, {}});
              })
              .ok());
  const auto remove = [&](UserId owner, FileId file) {
    const auto gone = of.db.change([&](Store& in) { return in.files().remove(owner, file); });
    return gone.ok() ? std::optional<Code>() : gone.error().code;
  };
  CHECK(remove(of.alice, sent) == Code::kConflict);
  CHECK(remove(of.alice, picture) == Code::kConflict);
  CHECK(remove(of.bob, unused) == Code::kNotFound);
  CHECK(remove(of.bob, sent) == Code::kNotFound);
  CHECK(remove(of.alice, FileId(99)) == Code::kNotFound);

  const auto prune = [&](Timestamp before, FileId after, uint32_t rows) {
    return of.db.change([&](Store& in) { return in.files().prune(before, after, rows); }).value();
  };
  CHECK(prune(kNow, {}, 9).removed.empty());
  CHECK(prune(kNow + Millis(1), {}, 1).removed.empty());
  CHECK(prune(kNow + Millis(1), {}, 1).reached == sent);
  const PrunedFiles pruned = prune(kNow + Millis(1), sent, 9);
  REQUIRE(pruned.removed.size() == 1);
  CHECK(pruned.removed[0].id == unused);
  CHECK(pruned.reached == FileId());
  const std::vector<FileHash> hashes{hash_of('a'), hash_of('b')};
  CHECK(of.db.store().files().unnamed(hashes).value() == std::vector<FileHash>{hash_of('b')});
  const auto all = of.db.change([&](Store& in) { return in.files().remove_of_owner(of.alice, 9); });
  CHECK(all->size() == 2);
  CHECK(of.db.store().people().profile(of.alice)->avatar == FileId());
  CHECK_FALSE(of.may_read(of.bob, sent));
}

TEST_CASE("an upload whose bytes are gone or short is found", "[store][M68]") {
  Sharing of(Backend::kSqlite);
  of.upload(of.alice, "image/png", 3, 'a');
  const TemporaryDirectory files;
  const auto found = [&] {
    const auto driver = of.db.driver();
    return verify_uploads(*driver, files.path()).value().size();
  };
  CHECK(found() == 1);
  std::filesystem::create_directory(files.path() + "/aa");
  std::ofstream(files.path() + "/aa/" + std::string(62, 'a')) << "ab";
  CHECK(found() == 1);
  std::ofstream(files.path() + "/aa/" + std::string(62, 'a')) << "abc";
  CHECK(found() == 0);
}

}  // namespace
}  // namespace mpim::test
