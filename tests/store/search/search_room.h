// A database with an index of words beside it, followed and searched by hand.
#pragma once

#include <catch2/catch.hpp>

#include "server/store/sql/driver/sqlite_driver.h"
#include "server/store/sql/search/follower.h"
#include "server/store/sql/search/searcher.h"
#include "tests/store/database.h"

namespace mpim::test {

class SearchRoom {
 public:
  explicit SearchRoom(Backend backend = Backend::kSqlite, FollowerOptions following = {},
                      SearcherOptions searching = {})
      : db(backend, {.tail = make_log_tail()}), following_(following), searching_(searching) {
    open();
  }

  std::string index_path() const { return db.path() + ".search"; }
  void open() {
    close();
    log_ = std::make_unique<LogWindow>(driver(), db.options().tail);
    other_log_ = std::make_unique<LogWindow>(driver(), db.options().tail);
    index_ = std::move(SearchIndex::open(index_path(), false)).value();
    reading_ = std::move(SearchIndex::open(index_path(), true)).value();
    follower = std::make_unique<SearchFollower>(*log_, *index_, following_);
    searcher = std::make_unique<Searcher>(*other_log_, *reading_, searching_);
  }
  void close() {
    follower.reset();
    searcher.reset();
    index_.reset();
    reading_.reset();
    log_.reset();
    other_log_.reset();
  }
  // Everything in the log is in the index afterwards.
  void follow() {
    while (true) {
      const Result<bool> more = follower->step();
      REQUIRE(more.ok());
      if (!*more) return;
    }
  }

  Result<SearchPage> page(SearchQuery query) { return searcher->find(query); }
  Result<SearchPage> page(UserId reader, const std::string& words) {
    return page(SearchQuery{.reader = reader, .words = words});
  }
  // The texts found, newest first.
  std::vector<std::string> find(SearchQuery query) {
    const Result<SearchPage> found = page(std::move(query));
    INFO((found.ok() ? "" : found.error().message));
    REQUIRE(found.ok());
    return texts_of(*found);
  }
  std::vector<std::string> find(UserId reader, const std::string& words) {
    return find(SearchQuery{.reader = reader, .words = words});
  }
  static std::vector<std::string> texts_of(const SearchPage& page) {
    std::vector<std::string> texts;
    for (const EntryPtr& entry : page.entries) texts.push_back(entry->text);
    return texts;
  }
  MessageId send(UserId from, Recipient to, const std::string& text, Timestamp now = kNow) {
    return db.send(draft(from, std::move(to), text), now).committed.id;
  }
  void change(UserId by, MessageId of, const std::string& text, bool recall = false) {
    REQUIRE(db.change([&](Store& s) {
                return s.log().change({of, by, DeviceId(), recall, text}, kNow);
              }).ok());
  }
  SearchIndex& index() { return *index_; }
  LogWindow& log() { return *log_; }
  Driver& searching_driver() { return other_log_->driver(); }
  Driver& index_driver() { return reading_->driver(); }

  Database db;
  std::unique_ptr<SearchFollower> follower;
  std::unique_ptr<Searcher> searcher;

 private:
  std::unique_ptr<Driver> driver() {
    return std::move(open_sqlite_driver(db.path(), {.read_only = true})).value();
  }
  const FollowerOptions following_;
  const SearcherOptions searching_;
  std::unique_ptr<LogWindow> log_;
  std::unique_ptr<LogWindow> other_log_;
  std::unique_ptr<SearchIndex> index_;
  std::unique_ptr<SearchIndex> reading_;
};

}  // namespace mpim::test
