#include "server/contract/bus_convert.h"

#include <catch2/catch.hpp>
#include <random>

#include "server/contract/mpim/v1/bus.pb.h"
#include "server/core/limits.h"

using namespace mpim;

namespace {

constexpr ConversationId kTalk{77};
const NodeRun kHere{NodeId{"a"}, 7};
const NodeRun kThere{NodeId{"b"}, 9};

Entry whole_entry() {
  Entry entry;
  entry.conversation = kTalk;
  entry.seq = Seq(12);
  entry.kind = EntryKind::kEdit;
  entry.type = ContentType::kFile;
  entry.sender = UserId(1001);
  entry.device = DeviceId(5);
  entry.group = GroupId(1009);
  entry.subject = UserId(1002);
  entry.ref = Seq(11);
  entry.at = {1'700'000'000'001};
  entry.client_id = "c-1";
  entry.text = "grüße\n\"x\"";
  entry.state = EntryState::kEdited;
  entry.changed_at = {1'700'000'000'002};
  entry.sent_at = {1'700'000'000'003};
  entry.client_at = {1'700'000'000'004};
  entry.file = FileId(88);
  entry.ext = R"({"a":1})";
  return entry;
}

LiveSession whole_session() {
  return {.id = SessionId(3),
          .user = UserId(1001),
          .device = DeviceId(5),
          .peer = "10.0.0.9:40000",
          .protocol = "ws",
          .ack = AckMode::kClient,
          .sync = SyncMode::kManual,
          .in_flight = 2,
          .behind = true,
          .since = {1'700'000'000'000}};
}

// One of each kind, and of each signal, with every field set.
std::vector<Envelope> every_kind() {
  const Audience audience{kTalk, GroupId(1009), UserId(1001), UserId(1002), 6};
  const ReceiptSignal receipt{kTalk, GroupId(1009), UserId(1001), ReceiptKind::kRead, Seq(4), {5}};
  const PresenceSignal presence{UserId(1001), PresenceState::kAway, {1'700'000'000'000}};
  const TypingSignal typing{kTalk, GroupId(1009), UserId(1001)};
  const ChangeSignal change{
      3, ChangeKind::kJoinRequest, UserId(1001), GroupId(1009), kTalk, Seq(2), "friends"};
  return {
      EntryCommitted{std::make_shared<const Entry>(whole_entry()), audience},
      HeadMoved{audience, Seq(13)},
      DeviceReplaced{UserId(1001), DeviceId(5), 8},
      SessionsEnded{UserId(1001), DeviceId(5), Error{Code::kDisabled, "by an operator", 9}},
      TokensEnded{UserId(1001), DeviceId(5)},
      CursorsRewound{UserId(1001), DeviceId(5), kTalk},
      CursorConfirmed{UserId(1001), DeviceId(5), MessageId(kTalk, Seq(12))},
      UserTold{UserId(1001), receipt, DeviceId(5)},
      UserTold{UserId(1001), presence, DeviceId(5)},
      UserTold{UserId(1001), change, {}},
      UserTold{UserId(1001), RefusedSignal{"q1-5-0", "c-1", Error{Code::kBlocked, "no"}}, {}},
      GroupTold{audience, typing, UserId(1001)},
      PresenceChanged{presence},
      SessionsAsked{UserId(1001), NodeId{"east-1"}, 17},
      SessionsTold{17, {whole_session()}},
  };
}

}  // namespace

TEST_CASE("every kind of envelope comes back as it was", "[contract][M1]") {
  std::vector<size_t> kinds;
  for (const Envelope& envelope : every_kind()) {
    const std::string bytes = packed_envelope(envelope);
    CAPTURE(envelope.index());
    const Result<Envelope> back = unpacked_envelope(bytes);
    REQUIRE(back.ok());
    REQUIRE(back->index() == envelope.index());
    // Equal when the same bytes are made of it: no field is lost on the way.
    CHECK(packed_envelope(*back) == bytes);
    kinds.push_back(envelope.index());
  }
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  CHECK(kinds.size() == std::variant_size_v<Envelope>);
}

TEST_CASE("an entry keeps every field on its way to another node", "[contract][M1]") {
  const Entry sent = whole_entry();
  const auto back = unpacked_envelope(packed_envelope(
      EntryCommitted{std::make_shared<const Entry>(sent), Audience{kTalk, {}, {}, {}, 0}}));
  REQUIRE(back.ok());
  const Entry& got = *std::get<EntryCommitted>(*back).entry;
  CHECK(got.id() == sent.id());
  CHECK(got.kind == sent.kind);
  CHECK(got.type == sent.type);
  CHECK(got.state == sent.state);
  CHECK(got.sender == sent.sender);
  CHECK(got.device == sent.device);
  CHECK(got.group == sent.group);
  CHECK(got.subject == sent.subject);
  CHECK(got.ref == sent.ref);
  CHECK(got.at == sent.at);
  CHECK(got.client_id == sent.client_id);
  CHECK(got.text == sent.text);
  CHECK(got.changed_at == sent.changed_at);
  CHECK(got.sent_at == sent.sent_at);
  CHECK(got.client_at == sent.client_at);
  CHECK(got.file == sent.file);
  CHECK(got.ext == sent.ext);
}

