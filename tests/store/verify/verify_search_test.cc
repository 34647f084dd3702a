// An index of words that its database cannot use.
#include "server/store/sql/verify/search.h"

#include <fstream>

#include "tests/store/search/search_room.h"

namespace mpim::test {
namespace {

// The index's remark, without its path.
std::string remark_on(SearchRoom& room) {
  const auto found = verify_search(room.db.path(), room.index_path());
  REQUIRE(found.ok());
  if (found->empty()) return "";
  CHECK(found->size() == 1);
  CHECK(found->front().id == "search.index");
  REQUIRE(found->front().sentence.starts_with(room.index_path() + " "));
  return found->front().sentence.substr(room.index_path().size() + 1);
}

// With 300 messages in its index.
struct Indexed : SearchRoom {
  Indexed() {
    const UserId alice = db.user("alice");
    for (int i = 0; i < 300; ++i)
      send(alice, alice, "word" + std::to_string(i * 7919) + " tea" + std::to_string(i));
    follow();
  }
};

TEST_CASE("an index of words of another log is remarked upon, with the reason",
          "[store][M19][M68]") {
  Indexed room;
  SECTION("it is sound") {
    CHECK(remark_on(room).empty());
    room.send(UserId(1001), UserId(1001), "not indexed yet");
    room.close();
    CHECK(remark_on(room).empty());
  }
  SECTION("another database's") {
    REQUIRE(room.index().start_over("another", 0).ok());
    CHECK(remark_on(room) ==
          "is of another database, or from before a restore or an erasure: mpimd makes it anew "
          "when it starts");
  }
  SECTION("of before an erasure") {
    room.db.plant("UPDATE retention SET erased = 1");
    CHECK_THAT(remark_on(room), Catch::StartsWith("is of another database"));
  }
  SECTION("ahead of the log") {
    REQUIRE(room.index().add({}, 4'711).ok());
    CHECK(remark_on(room) ==
          "reaches farther than the messages do: mpimd makes it anew when it starts");
  }
}

TEST_CASE("an index of words that cannot be read is remarked upon, a missing one is not",
          "[store][M19][M68]") {
  Indexed room;
  SECTION("there is none") {
    room.close();
    remove_search_index(room.index_path());
    CHECK(remark_on(room).empty());
    CHECK_FALSE(std::filesystem::exists(room.index_path()));
  }
  SECTION("of another form") {
    room.close();
    const auto driver = std::move(open_sqlite_driver(room.index_path())).value();
    REQUIRE(driver->run_script("UPDATE reach SET form = 1").ok());
    CHECK(remark_on(room) == "is of another version's form: mpimd makes it anew when it starts");
  }
  SECTION("garbage") {
    room.close();
    remove_search_index(room.index_path());
    std::ofstream(room.index_path()) << std::string(20'000, 'x');
    const std::string said = remark_on(room);
    CHECK_THAT(said, Catch::StartsWith("cannot be read: "));
    CHECK_THAT(said, Catch::EndsWith(": mpimd makes it anew when it starts"));
  }
  SECTION("some other database") {
    room.close();
    remove_search_index(room.index_path());
    const auto driver = std::move(open_sqlite_driver(room.index_path())).value();
    REQUIRE(driver->run_script("CREATE TABLE t (a)").ok());
    CHECK(remark_on(room) == "is no index of words: mpimd makes it anew when it starts");
  }
  SECTION("with a page that is damaged") {
    room.close();
    REQUIRE(SearchIndex::open(room.index_path(), false).ok());  // moves its own log into the file
    std::fstream file(room.index_path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(0, std::ios::end);
    const auto bytes = static_cast<int64_t>(file.tellp());
    REQUIRE(bytes > 8 * 4096);
    for (int64_t page = 2; page < bytes / 4096; ++page) {
      file.seekp(page * 4096);
      file << std::string(64, static_cast<char>(0xEE));
    }
    file.close();
    CHECK_THAT(remark_on(room), Catch::Contains("mpimd makes it anew when it starts"));
  }
}

}  // namespace
}  // namespace mpim::test
