#include "server/service/intake/held_up.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

TEST_CASE("what fails together is stored one by one until all of it has passed", "[intake][M34]") {
  HeldUp held({});
  CHECK(held.together(256) == 256);
  held.failed_together(3);
  for (int i = 0; i < 3; ++i) {
    CHECK(held.together(256) == 1);
    held.passed(1);
  }
  CHECK(held.together(256) == 256);
}

TEST_CASE("one that fails alone holds up its stream, twice as long each time up to a bound",
          "[intake][M34]") {
  HeldUp held({.attempts_max = 4, .again_max = Millis(350)});
  Instant now{1'000};
  for (const int pause_ms : {100, 200, 350, 350}) {
    CHECK_FALSE(held.given_up());
    CHECK(held.failed_alone("q0-1", now) == Millis(pause_ms));
    CHECK(held.waits(now));
    CHECK(held.waits(now + Millis(pause_ms - 1)));
    now = now + Millis(pause_ms);
    CHECK_FALSE(held.waits(now));
    CHECK(held.together(256) == 1);
  }
  CHECK(held.given_up());
  held.failed_alone("q0-2", now);  // another one: counted from the first
  CHECK(held.attempts() == 1);
  held.at_once();
  CHECK_FALSE(held.waits(now));
}

TEST_CASE("a pause does not overflow however often it is doubled", "[intake][M34]") {
  HeldUp held({.attempts_max = 1'000, .again_max = Millis(5'000)});
  for (int i = 0; i < 200; ++i) {
    const Millis pause = held.failed_alone("q0-1", Instant{0});
    CHECK(pause > Millis(0));
    CHECK(pause <= Millis(5'000));
  }
}

TEST_CASE("of what nobody can read only the beginning is kept", "[intake][M36]") {
  const std::string most(64 * 1'024, 'x');
  const Error why{Code::kBadRequest, "this is no send"};
  CHECK(dead_entry("q0-1", most, false, why).body == most);
  CHECK(dead_entry("q0-1", most, false, why).reason == "BAD_REQUEST this is no send");
  const DeadLetter cut = dead_entry("q0-1", most + "y", false, why);
  CHECK(cut.body == most);
  CHECK(cut.reason == "BAD_REQUEST this is no send (the first 65536 of 65537 bytes are kept)");
  CHECK(dead_entry("q0-1", most + "y", true, why).body.size() == most.size() + 1);
  CHECK(cut.source == "intake q0-1");
}

}  // namespace
}  // namespace mpim
