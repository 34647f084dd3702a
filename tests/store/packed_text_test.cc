// Large texts at rest.
#include "server/store/sql/rows/packed_text.h"

#include <catch2/catch.hpp>

#include "server/store/sql/verify/verify.h"
#include "server/telemetry/metrics.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

std::string prose(size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += "the same words come again, 同样的话 ";
  text.resize(bytes, '.');
  return text;
}

std::vector<std::string> rows_of(Database& db, const std::string& question) {
  const auto driver =
      db.driver({.read_only = true});
  return driver->ask_once(question).value();
}

}  // namespace

TEST_CASE("texts above the bound are packed, and come back as they were", "[store][M22]") {
  TextPacker packer(100);
  CHECK(packer.pack(std::string(100, 'a')).empty());
  const std::string text = prose(101);
  const std::string packed = packer.pack(text);
  REQUIRE_FALSE(packed.empty());
  CHECK(packed.size() < text.size());
  CHECK(unpack_text(packed, text.size()).value() == text);
  CHECK(TextPacker(0).pack(prose(50'000)).empty());
}

TEST_CASE("what packing would not make shorter stays as it is", "[store][M22]") {
  std::string noise;
  for (uint32_t i = 1, x = 7; i <= 2'000; ++i) {
    x = x * 1'664'525 + 1'013'904'223;
    noise += static_cast<char>(x >> 24);
  }
  CHECK(TextPacker(100).pack(noise).empty());
}

TEST_CASE("bytes that were not packed are refused, whatever size they claim", "[store][M22]") {
  const std::string text = prose(4'000);
  const std::string packed = TextPacker(100).pack(text);
  CHECK(unpack_text(packed, text.size() - 1).error().code == Code::kUnavailable);
  CHECK(unpack_text(packed, text.size() + 1).error().code == Code::kUnavailable);
  CHECK(unpack_text(packed, uint64_t{1} << 60).error().code == Code::kUnavailable);
  CHECK(unpack_text("no zstd", 7).error().code == Code::kUnavailable);
}

TEST_CASE("readers see no difference between a packed text and another", "[store][M22]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const std::string large = prose(kPackOverBytes + 1);
  const std::string small = prose(kPackOverBytes);
  const uint64_t from = counted(Counter::kStorePackedFromBytes);
  const uint64_t to = counted(Counter::kStorePackedToBytes);
  const MessageId first = db.send(draft(alice, bob, large, "c1")).committed.id;
  const MessageId second = db.send(draft(alice, bob, small, "c2")).committed.id;
  CHECK(counted(Counter::kStorePackedFromBytes) - from == large.size());
  CHECK(counted(Counter::kStorePackedToBytes) - to < large.size() / 4);
  db.crash_and_reopen();
  CHECK(db.store().log().find(first).value()->text == large);
  CHECK(db.store().log().find(second).value()->text == small);
  CHECK(rows_of(db, "SELECT packed > 0, LENGTH(text) < 600 FROM messages ORDER BY pos") ==
        std::vector<std::string>{"1|1", "0|0"});
  // A retry is known by its body.
  CHECK(db.send(draft(alice, bob, large, "c1")).committed.id == first);
  CHECK(db.try_send(draft(alice, bob, small, "c1")).error().code == Code::kConflict);
  SECTION("nor when it is edited") {
    const std::string other = prose(9'000);
    REQUIRE(db.change([&](Store& in) {
                return in.log().change({.of = second, .by = alice, .device = {}, .text = other},
                                       kNow);
              }).ok());
    db.crash_and_reopen();
    CHECK(db.store().log().find(second).value()->text == other);
    REQUIRE(db.change([&](Store& in) {
                return in.log().change(
                    {.of = second, .by = alice, .device = {}, .recall = true, .text = ""}, kNow);
              }).ok());
    db.crash_and_reopen();
    CHECK(db.store().log().find(second).value()->text.empty());
  }
}

TEST_CASE("a damaged text is an error of the store, and verify names it", "[store][M22][M68]") {
  Database db(Backend::kSqliteIndexedAtOnce);
  const UserId alice = db.user("alice");
  const MessageId id = db.send(draft(alice, alice, prose(5'000))).committed.id;
  db.plant("UPDATE messages SET text = X'28B52FFD00'");
  db.crash_and_reopen();
  CHECK(db.store().log().find(id).error().code == Code::kUnavailable);
  db.close();
  const auto driver = db.driver();
  const auto findings = verify(*driver).value();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].id == "text.packed");
}

}  // namespace mpim::test
