// The capacity model: what the simulation counts, as formulas. docs/scale.md tells them in words.
#include <cmath>

#include "tests/scale/traffic.h"

namespace mpim::scale {
namespace {

// Of `places` nodes, how many `people` spread at random over them reach.
double reached(double places, double people) {
  return places * (1 - std::pow(1 - 1 / places, people));
}

// Of one person's messages of a talk, how many find the cache old. Two pauses lie between them; an
// answer serves the message that asked for it and all that follow within its time: of a renewal
// process with such gaps that is the number below.
double asked_in_talk(const Traffic& traffic) {
  const double messages = traffic.talk_messages / 2.0;
  const double pauses = traffic.cache_s / traffic.talk_pause_s;
  const double served = pauses / 2 - 0.25 + 0.25 * std::exp(-2 * pauses);
  return (messages + served / 2) / (1 + served);
}

}  // namespace

Rates predict(const Traffic& traffic) {
  const double nodes = traffic.nodes;
  const double users = traffic.users;
  const double sent = users * traffic.messages_per_user_s;
  const double to_groups = sent * traffic.group_share;
  const double direct = sent - to_groups;

  // Means over memberships: a large group has more of the messages.
  double elsewhere = 0;    // nodes other than the sender's that have members
  double keys = 0;         // read for a message to a group whose nodes are not known
  double asked = 0;        // share of the messages to groups for which that is so
  double set_entries = 0;  // (group, node) pairs, as far as they are kept
  const double here = traffic.messages_per_user_s * traffic.group_share / traffic.groups_per_user;
  for (const GroupSize& size : traffic.groups) {
    const double others = size.members - 1;
    const double pairs =
        users * traffic.groups_per_user * size.share / size.members * reached(nodes, size.members);
    const bool to_all = traffic.routing == GroupRouting::kEveryNode;
    elsewhere += size.share * (to_all ? nodes - 1 : (nodes - 1) / nodes * reached(nodes, others));
    if (traffic.routing == GroupRouting::kNodeSet) set_entries += pairs;
    const double rate = to_all ? to_groups / nodes : here * (1 + others / nodes);
    const double old = 1 / (1 + rate * traffic.cache_s);
    asked += size.share * old;
    keys += size.share * old * (traffic.routing == GroupRouting::kMembers ? size.members : 1);
  }

  Rates rates;
  rates.leases = nodes * traffic.leases_a_node / traffic.beat_s;
  rates.renewals = (users + set_entries) / traffic.renewal_s;
  const double moved = users * traffic.reconnects_per_user_h / 3'600;
  // Whoever comes is the first of his group there, or goes as the last, for each pair he makes.
  const double alone = set_entries / users;
  rates.moves = 2 * moved * (1 + alone);
  const double talk_asks = asked_in_talk(traffic) / (traffic.talk_messages / 2.0);
  rates.round_trips = direct * talk_asks + to_groups * asked;
  rates.keys_read = direct * talk_asks * 2 + to_groups * keys;
  rates.per_direct = (nodes - 1) / nodes;
  rates.per_group = elsewhere;
  rates.publishes = direct * rates.per_direct + to_groups * rates.per_group;
  rates.direct_hits = 1 - talk_asks;
  rates.group_hits = 1 - asked;
  rates.misled = rates.direct_hits * traffic.reconnects_per_user_h / 3'600 * traffic.cache_s / 2;
  return rates;
}

}  // namespace mpim::scale
