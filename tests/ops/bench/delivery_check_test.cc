#include "ops/bench/load/delivery_check.h"

#include <catch2/catch.hpp>

using namespace mpim;
using namespace mpim::ops;
using Arrival = DeliveryCheck::Arrival;

namespace {

constexpr ConversationId kTalk{9};

MessageId id_of(uint64_t number) { return {kTalk, Seq(number + 1)}; }

// One sender who wrote and had everything acknowledged, and one receiver.
DeliveryCheck sent(uint64_t count) {
  DeliveryCheck check(1, 1, 64);
  check.owe(0, 0);
  for (uint64_t i = 0; i < count; ++i) {
    CHECK(check.begin(0) == i);
    check.stored(0, id_of(i));
  }
  return check;
}

Arrival arrive(DeliveryCheck& check, uint64_t number) {
  return check.arrived(0, 0, number, id_of(number));
}

}  // namespace

TEST_CASE("what comes once and in order is no fault", "[ops][bench][X7]") {
  DeliveryCheck check = sent(5);
  CHECK_FALSE(check.complete());
  for (uint64_t i = 0; i < 5; ++i) CHECK(arrive(check, i) == Arrival::kNew);
  CHECK(check.complete());
  CHECK_FALSE(check.faults().any());
}

TEST_CASE("what never comes is lost, and the first is named", "[ops][bench][X7]") {
  DeliveryCheck check = sent(6);
  for (const uint64_t number : {0U, 1U, 3U}) arrive(check, number);
  CHECK_FALSE(check.complete());
  const DeliveryFaults faults = check.faults();
  CHECK(faults.lost == 3);  // 2 within, 4 and 5 at the end
  CHECK(faults.repeated == 0);
  CHECK(faults.reordered == 0);
  REQUIRE(faults.first_lost);
  CHECK(faults.first_lost->number == 2);
  CHECK(faults.first_lost->id == id_of(2));
}

TEST_CASE("a hole that is filled later is reordered, not lost", "[ops][bench][X7]") {
  DeliveryCheck check = sent(3);
  arrive(check, 0);
  arrive(check, 2);
  CHECK(check.faults().lost == 1);
  CHECK(arrive(check, 1) == Arrival::kLate);
  CHECK(check.complete());
  CHECK(check.faults().lost == 0);
  CHECK(check.faults().reordered == 1);
}

TEST_CASE("what comes again is repeated, late or not", "[ops][bench][X7]") {
  DeliveryCheck check = sent(3);
  for (const uint64_t number : {0U, 2U, 1U}) arrive(check, number);
  CHECK(arrive(check, 1) == Arrival::kRepeated);
  CHECK(arrive(check, 2) == Arrival::kRepeated);
  CHECK(check.arrived(0, 0, 77, id_of(77)) == Arrival::kRepeated);  // never sent
  CHECK(check.faults().repeated == 3);
}

TEST_CASE("a refused message is not missed, whichever is heard of first", "[ops][bench]") {
  DeliveryCheck check(1, 1, 64);
  check.owe(0, 0);
  for (int i = 0; i < 4; ++i) check.begin(0);
  check.stored(0, id_of(0));
  arrive(check, 0);
  CHECK(arrive(check, 2) == Arrival::kNew);  // before the sender is told of 1
  check.refused(0);
  check.stored(0, id_of(2));
  check.refused(0);
  CHECK(check.complete());
  CHECK_FALSE(check.faults().any());
}

TEST_CASE("an unanswered message that never comes is not lost: nobody promised it",
          "[ops][bench]") {
  DeliveryCheck check(1, 1, 64);
  check.owe(0, 0);
  for (int i = 0; i < 3; ++i) check.begin(0);
  check.stored(0, id_of(0));
  arrive(check, 0);
  arrive(check, 2);
  CHECK(check.unanswered() == 2);
  CHECK(check.faults().lost == 0);
  check.stored(0, id_of(1));
  CHECK(check.faults().lost == 1);
  CHECK(check.faults().first_lost->id == id_of(1));  // noticed before its id was known
}

TEST_CASE("each member of a group is owed each message", "[ops][bench]") {
  DeliveryCheck check(1, 3, 64);
  for (ReceiverIndex receiver = 0; receiver < 3; ++receiver) check.owe(receiver, 0);
  for (uint64_t i = 0; i < 2; ++i) {
    check.begin(0);
    check.stored(0, id_of(i));
  }
  for (ReceiverIndex receiver = 0; receiver < 3; ++receiver)
    check.arrived(receiver, 0, 0, id_of(0));
  CHECK(check.under_way(0) == 1);
  check.arrived(0, 0, 1, id_of(1));
  CHECK(check.faults().lost == 2);
  CHECK(check.faults().first_lost->receiver == 1);
}

TEST_CASE("two senders of one conversation must come by its seq", "[ops][bench]") {
  DeliveryCheck check(2, 1, 64);
  for (SenderIndex sender = 0; sender < 2; ++sender) {
    check.owe(0, sender);
    check.begin(sender);
    check.stored(sender, id_of(sender));
  }
  CHECK(check.arrived(0, 1, 0, id_of(1)) == Arrival::kNew);
  CHECK(check.arrived(0, 0, 0, id_of(0)) == Arrival::kLate);
  CHECK(check.faults().reordered == 1);
  CHECK(check.faults().lost == 0);
}

TEST_CASE("a sender waits while too much of his is under way", "[ops][bench]") {
  DeliveryCheck check(1, 1, 4);
  check.owe(0, 0);
  for (uint64_t i = 0; i < 4; ++i) {
    CHECK(check.room(0));
    check.begin(0);
    check.stored(0, id_of(i));
  }
  CHECK_FALSE(check.room(0));
  arrive(check, 1);  // over a hole: it does not block for ever
  CHECK(check.under_way(0) == 2);
  CHECK(check.room(0));
}

TEST_CASE("holes beyond those remembered are lost all the same", "[ops][bench]") {
  constexpr uint64_t kCount = DeliveryCheck::kHolesMax + 50;
  DeliveryCheck check(1, 1, 2 * kCount + 2);
  check.owe(0, 0);
  for (uint64_t i = 0; i <= 2 * kCount; ++i) {
    check.begin(0);
    check.stored(0, id_of(i));
  }
  for (uint64_t i = 0; i <= 2 * kCount; i += 2) arrive(check, i);
  CHECK(check.faults().lost == kCount);
}