TEST_CASE("a packet names both nodes; what it does not know spoils nothing else",
          "[contract][G25]") {
  std::vector<std::string> envelopes;
  for (const Envelope& envelope : every_kind()) envelopes.push_back(packed_envelope(envelope));
  const size_t known = envelopes.size();
  envelopes.insert(envelopes.begin() + 3, "\xFA\x01\x02hi");  // field 31, of a later version
  envelopes.insert(envelopes.begin() + 5, "\xFF\xFF");
  v1::BusEnvelope far;
  far.mutable_user_told()->set_user_id(uint64_t{1} << 40);
  envelopes.push_back(far.SerializeAsString());
  const auto packet = unpacked_packet(packed_packet(kHere, kThere, envelopes));
  REQUIRE(packet.ok());
  CHECK(packet->from == kHere);
  CHECK(packet->to == kThere);
  CHECK(packet->envelopes.size() == known);
  CHECK(packet->unknown == 3);
  CHECK_FALSE(unpacked_packet("\xFF\xFF\xFF").ok());
}

TEST_CASE("an entry of another conversation than its audience is refused", "[contract][G25]") {
  const auto entry = std::make_shared<const Entry>(whole_entry());
  CHECK_FALSE(unpacked_envelope(packed_envelope(EntryCommitted{
                                    entry, Audience{ConversationId(78), {}, {}, {}, 0}}))
                  .ok());
}

TEST_CASE("bytes that were damaged are refused or are some valid packet", "[contract][G25]") {
  std::vector<std::string> envelopes;
  for (const Envelope& envelope : every_kind()) envelopes.push_back(packed_envelope(envelope));
  const std::string whole = packed_packet(kHere, kThere, envelopes);
  std::mt19937 random(7);
  size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    for (unsigned flips = random() % 4 + 1; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 2 == 0) bytes.resize(random() % bytes.size());
    const auto packet = unpacked_packet(bytes);
    if (!packet.ok()) continue;
    ++read;
    for (const EnvelopePtr& envelope : packet->envelopes)
      REQUIRE(unpacked_envelope(packed_envelope(*envelope)).ok());
  }
  CHECK(read > 0);
}

TEST_CASE("a text in a hint is as long as it may be, and no longer", "[contract][G25]") {
  const auto entry_with = [](auto set, size_t bytes) {
    Entry entry = whole_entry();
    set(entry) = std::string(bytes, 'x');
    return unpacked_envelope(packed_envelope(
        EntryCommitted{std::make_shared<const Entry>(entry), Audience{kTalk, {}, {}, {}, 0}}));
  };
  const auto told_with = [](const Signal& signal) {
    return unpacked_envelope(packed_envelope(UserTold{UserId(1001), signal, {}}));
  };
  const auto bound_holds = [](auto make, size_t bytes_max) {
    const bool longest = make(bytes_max).ok();
    const Result<Envelope> longer = make(bytes_max + 1);
    return longest && !longer.ok() && longer.error().code == Code::kTooLarge;
  };
  CHECK(bound_holds(
      [&](size_t n) {
        return entry_with(
            [](Entry & e) -> auto& { return e.text; }, n);
      },
      kTextBytes.ceiling));
  CHECK(bound_holds(
      [&](size_t n) {
        return entry_with(
            [](Entry & e) -> auto& { return e.ext; }, n);
      },
      kExtBytes.ceiling));
  CHECK(bound_holds(
      [&](size_t n) {
        return entry_with(
            [](Entry & e) -> auto& { return e.client_id; }, n);
      },
      kClientIdBytes));
  CHECK(bound_holds(
      [&](size_t n) {
        return told_with(ChangeSignal{
            3, ChangeKind::kJoinRequest, UserId(1001), {}, kTalk, Seq(2), std::string(n, 'x')});
      },
      kToldWordBytes));
  CHECK(bound_holds(
      [&](size_t n) {
        return told_with(RefusedSignal{std::string(n, 'x'), "c", Error{Code::kBlocked, "no"}});
      },
      kToldWordBytes));
  CHECK(bound_holds(
      [&](size_t n) {
        return told_with(RefusedSignal{"q1-5-0", std::string(n, 'x'), Error{Code::kBlocked, "no"}});
      },
      kToldWordBytes));
}

TEST_CASE("a log-out counts however long its reason is, which is cut", "[contract][G25]") {
  const auto reason_of = [](std::string reason) {
    const Result<Envelope> back = unpacked_envelope(packed_envelope(
        SessionsEnded{UserId(1001), DeviceId(5), Error{Code::kDisabled, std::move(reason)}}));
    REQUIRE(back.ok());
    return std::get<SessionsEnded>(*back).why.message;
  };
  CHECK(reason_of(std::string(kToldErrorBytes, 'x')).size() == kToldErrorBytes);
  CHECK(reason_of(std::string(10'000'000, 'x')).size() == kToldErrorBytes);
  // Between two characters.
  CHECK(reason_of(std::string(kToldErrorBytes - 1, 'x') + "\u00fcx").size() == kToldErrorBytes - 1);
}

TEST_CASE("a packet says which of its hints were too large", "[contract][G25]") {
  Entry entry = whole_entry();
  entry.text = std::string(kTextBytes.ceiling + 1, 'x');
  const std::string large = packed_envelope(
      EntryCommitted{std::make_shared<const Entry>(entry), Audience{kTalk, {}, {}, {}, 0}});
  const auto packet = unpacked_packet(
      packed_packet(kHere, kThere,
                    std::vector<std::string>{large, "\xFF\xFF", packed_envelope(every_kind()[1])}));
  REQUIRE(packet.ok());
  CHECK(packet->envelopes.size() == 1);
  CHECK(packet->unknown == 2);
  CHECK(packet->too_large == 1);
}
