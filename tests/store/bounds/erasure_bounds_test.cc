// An erasure holds the single writer for no more than its step allows.
#include "tests/store/bounds/traces.h"

namespace mpim::test {

TEST_CASE("a step of an erasure touches so many rows, however many a talk has", "[store]") {
  Traces of(GENERATE(from_range(file_backends())));
  const std::string his = of.values(of.alice);
  of.db.plant(numbers(100) + "INSERT INTO client_ids SELECT " + his + ", 'x' || i, 1, 0, 0 FROM n");
  for (const char* kind : {", 0", ", 1"})
    of.db.plant(numbers(55) + "INSERT OR IGNORE INTO receipts SELECT " + his + kind +
                ", i, 1 FROM n");
  of.db.plant(numbers(50) + "INSERT INTO hidden SELECT " + std::to_string(of.alice.value) + ", " +
              std::to_string(of.talk.value) + ", i FROM n");
  const uint64_t erasure = of.begin();
  const auto counts = [&] {
    std::vector<uint64_t> now;
    for (const char* table : {"client_ids", "receipts WHERE user = 1001", "hidden"})
      now.push_back(of.count(table));
    return now;
  };
  of.step(erasure);  // waits for the index, which adds rows
  std::vector<uint64_t> before = counts();
  CHECK(before[0] >= 100);
  int steps = 0;
  for (bool more = true; more; ++steps) {
    REQUIRE(steps < 200);
    const ErasureStep done = of.step(erasure);
    more = done.erasure.finished_at.ms == 0;
    const std::vector<uint64_t> now = counts();
    uint64_t gone = 0;
    for (size_t i = 0; i < now.size(); ++i) gone += before[i] - now[i];
    CHECK(gone <= kStep);
    before = now;
    if (!more) CHECK(done.erasure.done.messages == 30);
    if (!more) CHECK(done.erasure.done.conversations == 1);
    if (steps % 9 == 0) of.db.crash_and_reopen();
  }
  CHECK(steps > 30);
  CHECK(before == std::vector<uint64_t>{0, 0, 0});
  CHECK(of.db.store().erasures().left_of(of.alice).value().empty());
  of.check_sound();
}

TEST_CASE("a step takes an upload out of so many messages at once", "[store][G40]") {
  Traces of(GENERATE(from_range(backends())));
  const auto upload = [&](char digit) {
    return of.db
        .change([&](Store& in) {
          return in.files().add(
              {{}, FileHash(64, digit), 9, "image/png", "a name", of.alice, kNow});
        })
        .value();
  };
  const FileId many = upload('a');
  for (int i = 0; i < 12; ++i) upload('b');
  Draft with_file = draft(of.alice, of.bob, "look");
  with_file.file = many;
  with_file.type = ContentType::kImage;
  of.db.send(with_file);
  const UserId carol = of.db.user("carol");
  std::vector<MessageId> sent;
  with_file = draft(of.bob, carol, "look");
  with_file.file = many;
  with_file.type = ContentType::kImage;
  for (int i = 0; i < 40; ++i) sent.push_back(of.db.send(with_file).committed.id);
  const uint64_t erasure = of.begin();
  uint64_t before = of.count("file_uses") + of.count("files");
  uint64_t gone = 0;
  int steps = 0;
  for (bool more = true; more; ++steps) {
    REQUIRE(steps < 100);
    const ErasureStep done = of.step(erasure);
    more = done.erasure.finished_at.ms == 0;
    gone += done.files.size();
    const uint64_t now = of.count("file_uses") + of.count("files");
    CHECK(before - now <= kStep);
    before = now;
  }
  CHECK(before == 0);
  CHECK(gone == 13);
  for (const MessageId each : sent) CHECK_FALSE(of.db.store().log().find(each).value()->file);
  of.check_sound();
}

TEST_CASE("an owner's uploads are removed with so many rows at once", "[store][G40]") {
  Traces of(Backend::kSqlite);
  const FileId file = of.db
                          .change([&](Store& in) {
                            return in.files().add(
                                {{}, FileHash(64, 'a'), 9, "image/png", "a name", of.alice, kNow});
                          })
                          .value();
  of.db.plant(numbers(25) + "INSERT INTO file_uses SELECT " + std::to_string(file.value) +
              ", 1, i FROM n");
  uint64_t left = 26;
  for (int steps = 0; left > 0; ++steps) {
    REQUIRE(steps < 9);
    const auto gone =
        of.db.change([&](Store& in) { return in.files().remove_of_owner(of.alice, kStep); });
    REQUIRE(gone.ok());
    const uint64_t now = of.count("file_uses") + of.count("files");
    CHECK(left - now <= kStep);
    CHECK(gone->size() == (now == 0 ? 1 : 0));
    left = now;
  }
}

}  // namespace mpim::test
