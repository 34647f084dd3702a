#include "tests/scale/scale_page.h"

#include <fmt/format.h>

#include <cmath>

namespace mpim::scale {
namespace {

// Three digits that count, thousands apart.
std::string shown(double value) {
  if (value == 0) return "0";
  const double scale = std::pow(10, std::floor(std::log10(std::abs(value))) - 2);
  const double rounded = std::round(value / scale) * scale;
  if (rounded < 100) return fmt::format("{:.3g}", rounded);
  std::string digits = fmt::format("{:.0f}", rounded);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

using Of = double (*)(const Rates&);
struct Row {
  const char* name;
  Of of;
};
constexpr Row kRows[] = {
    {"leases renewed a second", [](const Rates& r) { return r.leases; }},
    {"route keys renewed a second", [](const Rates& r) { return r.renewals; }},
    {"route keys written or removed a second", [](const Rates& r) { return r.moves; }},
    {"route keys read a second", [](const Rates& r) { return r.keys_read; }},
    {"round trips of lookups a second", [](const Rates& r) { return r.round_trips; }},
    {"publishes a second", [](const Rates& r) { return r.publishes; }},
    {"**Redis commands a second**", [](const Rates& r) { return r.commands(); }},
    {"publishes of a message between two", [](const Rates& r) { return r.per_direct; }},
    {"publishes of a message to a group", [](const Rates& r) { return r.per_group; }},
    {"cache hits, messages between two, %", [](const Rates& r) { return 100 * r.direct_hits; }},
    {"cache hits, messages to groups, %", [](const Rates& r) { return 100 * r.group_hits; }},
    {"misled by the cache, of those between two, %", [](const Rates& r) { return 100 * r.misled; }},
};

using Needs = double (*)(const Capacity&);
struct Need {
  const char* name;
  Needs of;
};
constexpr Need kNeeds[] = {
    {"gateway nodes", [](const Capacity& c) { return double(c.traffic.nodes); }},
    {"messages a second", [](const Capacity& c) { return c.messages; }},
    {"deliveries a second", [](const Capacity& c) { return c.deliveries; }},
    {"cores of all gateways", [](const Capacity& c) { return std::ceil(c.cores); }},
    {"GiB a gateway for its connections", [](const Capacity& c) { return c.node_gib; }},
    {"publishes a second", [](const Capacity& c) { return c.rates.publishes; }},
    {"Redis commands a second", [](const Capacity& c) { return c.rates.commands(); }},
    {"**Redis shards**", [](const Capacity& c) { return c.redis_shards; }},
    {"GiB of routes in Redis", [](const Capacity& c) { return c.redis_gib; }},
    {"rows written a second", [](const Capacity& c) { return c.rows; }},
    {"**MySQL shards**", [](const Capacity& c) { return c.mysql_shards; }},
    {"GB of messages a day", [](const Capacity& c) { return c.gb_a_day; }},
};

std::string line(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

}  // namespace

std::string counted_table(const std::vector<Compared>& runs) {
  std::vector<std::string> head{""};
  std::vector<std::string> rule{"---"};
  for (const Compared& run : runs) {
    const std::string name(name_of(run.traffic.routing));
    head.insert(head.end(), {name + ": model", "counted"});
    rule.insert(rule.end(), {"---:", "---:"});
  }
  std::string table = line(head) + line(rule);
  for (const Row& row : kRows) {
    std::vector<std::string> cells{row.name};
    for (const Compared& run : runs)
      cells.insert(cells.end(), {shown(row.of(run.model)), shown(row.of(run.counted))});
    table += line(cells);
  }
  return table;
}

std::string cache_table(const Traffic& traffic, const std::vector<double>& seconds) {
  std::string table = line(
      {"believed for, s", "hits between two, %", "keys read a second", "misled between two, %"});
  table += line({"---:", "---:", "---:", "---:"});
  for (const double each : seconds) {
    Traffic believed = traffic;
    believed.cache_s = each;
    const Rates rates = predict(believed);
    table += line({shown(each), shown(100 * rates.direct_hits), shown(rates.keys_read),
                   shown(100 * rates.misled)});
  }
  return table;
}

std::string capacity_table(const std::vector<Capacity>& needs) {
  std::vector<std::string> head{"users online"};
  std::vector<std::string> rule{"---"};
  for (const Capacity& need : needs) {
    head.push_back(shown(need.traffic.users) + ", " + std::string(name_of(need.traffic.routing)));
    rule.emplace_back("---:");
  }
  std::string table = line(head) + line(rule);
  for (const Need& row : kNeeds) {
    std::vector<std::string> cells{row.name};
    for (const Capacity& need : needs) cells.push_back(shown(row.of(need)));
    table += line(cells);
  }
  return table;
}

std::string with_section(const std::string& page, const std::string& name,
                         const std::string& text) {
  const std::string opens = "<!-- " + name + " -->\n";
  const size_t from = page.find(opens);
  const size_t to = page.find("<!-- /" + name + " -->");
  if (from == std::string::npos || to == std::string::npos) return page + "\n" + opens + text;
  return page.substr(0, from + opens.size()) + text + page.substr(to);
}

}  // namespace mpim::scale
