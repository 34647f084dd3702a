// The registry of error codes, looked up on the command line; no server is needed.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "server/core/errors.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

TEST_CASE("errors ls lists the whole registry", "[ops][X15]") {
  const CtlRoom room;
  const auto items = room.ask({"errors", "ls"});
  REQUIRE(items.size() == all_codes().size());
  for (size_t i = 0; i < items.size(); ++i) {
    const CodeEntry& entry = all_codes()[i];
    CHECK(items.at(i).at("code") == std::string(entry.name));
    CHECK(items.at(i).at("retryable") == entry.retryable);
    CHECK(items.at(i).at("exitCode") == entry.exit_code);
  }
  const Finished table = room.ctl({"errors", "ls"});
  CHECK(table.exit_code == 0);
  CHECK_THAT(table.out, Catch::StartsWith("CODE") && Catch::Contains("\nUNKNOWN "));
}

TEST_CASE("errors lookup says of every code what it means and what to do", "[ops][X15]") {
  const CtlRoom room;
  for (const CodeEntry& entry : all_codes()) {
    const Finished shown = room.ctl({"errors", "lookup", std::string(entry.name)});
    INFO(entry.name);
    CHECK(shown.exit_code == 0);
    CHECK_THAT(shown.out, Catch::Contains(std::string(entry.meaning)) &&
                              Catch::Contains(std::string(entry.remedy)));
  }
  const auto item = room.ask({"errors", "lookup", "not_found"});
  CHECK(item.at("code") == "NOT_FOUND");
  CHECK(item.at("remedy") == "check the id");
  CHECK(item.at("httpStatus") == 404);
  CHECK(item.at("connectCode") == "not_found");
}

TEST_CASE("errors lookup of what is no code is exit code 5, with the nearest one", "[ops][X15]") {
  const CtlRoom room;
  const Finished slip = room.ctl({"errors", "lookup", "not_fuond"});
  CHECK(slip.exit_code == 5);
  CHECK(slip.out.empty());
  CHECK_THAT(slip.err,
             Catch::Contains("did you mean `NOT_FOUND`?") && Catch::Contains("mpimctl errors ls"));
  CHECK(room.ctl({"errors", "lookup"}).exit_code == 2);
}
