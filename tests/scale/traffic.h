// What a cluster of many nodes asks of Redis and of its nodes, counted on virtual time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "server/core/clock.h"

namespace mpim::scale {

// How a group's nodes are found.
enum class GroupRouting : uint8_t {
  kEveryNode,  // not at all: each living node is told
  kNodeSet,    // one key a group holds the nodes that have members of it, kept as routes are
  kMembers,    // the routes of all its members, in one round trip
};
std::string_view name_of(GroupRouting routing);

// Groups of one size, and what share of all memberships is in such.
struct GroupSize {
  uint32_t members = 0;
  double share = 0;
};

// A cluster and what its people do. Everybody is online with one device, on any node.
struct Traffic {
  uint32_t nodes = 1'000;
  uint32_t users = 200'000;
  double messages_per_user_s = 0.01;
  double group_share = 0.2;  // of the messages
  // A talk of two: they take turns, with random pauses between.
  uint32_t talk_messages = 20;
  double talk_pause_s = 10;
  uint32_t groups_per_user = 5;
  std::vector<GroupSize> groups{{10, 0.3}, {100, 0.5}, {1'000, 0.2}};
  double reconnects_per_user_h = 1;
  GroupRouting routing = GroupRouting::kEveryNode;
  double cache_s = 5;          // directory.cached_ms
  double beat_s = 10.0 / 3;    // a third of node.lease_ms
  uint32_t leases_a_node = 2;  // of its name, and of its channel
  double renewal_s = 40;       // a third of directory.route_s
  double warm_up_s = 40;       // longer than an answer is believed
  double counted_s = 40;
  uint64_t seed = 1;
};

// A second of all nodes together, but for what is said of one message.
struct Rates {
  double leases = 0;       // renewed
  double renewals = 0;     // routes, and entries of node sets, that are renewed: keys
  double moves = 0;        // routes, and entries of node sets, that are written or removed: keys
  double keys_read = 0;    // of lookups
  double round_trips = 0;  // of lookups
  double publishes = 0;
  double per_direct = 0;   // publishes of one message between two
  double per_group = 0;    // publishes of one message to a group
  double direct_hits = 0;  // share of lookups answered from the cache, 0 to 1
  double group_hits = 0;
  double misled = 0;  // share of messages between two that a cached route kept from somebody:
                      // the sweep of heads brings them

  // What Redis does: every key of a lookup or a renewal is work there, whatever carries it.
  double commands() const { return leases + renewals + moves + keys_read + publishes; }
};

// Counts them in a simulated run of the real Fanout over routes, caches and leases.
Rates simulate(const Traffic& traffic);
// Reckons them: the capacity model.
Rates predict(const Traffic& traffic);

}  // namespace mpim::scale
