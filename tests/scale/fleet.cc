#include "tests/scale/fleet.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mpim::scale {
namespace {

Millis millis(double seconds) { return Millis(static_cast<int64_t>(seconds * 1'000)); }

}  // namespace

void FleetNode::send(const Audience& audience) {
  auto entry = std::make_shared<Entry>();
  entry->conversation = audience.conversation;
  fanout_.committed(Appended{{}, entry, audience});
}

bool FleetNode::fresh(const std::unordered_map<uint64_t, Cached>& cache, uint64_t of) const {
  const auto found = cache.find(of);
  return found != cache.end() && found->second.until > fleet_.world_.now();
}

FleetNode::FleetNode(Fleet& fleet, uint32_t index)
    : fleet_(fleet), index_(index), fanout_(fleet.world_.new_thread(), *this, *this) {}

void FleetNode::nodes_of(const Audience& audience, Executor&, NodesFound found) {
  audience.direct() ? find_direct(audience, found) : find_group(audience, found);
}

// Both are asked for: the sender may have other devices elsewhere.
void FleetNode::find_direct(const Audience& audience, NodesFound& found) {
  Fleet::Counts& counts = fleet_.counts_;
  ++counts.direct;
  const Instant until = fleet_.world_.now() + millis(fleet_.traffic_.cache_s);
  bool asked = false;
  for (const UserId user : {audience.one, audience.other}) {
    if (fresh(users_, user.value)) continue;
    users_[user.value] = {{fleet_.names_[fleet_.node_of_[user.value]]}, until};
    ++counts.keys_read;
    asked = true;
  }
  counts.direct_asked += asked ? 1 : 0;
  counts.round_trips += asked ? 1 : 0;
  const NodeId& home = fleet_.names_[index_];
  const NodeId& there = users_[audience.other.value].nodes.front();
  const NodeId& truth = fleet_.names_[fleet_.node_of_[audience.other.value]];
  if (there != truth && truth != home) ++counts.misled;
  std::vector<NodeId> nodes{home};
  for (const UserId user : {audience.one, audience.other}) {
    const NodeId& node = users_[user.value].nodes.front();
    if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
  }
  found(nodes);
}

void FleetNode::find_group(const Audience& audience, NodesFound& found) {
  Fleet::Counts& counts = fleet_.counts_;
  const bool to_all = fleet_.traffic_.routing == GroupRouting::kEveryNode;
  const auto group = static_cast<uint32_t>(audience.group.value);
  const uint64_t key = to_all ? 0 : group;
  ++counts.grouped;
  if (!fresh(groups_, key)) {
    const Instant until = fleet_.world_.now() + millis(fleet_.traffic_.cache_s);
    groups_[key] = {to_all ? fleet_.names_ : fleet_.nodes_of_group(group), until};
    const bool each = fleet_.traffic_.routing == GroupRouting::kMembers;
    counts.keys_read += each ? fleet_.members_[group].size() : 1;
    ++counts.round_trips;
    ++counts.group_asked;
  }
  found(groups_[key].nodes);
}

void FleetNode::publish(const NodeId& to, std::span<const EnvelopePtr> envelopes) {
  if (to == fleet_.names_[index_]) return;
  ++fleet_.counts_.publishes;
  const auto& committed = std::get<EntryCommitted>(*envelopes.front());
  if (!committed.audience.direct()) ++fleet_.counts_.group_publishes;
}

Fleet::Fleet(const Traffic& traffic) : traffic_(traffic), world_(traffic.seed) { populate(); }

void Fleet::populate() {
  users_on_.resize(traffic_.nodes);
  entries_on_.resize(traffic_.nodes);
  marked_.resize(traffic_.nodes);
  for (uint32_t i = 0; i < traffic_.nodes; ++i) {
    names_.push_back(NodeId{"node-" + std::to_string(i)});
    nodes_.push_back(std::make_unique<FleetNode>(*this, i));
  }
  groups_of_.resize(traffic_.users);
  for (uint32_t user = 0; user < traffic_.users; ++user) {
    node_of_.push_back(static_cast<uint32_t>(world_.below(traffic_.nodes)));
    ++users_on_[node_of_[user]];
  }
  form_groups();
}

// Group 0 is nobody's: an audience without a group is a talk of two.
void Fleet::form_groups() {
  members_.emplace_back();
  const double seats = static_cast<double>(traffic_.users) * traffic_.groups_per_user;
  for (const GroupSize& size : traffic_.groups)
    for (double left = seats * size.share; left >= size.members; left -= size.members)
      form_group(size.members);
  if (traffic_.routing != GroupRouting::kNodeSet) return;
  sets_.resize(members_.size());
  for (uint32_t user = 0; user < traffic_.users; ++user) count_in_sets(user, +1);
}

void Fleet::form_group(uint32_t size) {
  const auto group = static_cast<uint32_t>(members_.size());
  auto& members = members_.emplace_back();
  for (uint32_t i = 0; i < size; ++i) {
    const uint32_t user = any_user();
    members.push_back(user);
    groups_of_[user].push_back(group);
    seats_.emplace_back(group, user);
  }
}

// This user's part in the node sets of his groups, on the node where he is.
void Fleet::count_in_sets(uint32_t user, int by) {
  if (sets_.empty()) return;
  const uint32_t node = node_of_[user];
  for (const uint32_t group : groups_of_[user]) {
    uint32_t& count = sets_[group][node];
    const bool first = by > 0 && count == 0;
    count += static_cast<uint32_t>(by);
    const bool last = by < 0 && count == 0;
    if (first) ++entries_on_[node];
    if (last) --entries_on_[node];
    if (first || last) ++counts_.moves;
  }
}

std::vector<NodeId> Fleet::nodes_of_group(uint32_t group) {
  std::vector<NodeId> nodes;
  ++mark_;
  for (const uint32_t member : members_[group]) {
    if (std::exchange(marked_[node_of_[member]], mark_) != mark_)
      nodes.push_back(names_[node_of_[member]]);
  }
  return nodes;
}

double Fleet::pause_s(double mean_s) {
  const double dice = static_cast<double>(world_.below(1'000'000) + 1) / 1'000'001.0;
  return -std::log(dice) * mean_s;
}

void Fleet::next(Stream& stream, Task task) {
  stream.at_s += pause_s(1 / stream.a_second);
  world_.at(Instant{millis(stream.at_s).count()}, nullptr, std::move(task));
}

void Fleet::beat(uint32_t node) {
  counts_.leases += traffic_.leases_a_node;
  world_.in(millis(traffic_.beat_s), [this, node] { beat(node); });
}

void Fleet::renew(uint32_t node) {
  counts_.renewals += users_on_[node] + entries_on_[node];
  world_.in(millis(traffic_.renewal_s), [this, node] { renew(node); });
}

void Fleet::talk(Talk talk) {
  if (talk.left-- == 0) return;
  Audience audience;
  audience.conversation = ConversationId(1);
  audience.one = UserId(talk.one);
  audience.other = UserId(talk.other);
  nodes_[node_of_[talk.one]]->send(audience);
  std::swap(talk.one, talk.other);
  world_.in(millis(pause_s(traffic_.talk_pause_s)), [this, talk] { this->talk(talk); });
}

void Fleet::talks() {
  talk({any_user(), any_user(), traffic_.talk_messages});
  next(talks_, [this] { talks(); });
}

void Fleet::group_messages() {
  const auto& [group, sender] = world_.one_of(seats_);
  Audience audience;
  audience.conversation = ConversationId(1 + group);
  audience.group = GroupId(group);
  nodes_[node_of_[sender]]->send(audience);
  next(group_messages_, [this] { group_messages(); });
}

void Fleet::move(uint32_t user) {
  counts_.moves += 2;
  count_in_sets(user, -1);
  --users_on_[node_of_[user]];
  node_of_[user] = static_cast<uint32_t>(world_.below(traffic_.nodes));
  ++users_on_[node_of_[user]];
  count_in_sets(user, +1);
}

void Fleet::reconnects() {
  move(any_user());
  next(reconnects_, [this] { reconnects(); });
}

// As if it had run for long: talks are under way, and nobody's clock begins with another's.
void Fleet::begin() {
  for (uint32_t node = 0; node < traffic_.nodes; ++node) {
    const auto within = [this](double period_s) {
      return Millis(world_.between(0, millis(period_s).count() - 1));
    };
    world_.in(within(traffic_.beat_s), [this, node] { beat(node); });
    world_.in(within(traffic_.renewal_s), [this, node] { renew(node); });
  }
  const double messages = traffic_.users * traffic_.messages_per_user_s;
  const double direct = messages * (1 - traffic_.group_share);
  talks_.a_second = direct / traffic_.talk_messages;
  group_messages_.a_second = messages * traffic_.group_share;
  reconnects_.a_second = traffic_.users * traffic_.reconnects_per_user_h / 3'600;
  for (double under_way = direct * traffic_.talk_pause_s; under_way >= 1; --under_way) {
    const auto left = static_cast<uint32_t>(world_.between(1, traffic_.talk_messages));
    world_.in(millis(pause_s(traffic_.talk_pause_s)), [this, left] {
      talk({any_user(), any_user(), left});
    });
  }
  talks();
  group_messages();
  reconnects();
}

Rates Fleet::run() {
  begin();
  (void)world_.run_until(world_.now() + millis(traffic_.warm_up_s), ~uint64_t{0});
  counts_ = {};
  (void)world_.run_until(world_.now() + millis(traffic_.counted_s), ~uint64_t{0});
  return rates();
}

Rates Fleet::rates() const {
  const auto a_second = [this](uint64_t count) {
    return static_cast<double>(count) / traffic_.counted_s;
  };
  const auto of = [](uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  };
  Rates rates;
  rates.leases = a_second(counts_.leases);
  rates.renewals = a_second(counts_.renewals);
  rates.moves = a_second(counts_.moves);
  rates.keys_read = a_second(counts_.keys_read);
  rates.round_trips = a_second(counts_.round_trips);
  rates.publishes = a_second(counts_.publishes);
  rates.per_direct = of(counts_.publishes - counts_.group_publishes, counts_.direct);
  rates.per_group = of(counts_.group_publishes, counts_.grouped);
  rates.direct_hits = 1 - of(counts_.direct_asked, counts_.direct);
  rates.group_hits = 1 - of(counts_.group_asked, counts_.grouped);
  rates.misled = of(counts_.misled, counts_.direct);
  return rates;
}

Rates simulate(const Traffic& traffic) { return Fleet(traffic).run(); }

std::string_view name_of(GroupRouting routing) {
  switch (routing) {
    case GroupRouting::kEveryNode: return "every node";
    case GroupRouting::kNodeSet: return "node sets";
    case GroupRouting::kMembers: return "members";
  }
  return "";
}

}  // namespace mpim::scale
