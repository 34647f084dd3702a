#include <catch2/catch.hpp>

#include "client-cli/link/acknowledgements.h"
#include "client-cli/link/transcript.h"

namespace mpim::chat {
namespace {

constexpr ConversationId kTalk{7};

Entry entry(uint64_t seq) {
  Entry made;
  made.conversation = kTalk;
  made.seq = Seq(seq);
  made.sender = UserId(1002);
  return made;
}

std::vector<uint64_t> seqs(const std::vector<Entry>& entries) {
  std::vector<uint64_t> numbers;
  for (const Entry& one : entries) numbers.push_back(one.seq.value);
  return numbers;
}

using Seqs = std::vector<uint64_t>;

}  // namespace

TEST_CASE("entries are shown once, in order", "[client-cli][M49]") {
  Transcript transcript;
  CHECK(seqs(transcript.admit(entry(5))) == Seqs{5});
  CHECK(seqs(transcript.admit(entry(6))) == Seqs{6});
  CHECK(seqs(transcript.admit(entry(5))).empty());
  CHECK(seqs(transcript.admit(entry(6))).empty());
  CHECK(seqs(transcript.admit(entry(7))) == Seqs{7});
  CHECK(transcript.repeats() == 2);
  CHECK(transcript.through(kTalk) == Seq(7));
}

TEST_CASE("an entry waits for the one before it", "[client-cli]") {
  Transcript transcript;
  transcript.admit(entry(1));
  CHECK(transcript.admit(entry(3)).empty());
  CHECK(transcript.admit(entry(4)).empty());
  REQUIRE(transcript.holes().size() == 1);
  CHECK(transcript.holes().front().after == Seq(1));
  CHECK(transcript.holes().front().before == Seq(3));
  CHECK(transcript.holes().front().missing() == 1);
  CHECK(seqs(transcript.admit(entry(2))) == Seqs{2, 3, 4});
  CHECK(transcript.holes().empty());
}

TEST_CASE("our own message fills its place and is not shown again", "[client-cli]") {
  Transcript transcript;
  transcript.admit(entry(1));
  CHECK(transcript.own(MessageId(kTalk, Seq(2))).empty());
  CHECK(seqs(transcript.admit(entry(3))) == Seqs{3});
  CHECK(transcript.admit(entry(2)).empty());

  SECTION("what waited for it comes out with it") {
    CHECK(transcript.admit(entry(5)).empty());
    CHECK(seqs(transcript.own(MessageId(kTalk, Seq(4)))) == Seqs{5});
  }
}

// The answer to a message may overtake the backlog that was pushed before it.
TEST_CASE("our own message does not stand for older ones that have not come", "[client-cli]") {
  Transcript transcript;
  transcript.own(MessageId(kTalk, Seq(4)));
  CHECK_FALSE(transcript.through(kTalk).has_value());
  CHECK(seqs(transcript.admit(entry(2))) == Seqs{2});
  CHECK(seqs(transcript.admit(entry(3))) == Seqs{3});
  CHECK(transcript.through(kTalk) == Seq(4));
}

TEST_CASE("what will not come is passed over, and what waited comes", "[client-cli]") {
  Transcript transcript;
  transcript.admit(entry(1));
  transcript.admit(entry(5));
  CHECK(seqs(transcript.skip(kTalk, Seq(4))) == Seqs{5});
  CHECK(transcript.through(kTalk) == Seq(5));
  CHECK(transcript.admit(entry(3)).empty());

  SECTION("also in a conversation nothing came from yet") {
    constexpr ConversationId kOther{8};
    CHECK(transcript.skip(kOther, Seq(200)).empty());
    Entry later = entry(201);
    later.conversation = kOther;
    CHECK(seqs(transcript.admit(later)) == Seqs{201});
  }
}

TEST_CASE("a hole that swallows too much is given up", "[client-cli]") {
  Transcript transcript;
  transcript.admit(entry(1));
  size_t shown = 0;
  for (uint64_t seq = 3; seq < 3 + Transcript::kAheadMax + 1; ++seq)
    shown += transcript.admit(entry(seq)).size();
  CHECK(shown == Transcript::kAheadMax + 1);
  CHECK(transcript.holes().empty());
}

TEST_CASE("a restored server begins anew", "[client-cli]") {
  Transcript transcript;
  transcript.admit(entry(9));
  transcript.clear();
  CHECK(seqs(transcript.admit(entry(3))) == Seqs{3});
}

TEST_CASE("one acknowledgement stands for all before it", "[client-cli]") {
  Transcript transcript;
  Acknowledgements owed;
  for (const uint64_t seq : {1, 2, 3}) {
    owed.given(entry(seq).id());
    transcript.admit(entry(seq));
  }
  CHECK(owed.pending() == 3);
  CHECK(owed.due(transcript) == std::vector{MessageId(kTalk, Seq(3))});
  CHECK(owed.pending() == 0);
  CHECK(owed.due(transcript).empty());

  SECTION("a repeat is acknowledged again: the server has not heard of it") {
    owed.given(entry(2).id());
    transcript.admit(entry(2));
    CHECK(owed.due(transcript) == std::vector{MessageId(kTalk, Seq(3))});
  }
  SECTION("nothing is acknowledged that this connection was not given") {
    owed.new_connection();
    owed.given(entry(2).id());
    transcript.admit(entry(2));
    CHECK(owed.due(transcript) == std::vector{MessageId(kTalk, Seq(2))});
  }
  SECTION("nothing behind a hole is acknowledged") {
    owed.given(entry(5).id());
    transcript.admit(entry(5));
    CHECK(owed.due(transcript).empty());
  }
}

}  // namespace mpim::chat
