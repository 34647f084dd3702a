#include "tests/scale/capacity.h"

#include <algorithm>
#include <cmath>

namespace mpim::scale {
namespace {

constexpr double kGib = 1'073'741'824;

double group_deliveries(const Traffic& traffic) {
  double mean = 0;
  for (const GroupSize& size : traffic.groups) mean += size.share * (size.members - 1);
  return mean;
}

}  // namespace

Capacity capacity(uint32_t users, uint32_t users_a_node, GroupRouting routing, const Costs& costs) {
  Capacity need;
  need.traffic.users = users;
  need.traffic.nodes = std::max(3U, (users + users_a_node - 1) / users_a_node);
  need.traffic.routing = routing;
  const Traffic& traffic = need.traffic;
  need.rates = predict(traffic);
  need.messages = users * traffic.messages_per_user_s;
  const double to_groups = need.messages * traffic.group_share;
  const double direct = need.messages - to_groups;
  need.deliveries = direct + to_groups * group_deliveries(traffic);
  const double log_ins = users * traffic.reconnects_per_user_h / 3'600;
  need.cores = (direct * costs.direct_cpu_s + (need.deliveries - direct) * costs.delivery_cpu_s +
                log_ins * costs.log_in_cpu_s + users * costs.idle_cpu_s) /
               costs.use;
  const double connections = static_cast<double>(users) / traffic.nodes;
  need.node_gib = connections * costs.connection_kib * 1'024 / kGib;
  const double keys = need.rates.commands() - need.rates.publishes;
  need.redis_shards = std::ceil(need.rates.publishes / (costs.redis_publishes_s * costs.use) +
                                keys / (costs.redis_keys_s * costs.use));
  need.redis_gib = users * costs.route_bytes / kGib;
  // A message and its client id; a cursor for each device that received it, unless the next one
  // came within the half second that cursors wait.
  need.rows = 2 * need.messages + need.deliveries + log_ins;
  need.mysql_shards = std::ceil(need.rows / (costs.rows_s * costs.use));
  need.gb_a_day = need.messages * 86'400 * costs.message_bytes / 1e9;
  return need;
}

}  // namespace mpim::scale
