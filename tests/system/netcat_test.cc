// The line protocol from a shell, with a client that is not ours.
#include <catch2/catch.hpp>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

constexpr int kNotFound = 127;

// What nc prints for `typed`; nc ends when the server closes.
Finished netcat(const std::string& address, const std::string& typed) {
  const size_t colon = address.rfind(':');
  StartOptions options;
  options.input = typed;
  Finished end = run("nc", {address.substr(0, colon), address.substr(colon + 1)}, options);
  REQUIRE(end.exit_code != kNotFound);
  return end;
}

}  // namespace

TEST_CASE("two people talk with nothing but netcat", "[system][G1][G3][G18]") {
  TestServer server;
  (void)server.uid("bob");
  const Finished alice =
      netcat(server.address(), "REGISTER alice secret\nSEND 1001 hello from a shell\nQUIT\n");
  INFO(alice.out);
  REQUIRE(alice.out.find("+OK welcome mpim/") == 0);
  REQUIRE(alice.out.find("+OK uid=1002 ") != std::string::npos);
  REQUIRE(alice.out.find("+OK msg_id=") != std::string::npos);
  REQUIRE(alice.out.ends_with("+OK bye\n"));

  // Bob stays: he sees what waits, and what comes while he sits there.
  StartOptions open;
  open.keep_input = true;
  const size_t colon = server.address().rfind(':');
  Process bob("nc", {server.address().substr(0, colon), server.address().substr(colon + 1)}, open);
  bob.write("LOGIN bob secret\n");
  REQUIRE(bob.wait_for_text("text=\"hello from a shell\"\n", kPatience));
  LineConnection alice_again = server.log_in("alice2");
  ok(alice_again, "SEND 1001 and this is live");
  REQUIRE(bob.wait_for_text("text=\"and this is live\"\n", kPatience));
  bob.write("QUIT\n");
  bob.close_input();
  REQUIRE(bob.finish(kPatience).out.ends_with("+OK bye\n"));
}

}  // namespace mpim::testing
