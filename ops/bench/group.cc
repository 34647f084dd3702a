#include <array>

#include "ops/bench/commands.h"
#include "ops/bench/sending.h"
#include "ops/progress.h"
#include "ops/contract.h"

namespace mpim::ops {
namespace {

constexpr uint32_t kLogInsAtOnce = 64;
constexpr uint32_t kBatch = 1'000;  // members in one call
constexpr auto kFlags = std::to_array<Flag>({
    kAckFlag,
    kDurationFlag,
    kGraceFlag,
    kLineFlag,
    {"members", FlagType::kNumber, "COUNT", "of the group, its senders with them", "100", 0,
     20'000},
    kMessagesFlag,
    kPlotFlag,
    kRateFlag,
    {"senders", FlagType::kNumber, "COUNT", "members who write", "1", 0, 1'000},
    kSizeFlag,
    kWarmupFlag,
    {"window", FlagType::kNumber, "COUNT",
     "messages of one sender that were not answered, or that not everybody has", "16", 0, 512},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "bench group --members 200",
    "bench group --members 1000 --rate 50,100,200 --plot group.svg",
});

// Dissolves the group when the measurement is over, however it ended.
// Lifetime shorter than the room's, longer than the connections': nobody is pushed its end.
class GroupEnd {
 public:
  explicit GroupEnd(Call& call) : call_(call) {}
  ~GroupEnd() {
    if (group_ == 0) return;
    const std::string hint = call_.circumstance().hint;
    v1::DissolveGroupRequest request;
    request.set_id(group_);
    const auto done = call_.ask<v1::DissolveGroupResponse>("DissolveGroup", request);
    call_.circumstance().hint = hint;
    if (!done)
      call_.terminal().note("warning: group " + std::to_string(group_) +
                            " could not be dissolved: " + done.error().message);
  }
  GroupEnd(const GroupEnd&) = delete;
  GroupEnd& operator=(const GroupEnd&) = delete;

  void of(uint64_t group) { group_ = group; }

 private:
  Call& call_;
  uint64_t group_ = 0;
};

Result<uint64_t> make_group(BenchRoom& room, GroupEnd& end, uint64_t& conversation) {
  Call& call = room.call();
  const auto failed = [&](const Error& why) { return room.refusal(why, RefusedAt::kPreparing); };
  v1::CreateGroupRequest create;
  create.set_name("bench-" + room.word());
  create.mutable_owner()->set_id(room.accounts().front().id);
  const auto made = call.ask<v1::CreateGroupResponse>("CreateGroup", create);
  if (!made) return failed(made.error());
  end.of(made->group().id());
  const auto& accounts = room.accounts();
  Progress progress(call.terminal(), "members", accounts.size());
  for (size_t from = 1; from < accounts.size(); from += kBatch) {
    v1::AddMembersRequest add;
    add.set_group(made->group().id());
    for (size_t i = from; i < std::min(accounts.size(), from + kBatch); ++i)
      add.add_users()->set_id(accounts[i].id);
    const auto added = call.ask<v1::AddMembersResponse>("AddMembers", add);
    if (!added) return failed(added.error());
    progress.advance(added->added());
  }
  conversation = made->group().conversation();
  return made->group().id();
}

// That each joined is of no interest to those before: with a thousand members, half a million
// pushes.
Result<void> forget_joins(BenchRoom& room, uint64_t conversation) {
  v1::MoveOfflineRequest purge;
  purge.mutable_filter()->set_conversation(conversation);
  purge.set_purge(true);
  const auto moved = room.call().ask<v1::MoveOfflineResponse>("MoveOffline", purge);
  // More cursors than are moved at once: then the members get what waits for them.
  if (!moved && moved.error().code != Code::kLimit) return moved.error();
  return {};
}

Result<int> bench_group(Call& call) {
  const auto members = static_cast<uint32_t>(call.arguments().number("members"));
  const auto senders = static_cast<uint32_t>(call.arguments().number("senders"));
  if (members < 2) return call.usage("`--members` is at least 2");
  if (senders == 0 || senders > members) return call.usage("`--senders` is 1 to --members");
  MPIM_TRY(const SendingWish wish, SendingWish::typed(call));
  MPIM_TRY(const auto room, BenchRoom::open(call, members));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  GroupEnd end(call);
  uint64_t conversation = 0;
  MPIM_TRY(const uint64_t group, make_group(*room, end, conversation));
  MPIM_CHECKED(forget_joins(*room, conversation));
  LinkWatch waiting;
  LoadLinks links = room->links(members);
  MPIM_CHECKED(room->log_in(links, 0, wish.options, kLogInsAtOnce, waiting));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  SendingCast cast{.senders = {},
                   .links = {&links},
                   .receivers = members,
                   .owed = {},
                   .window_until_received = true,
                   .copies = members - 1};
  for (uint32_t sender = 0; sender < senders; ++sender) {
    cast.senders.push_back({links[sender].get(), "SENDGROUP " + std::to_string(group) + " "});
    for (uint32_t receiver = 0; receiver < members; ++receiver)
      if (receiver != sender) cast.owed.emplace_back(receiver, sender);
  }
  return measure_sending(*room, cast, wish);
}

}  // namespace

const CommandForm kBenchGroupForm{
    .detail =
        "One group, all of its members online. Rates and latencies are as in `bench send`; every\n"
        "member's copy is checked and timed. Without --rate a sender goes on when all members\n"
        "have its message. At the end the group is dissolved.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "BenchGroupList",
    .run = bench_group,
};

}  // namespace mpim::ops
