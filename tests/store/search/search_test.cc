// What a search shows, and what it must not.
#include <algorithm>
#include <random>
#include <sstream>

#include "tests/store/search/search_room.h"

namespace mpim::test {
namespace {

using Texts = std::vector<std::string>;
constexpr Millis kSecond{1'000};

// Each test looks before the index has anything, and when it has everything.
enum class Indexed { kNot, kAll };
auto indexed() { return GENERATE(Indexed::kNot, Indexed::kAll); }
void settle(SearchRoom& room, Indexed how) {
  if (how == Indexed::kAll) room.follow();
}

TEST_CASE("messages of one's own conversations are found, the newest first", "[store][M19][X14]") {
  const Indexed how = indexed();
  SearchRoom room(GENERATE(from_range(file_backends())));
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  const UserId carol = room.db.user("carol");
  const Group tea = room.db.group(alice, {bob});
  room.send(alice, bob, "the meeting is at noon", kNow);
  room.send(bob, tea.id, "明天的会议改到三点", kNow + kSecond);
  room.send(bob, alice, "Meeting? 我用iPhone拍照", kNow + kSecond * 2);
  room.send(bob, carol, "the meeting with alice", kNow + kSecond * 3);
  settle(room, how);
  CHECK(room.find(alice, "meeting") == Texts{"Meeting? 我用iPhone拍照", "the meeting is at noon"});
  CHECK(room.find(alice, "会议") == Texts{"明天的会议改到三点"});
  CHECK(room.find(alice, "议") == Texts{"明天的会议改到三点"});
  CHECK(room.find(alice, "拍照 meeting") == Texts{"Meeting? 我用iPhone拍照"});
  CHECK(room.find(alice, "meet*").size() == 2);
  CHECK(room.find(alice, "meet").empty());
  CHECK(room.find(carol, "meeting") == Texts{"the meeting with alice"});
  CHECK(room.find(carol, "会议").empty());
  CHECK(room.page(alice, "meeting")->complete);
}

TEST_CASE("a search may be held to a place, a sender, a stretch of time", "[store][M19]") {
  const Indexed how = indexed();
  SearchRoom room(GENERATE(from_range(file_backends())));
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  const Group tea = room.db.group(alice, {bob});
  const ConversationId talk = room.send(alice, bob, "x one", kNow).conversation();
  room.send(bob, alice, "x two", kNow + kSecond);
  room.send(bob, tea.id, "x three", kNow + kSecond * 2);
  room.send(alice, tea.id, "x four", kNow + kSecond * 3);
  settle(room, how);
  const SearchQuery x{.reader = alice, .words = "x"};
  const auto with = [&x](auto set) {
    SearchQuery query = x;
    set(query);
    return query;
  };
  CHECK(room.find(x) == Texts{"x four", "x three", "x two", "x one"});
  CHECK(room.find(with([&](auto& q) { q.conversation = talk; })) == Texts{"x two", "x one"});
  CHECK(room.find(with([&](auto& q) { q.with = bob; })) == Texts{"x two", "x one"});
  CHECK(room.find(with([&](auto& q) { q.with = UserName{"Bob", "bob"}; })).size() == 2);
  CHECK(room.find(with([&](auto& q) { q.group = tea.id; })) == Texts{"x four", "x three"});
  CHECK(room.find(with([&](auto& q) { q.from = bob; })) == Texts{"x three", "x two"});
  CHECK(room.find(with([&](auto& q) { q.since = kNow + kSecond; })).size() == 3);
  CHECK(room.find(with([&](auto& q) { q.since = kNow + kSecond * 4; })).empty());
  CHECK(room.find(with([&](auto& q) { q.until = kNow + kSecond; })) == Texts{"x one"});
  CHECK(room.find(with([&](auto& q) { q.until = kNow; })).empty());
  CHECK(room.find(with([&](auto& q) {
    q.since = kNow + kSecond;
    q.until = kNow + kSecond * 3;
  })) == Texts{"x three", "x two"});
  const auto refused = [&](auto set) { return room.page(with(set)).error().code; };
  CHECK(refused([](auto& q) { q.conversation = ConversationId(4711); }) == Code::kNotFound);
  CHECK(refused([](auto& q) { q.group = GroupId(4711); }) == Code::kNotFound);
  CHECK(refused([](auto& q) { q.with = UserId(4711); }) == Code::kNotFound);
  CHECK(refused([](auto& q) { q.from = UserName{"nobody", "nobody"}; }) == Code::kNotFound);
  CHECK(refused([](auto& q) { q.reader = UserId(4711); }) == Code::kNotFound);
  CHECK(refused([](auto& q) { q.words = "?"; }) == Code::kBadRequest);
  CHECK(room.find(with([](auto& q) { q.from = UserId(4711); })).empty());
}

TEST_CASE("what was recalled, edited away or hidden is forgotten, and an edit's text is found",
          "[store][M19]") {
  const Indexed before = indexed();
  const Indexed how = indexed();
  SearchRoom room(GENERATE(from_range(file_backends())));
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  const MessageId recalled = room.send(alice, bob, "secret one");
  const MessageId edited = room.send(alice, bob, "secret two");
  const MessageId hidden = room.send(alice, bob, "secret three");
  settle(room, before);
  room.change(alice, recalled, "", true);
  room.change(alice, edited, "public two");
  REQUIRE(room.db.change([&](Store& s) { return s.log().hide(bob, hidden); }).ok());
  settle(room, how);
  CHECK(room.find(bob, "secret").empty());
  CHECK(room.find(alice, "secret") == Texts{"secret three"});
  CHECK(room.find(bob, "public") == Texts{"public two"});
  CHECK(room.find(bob, "two") == Texts{"public two"});
  room.change(alice, edited, "secret again");
  settle(room, how);
  CHECK(room.find(bob, "secret") == Texts{"secret again"});
  CHECK(room.find(bob, "public").empty());
}

TEST_CASE("a member finds what was written while he belonged, and nothing else", "[store][M19]") {
  const Indexed how = indexed();
  SearchRoom room(GENERATE(from_range(file_backends())));
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  const UserId eve = room.db.user("eve");
  const Group tea = room.db.group(alice);
  room.send(alice, tea.id, "word before");
  room.db.join(tea.id, bob);
  room.send(alice, tea.id, "word during");
  REQUIRE(
      room.db
          .change([&](Store& s) { return s.groups().leave(tea.id, bob, DeviceId(), alice, kNow); })
          .ok());
  const MessageId away = room.send(alice, tea.id, "word while away");
  room.db.join(tea.id, bob);
  room.send(alice, tea.id, "word again");
  settle(room, how);
  CHECK(room.find(bob, "word") == Texts{"word again", "word during"});
  CHECK(room.find(alice, "word").size() == 4);
  CHECK(room.find(eve, "word").empty());
  const SearchQuery of_eve{.reader = eve, .words = "word", .conversation = tea.conversation};
  CHECK(room.page(of_eve).error().code == Code::kNotFound);
  // Nor does a place to go on tell whether there is a message.
  SearchQuery behind{.reader = bob, .words = "word", .before = away};
  CHECK(room.page(behind).error().code == Code::kNotFound);
  behind.before = MessageId(tea.conversation, Seq(4'711));
  CHECK(room.page(behind).error().code == Code::kNotFound);
  room.db.close();
  room.close();
  room.db.plant("UPDATE conversations SET floor = 8");
  room.db.crash_and_reopen();
  room.open();
  CHECK(room.find(bob, "word") == Texts{"word again"});
}

TEST_CASE("pages follow one another without a gap or a repeat while messages arrive",
          "[store][M19]") {
  const Indexed how = indexed();
  SearchRoom room(GENERATE(from_range(file_backends())));
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  const Group one = room.db.group(alice, {bob});
  const Group two = room.db.group(alice, {bob});
  Texts sent;
  for (int i = 0; i < 60; ++i) {
    sent.push_back("tick " + std::to_string(i));
    const Recipient to = i % 3 == 0 ? Recipient(one.id) : i % 3 == 1 ? Recipient(two.id) : bob;
    room.send(alice, to, sent.back(), kNow + Millis(i / 4));  // several in one moment
    room.send(alice, to, "noise", kNow + Millis(i / 4));
  }
  settle(room, how);
  SearchQuery query{.reader = bob, .words = "tick", .count_max = 7};
  Texts found;
  for (int round = 0; round < 20; ++round) {
    const auto page = room.page(query);
    REQUIRE(page.ok());
    REQUIRE(page->entries.size() <= 7);
    for (const std::string& text : SearchRoom::texts_of(*page)) found.push_back(text);
    CHECK(page->more == (page->next != MessageId()));
    if (!page->more) break;
    query.before = page->next;
    room.send(alice, bob, "tick late", kNow + kSecond);
    settle(room, how);
  }
  std::ranges::sort(found);
  std::ranges::sort(sent);
  CHECK(found == sent);
}

TEST_CASE("looking ends at its bound and says where to go on", "[store][M19]") {
  SearchRoom room(Backend::kSqlite, {}, {.scan_max_entries = 100, .looks_max = 3});
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  room.send(alice, bob, "needle one");
  std::vector<MessageId> edited;
  for (int i = 0; i < 8; ++i) edited.push_back(room.send(alice, bob, "needle gone"));
  room.follow();
  for (const MessageId id : edited) room.change(alice, id, "hay");
  room.follow();
  SearchQuery query{.reader = bob, .words = "needle"};
  Texts found;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = room.page(query);
    REQUIRE(page.ok());
    for (const std::string& text : SearchRoom::texts_of(*page)) found.push_back(text);
    more = page->more;
    query.before = page->next;
  }
  CHECK(found == Texts{"needle one"});
  CHECK(pages >= 3);
}

TEST_CASE("a search reads so many bytes of text, and says where to go on", "[store][M19]") {
  const bool indexed = GENERATE(true, false);
  SearchRoom room(Backend::kSqlite, {}, {.look_bytes_max = 40'000});
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  const std::string hay = std::string(4'000, 'x') + " ";
  room.send(alice, bob, "needle one");
  std::vector<MessageId> edited;
  for (int i = 0; i < 50; ++i) edited.push_back(room.send(alice, bob, "needle " + hay));
  room.follow();
  for (const MessageId id : edited) room.change(alice, id, hay);
  if (indexed) room.follow();
  SearchQuery query{.reader = bob, .words = "needle"};
  Texts found;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    REQUIRE(pages < 50);
    const auto page = room.page(query);
    REQUIRE(page.ok());
    CHECK(page->complete == indexed);
    for (const std::string& text : SearchRoom::texts_of(*page)) found.push_back(text);
    more = page->more;
    query.before = page->next;
  }
  CHECK(found == Texts{"needle one"});
  CHECK(pages >= 5);
}

TEST_CASE("an index that lags more than may be looked at says so", "[store][M19]") {
  SearchRoom room(Backend::kSqlite, {}, {.scan_max_entries = 4, .looks_max = 100});
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  for (int i = 0; i < 4; ++i) room.send(alice, bob, "word " + std::to_string(i));
  CHECK(room.page(bob, "word")->complete);
  CHECK(room.page(bob, "word")->entries.size() == 4);
  room.send(alice, bob, "word 4");
  CHECK_FALSE(room.page(bob, "word")->complete);
  CHECK(room.find(bob, "word 4").size() == 1);
  room.follow();
  CHECK(room.page(bob, "word")->complete);
  CHECK(room.page(bob, "word")->entries.size() == 5);
}

TEST_CASE("many conversations are searched for rare words and for common ones", "[store][M19]") {
  SearchRoom room;
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  const UserId eve = room.db.user("eve");
  Texts expected;
  for (int i = 0; i < 40; ++i) {
    const Group group = room.db.group(alice, {bob});
    const Group foreign = room.db.group(eve);
    room.send(alice, group.id, "common " + std::to_string(i), kNow + Millis(i));
    for (int j = 0; j < 40; ++j) room.send(eve, foreign.id, "common noise", kNow + Millis(i));
    if (i % 8 == 0) room.send(alice, group.id, "rare common", kNow + Millis(i));
    if (i % 8 == 0) expected.push_back("rare common");
    expected.push_back("common " + std::to_string(i));
  }
  room.follow();
  std::ranges::reverse(expected);
  for (size_t i = 0; i + 1 < expected.size(); ++i)  // the later of one moment comes first
    if (expected[i].starts_with("common") && expected[i + 1] == "rare common")
      std::swap(expected[i], expected[i + 1]);
  CHECK(room.find({.reader = bob, .words = "common", .count_max = 100}) == expected);
  CHECK(room.find(bob, "rare") == Texts(5, "rare common"));
  CHECK(room.find(bob, "rare common") == Texts(5, "rare common"));
  CHECK(room.find(bob, "noise").empty());
}

TEST_CASE("random talks: a search finds what reading everything finds", "[store][M19][X14]") {
  std::mt19937 random(7);
  SearchRoom room(GENERATE(from_range(file_backends())), {.batch_entries = 32});
  const std::vector<UserId> users{room.db.user("a"), room.db.user("b"), room.db.user("c")};
  std::vector<Group> groups;
  for (int i = 0; i < 20; ++i) groups.push_back(room.db.group(users[i % 3]));
  const std::vector<std::string> words{"red", "green", "会议", "会", "議事", "타", "ไทย", "红色"};
  const auto any = [&](const auto& all) { return all[random() % all.size()]; };
  std::vector<std::pair<MessageId, UserId>> sent;
  for (int i = 0; i < 500; ++i) {
    const UserId who = any(users);
    const Group& group = any(groups);
    if (random() % 4 == 0) {
      const bool in = room.db.store().groups().is_member(group.id, who).value();
      const bool last = room.db.store().groups().find(group.id)->members == 1;
      if (!in) room.db.join(group.id, who);
      if (in && !last) room.db.leave(group.id, who);  // the last would take the group with him
    }
    const std::string text = any(words) + (random() % 2 == 0 ? "" : " ") + any(words);
    const Recipient to = random() % 2 == 0 ? Recipient(group.id) : Recipient(any(users));
    const auto appended = room.db.try_send(draft(who, to, text), kNow + Millis(i / 3));
    if (appended.ok()) sent.emplace_back(appended->committed.id, who);
    if (sent.empty() || random() % 5 != 0) continue;
    const auto [id, by] = any(sent);
    (void)room.db.change([&, of = id, user = by](Store& s) {
      return s.log().change({of, user, DeviceId(), random() % 2 == 0, any(words)}, kNow);
    });
    if (random() % 3 == 0) REQUIRE(room.follower->step().ok());
  }
  for (const bool level : {false, true}) {
    if (level) room.follow();
    for (const UserId reader : users) {
      for (const std::string& word : words) {
        const auto query = WordQuery::read(word);
        std::vector<uint64_t> expected;
        for (uint64_t of = 1; of < 40; ++of) {
          const auto all =
              room.db.store().log().after(reader, ConversationId(of), Seq(), 10'000, 10'000'000);
          if (!all.ok()) continue;
          for (const EntryPtr& entry : all->entries)
            if (entry->kind == EntryKind::kMessage && query->matches(entry->text))
              expected.push_back(entry->id().value);
        }
        std::vector<uint64_t> found;
        const auto page = room.page({.reader = reader, .words = word, .count_max = 1'000});
        REQUIRE(page.ok());
        CHECK(page->complete);
        for (const EntryPtr& entry : page->entries) found.push_back(entry->id().value);
        CHECK(std::ranges::is_sorted(page->entries, std::ranges::greater{},
                                     [](const EntryPtr& e) { return e->at; }));
        std::ranges::sort(found);
        std::ranges::sort(expected);
        CHECK(found == expected);
      }
    }
  }
}

}  // namespace
}  // namespace mpim::test
