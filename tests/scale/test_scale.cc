// A thousand nodes: what they ask of Redis, counted and reckoned, and the tables of docs/scale.md.
//
//   MPIM_UPDATE_DOCS=1   rewrites the tables
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/scale/scale_page.h"

namespace mpim::scale {
namespace {

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Within so many percent of what was counted, or nothing to speak of.
void close(const char* what, double model, double counted, double percent) {
  INFO(what << ": the model says " << model << ", counted were " << counted);
  CHECK(std::abs(model - counted) <= counted * percent / 100 + 0.01);
}

void compare(const Compared& run) {
  INFO("groups by " << name_of(run.traffic.routing));
  const Rates& model = run.model;
  const Rates& counted = run.counted;
  close("leases", model.leases, counted.leases, 2);
  close("renewals", model.renewals, counted.renewals, 5);
  close("moves", model.moves, counted.moves, 15);
  close("keys read", model.keys_read, counted.keys_read, 15);
  close("round trips", model.round_trips, counted.round_trips, 15);
  close("publishes", model.publishes, counted.publishes, 5);
  close("commands", model.commands(), counted.commands(), 10);
  close("publishes of one between two", model.per_direct, counted.per_direct, 2);
  close("publishes of one to a group", model.per_group, counted.per_group, 5);
  close("hits between two", model.direct_hits, counted.direct_hits, 10);
}

}  // namespace

TEST_CASE("at a thousand nodes the capacity model says what the simulation counts", "[scale]") {
  std::vector<Compared> runs;
  for (const GroupRouting routing :
       {GroupRouting::kEveryNode, GroupRouting::kNodeSet, GroupRouting::kMembers}) {
    Traffic traffic;
    traffic.routing = routing;
    runs.push_back({traffic, predict(traffic), simulate(traffic)});
    compare(runs.back());
  }
  std::vector<Capacity> needs;
  for (const uint32_t users : {100'000U, 1'000'000U, 10'000'000U})
    for (const GroupRouting routing : {GroupRouting::kEveryNode, GroupRouting::kNodeSet})
      needs.push_back(capacity(users, 100'000, routing));
  const std::string counted = counted_table(runs);
  const std::string reckoned = capacity_table(needs);
  const std::string believed = cache_table(Traffic{}, {1, 5, 30, 120});
  std::cout << counted << "\n" << believed << "\n" << reckoned;

  const std::string path = MPIM_SOURCE_DIR "/docs/scale.md";
  const std::string page = read(path);
  std::string fresh = with_section(page, "counted", counted);
  fresh = with_section(fresh, "cache", believed);
  fresh = with_section(fresh, "capacity", reckoned);
  if (std::getenv("MPIM_UPDATE_DOCS") != nullptr) std::ofstream(path) << fresh;
  INFO("MPIM_UPDATE_DOCS=1 in the environment of this test rewrites the page");
  CHECK(read(path) == fresh);
}

TEST_CASE("the same traffic is counted alike twice", "[scale]") {
  Traffic traffic;
  traffic.nodes = 50;
  traffic.users = 5'000;
  traffic.routing = GroupRouting::kNodeSet;
  const Rates once = simulate(traffic);
  const Rates again = simulate(traffic);
  CHECK(once.commands() == again.commands());
  CHECK(once.publishes == again.publishes);
  CHECK(once.direct_hits == again.direct_hits);
  traffic.seed = 2;
  CHECK(simulate(traffic).keys_read != once.keys_read);
}

}  // namespace mpim::scale
