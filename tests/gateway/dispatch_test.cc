#include "server/gateway/dispatch/dispatch.h"

#include "tests/gateway/whole_stack.h"

namespace mpim {
namespace {

// The value of `key=` in a line.
std::string field(const std::string& line, const std::string& key) {
  const size_t start = line.find(" " + key + "=");
  if (start == std::string::npos) return "";
  const size_t from = start + key.size() + 2;
  return line.substr(from, line.find(' ', from) - from);
}

TEST_CASE("REGISTER logs in, and the same name is taken afterwards", "[gateway][G5]") {
  WholeStack stack;
  std::string answer;
  ClientSocket alice = stack.enrolled("alice", &answer);
  CHECK(field(answer, "pending") == "0");
  CHECK_FALSE(field(answer, "token").empty());
  CHECK_FALSE(field(answer, "epoch").empty());
  ClientSocket other = stack.client();
  other.send("REGISTER Alice secret12\n");
  CHECK(other.line()->starts_with("-ERR EXISTS "));
  CHECK(stack.session_rows().size() == 1);
}

TEST_CASE("a message goes from one socket to another, with the same id on both",
          "[gateway][G1][G2][G3]") {
  WholeStack stack;
  std::string as_alice;
  std::string as_bob;
  ClientSocket alice = stack.enrolled("alice", &as_alice);
  ClientSocket bob = stack.enrolled("bob", &as_bob);  // on the other worker
  const std::string bob_id = as_bob.substr(8, as_bob.find(' ', 8) - 8);
  const std::string alice_id = as_alice.substr(8, as_alice.find(' ', 8) - 8);
  alice.send("SEND " + bob_id + " \"hi \\\"bob\\\"\" cid=c1\nSEND @bob plain text, with ünïcode\n");
  const std::string first = *alice.line();
  const std::string second = *alice.line();
  REQUIRE(first.starts_with("+OK msg_id="));
  const std::string pushed = *bob.line();
  CHECK(pushed.starts_with("MSG id=" + first.substr(11, first.find(' ', 11) - 11) +
                           " from=" + alice_id));
  CHECK(pushed.ends_with("text=\"hi \\\"bob\\\"\""));
  CHECK(bob.line()->ends_with("text=\"plain text, with ünïcode\""));
  // A retry gets the first id; the other body is refused; nobody hears of either.
  alice.send("SEND " + bob_id + " \"hi \\\"bob\\\"\" cid=c1\n");
  CHECK(*alice.line() == first + " dup=1");
  alice.send("SEND " + bob_id + " \"other\" cid=c1\n");
  CHECK(alice.line()->starts_with("-ERR CONFLICT "));
  bob.send("PING\n");
  CHECK(bob.line() == "+OK pong");
}

TEST_CASE("refused sends are answered and nothing is stored", "[gateway][G25][G49]") {
  WholeStack stack;
  ClientSocket alice = stack.enrolled("alice");
  alice.send("SEND 4000 hi\nSEND @nobody hi\nSENDGROUP 4000 hi\nPING\n");
  CHECK(alice.line()->starts_with("-ERR NOT_FOUND "));
  CHECK(alice.line()->starts_with("-ERR NOT_FOUND "));
  CHECK(alice.line()->starts_with("-ERR NOT_"));
  CHECK(alice.line() == "+OK pong");
}

TEST_CASE("wrong passwords and forged tokens leave no session and no route",
          "[gateway][G5][G8][G19]") {
  WholeStack stack;
  {
    ClientSocket alice = stack.enrolled("alice");
    alice.send("QUIT\n");
    CHECK(alice.rest() == "+OK bye\n");
  }
  REQUIRE(stack.in_time([&] { return stack.sessions() == 0; }));
  ClientSocket intruder = stack.client();
  intruder.send("LOGIN alice wrong-one\nLOGIN nobody secret12\nAUTH forged\nUNREAD\n");
  const std::string wrong = *intruder.line();
  CHECK(wrong.starts_with("-ERR BAD_CREDENTIALS "));
  CHECK(intruder.line() == wrong);  // the same answer for an unknown name
  CHECK(intruder.line()->starts_with("-ERR BAD_TOKEN "));
  CHECK(intruder.line()->starts_with("-ERR NOT_LOGGED_IN "));
  CHECK(stack.sessions() == 0);
  CHECK(stack.directory().sessions() == 0);
}

TEST_CASE("a connection that dies while it logs in leaves no session and no route",
          "[gateway][G5]") {
  WholeStack stack;
  stack.enrolled("alice").send("QUIT\n");
  for (int i = 0; i < 50; ++i) {
    ClientSocket client = stack.client();
    client.send("LOGIN alice secret12\n");
    if (i % 2 == 0) (void)client.line();
    client.reset();
  }
  CHECK(stack.in_time([&] { return stack.sessions() == 0 && stack.directory().sessions() == 0; }));
}

TEST_CASE("what came while away is counted at log-in and pushed after its answer, oldest first",
          "[gateway][M2]") {
  WholeStack stack;
  ClientSocket alice = stack.enrolled("alice");
  stack.enrolled("bob").send("QUIT\n");
  for (int i = 1; i <= 200; ++i) alice.send("SEND 1002 text" + std::to_string(i) + "\n");
  CHECK(alice.lines(200).back().find("seq=200") != std::string::npos);
  std::string answer;
  ClientSocket bob = stack.logged_in("bob", "", &answer);
  CHECK(field(answer, "pending") == "200");
  CHECK(field(answer, "unread") == "200");
  for (int i = 1; i <= 200; ++i) {
    REQUIRE(bob.line()->ends_with("text=\"text" + std::to_string(i) + "\""));
  }
  // TCP took them all: the next log-in owes nothing.
  bob.send("QUIT\n");
  CHECK(bob.rest() == "+OK bye\n");
  REQUIRE(stack.in_time([&] { return stack.sessions() == 1; }));
  ClientSocket again = stack.logged_in("bob", "", &answer);
  CHECK(field(answer, "pending") == "0");
}

TEST_CASE("with sync=manual the backlog waits for PULL, and comes before its answer",
          "[gateway][G4]") {
  WholeStack stack;
  ClientSocket alice = stack.enrolled("alice");
  stack.enrolled("bob").send("QUIT\n");
  for (int i = 1; i <= 5; ++i) alice.send("SEND 1002 text" + std::to_string(i) + "\n");
  REQUIRE(alice.lines(5).size() == 5);
  std::string answer;
  ClientSocket bob = stack.logged_in("bob", "sync=manual ack=client", &answer);
  CHECK(field(answer, "pending") == "5");
  bob.send("PULL 3\nPULL 3\n");
  std::string last;
  for (int i = 1; i <= 3; ++i) last = *bob.line();
  CHECK(last.ends_with("text=\"text3\""));
  CHECK(bob.line() == "+OK pull_more count=3");
  for (int i = 4; i <= 5; ++i) last = *bob.line();
  CHECK(bob.line() == "+OK pull_done count=2");
  // A cumulative ACK, one that goes too far, and what READ makes of it.
  const std::string id = last.substr(7, last.find(' ', 7) - 7);
  bob.send("ACK " + std::to_string(std::stoull(id) + 1) + "\nACK " + id + "\nUNREAD\nREAD " + id +
           "\nUNREAD\n");
  CHECK(bob.line()->starts_with("-ERR BAD_REQUEST "));
  CHECK(bob.line() == "+OK");
  CHECK(bob.line()->starts_with("+OK unread total=5"));
  CHECK(bob.line()->starts_with("UNREAD "));
  CHECK(bob.line() == "+OK read=" + id);
  CHECK(bob.line()->starts_with("+OK unread total=0"));
}

TEST_CASE("an ACK of several ids moves all of them or nothing", "[gateway][M13]") {
  WholeStack stack;
  ClientSocket alice = stack.enrolled("alice");
  ClientSocket bob = stack.enrolled("bob");
  bob.send("QUIT\n");
  bob.rest();
  alice.send("SEND 1002 one\n");
  const std::string sent = *alice.line();
  const uint64_t id = std::stoull(sent.substr(11, sent.find(' ', 11) - 11));
  ClientSocket again = stack.logged_in("bob", "ack=client");
  REQUIRE(again.line()->starts_with("MSG "));
  again.send("ACK " + std::to_string(id) + " " + std::to_string(id + 1) + "\nQUIT\n");
  CHECK(again.line()->starts_with("-ERR BAD_REQUEST "));
  again.rest();
  std::string answer;
  stack.logged_in("bob", "ack=client", &answer);
  CHECK(field(answer, "pending") == "1");
}

TEST_CASE("a group is made, joined, talked in and left", "[gateway][M3]") {
  WholeStack stack;
  ClientSocket alice = stack.enrolled("alice");
  ClientSocket bob = stack.enrolled("bob");
  ClientSocket carol = stack.enrolled("carol");
  alice.send("CREATEGROUP lunch where we eat\n");
  const std::string made = *alice.line();
  REQUIRE(made.starts_with("+OK group_id="));
  const std::string group = made.substr(13, made.find(' ', 13) - 13);
  carol.send("GSEND " + group + " let me in\n");
  CHECK(carol.line()->starts_with("-ERR NOT_MEMBER "));
  bob.send("JOINGROUP " + group + "\nJOINGROUP " + group + "\n");
  CHECK(bob.line()->starts_with("+OK"));
  CHECK(bob.line()->starts_with("-ERR EXISTS "));
  const std::string joined = *alice.line();
  CHECK(joined.starts_with("EVENT id="));
  CHECK(joined.find("kind=join") != std::string::npos);
  bob.send("SENDGROUP " + group + " hello\nMEMBERS " + group + " limit=1\nGROUPS\n");
  CHECK(bob.line()->starts_with("+OK msg_id="));
  CHECK(alice.line()->ends_with("text=\"hello\""));
  const std::string members = *bob.line();
  CHECK(members.find("more=1") != std::string::npos);
  CHECK(bob.line()->starts_with("MEMBER "));
  CHECK(bob.line()->starts_with("+OK groups"));
  CHECK(bob.line()->starts_with("GROUP "));
  bob.send("LEAVEGROUP " + group + "\n");
  CHECK(bob.line()->starts_with("+OK"));
  CHECK(alice.line()->find("kind=leave") != std::string::npos);
  alice.send("GSEND " + group + " gone?\n");
  CHECK(alice.line()->starts_with("+OK msg_id="));
  bob.send("PING\n");
  CHECK(bob.line() == "+OK pong");  // and nothing of the group
}

TEST_CASE("two devices of a user both receive, and the sender's other device sees what he sent",
          "[gateway][G30]") {
  WholeStack stack;
  ClientSocket alice = stack.enrolled("alice");
  ClientSocket phone = stack.logged_in("alice", "device=phone");
  ClientSocket bob = stack.enrolled("bob");
  bob.send("SEND @alice to both\n");
  CHECK(bob.line()->starts_with("+OK"));
  CHECK(alice.line()->ends_with("text=\"to both\""));
  CHECK(phone.line()->ends_with("text=\"to both\""));
  alice.send("SEND @bob \"back\" cid=mine\n");
  CHECK(alice.line()->starts_with("+OK"));
  const std::string copy = *phone.line();
  CHECK(field(copy, "cid") == "mine");
  CHECK(bob.line()->find("cid=") == std::string::npos);
}

TEST_CASE("the same device logging in again takes over", "[gateway][G30]") {
  WholeStack stack;
  ClientSocket first = stack.enrolled("alice");
  ClientSocket second = stack.logged_in("alice");
  CHECK(first.rest().starts_with("NOTICE kind=closing code=REPLACED"));
  second.send("PING\n");
  CHECK(second.line() == "+OK pong");
  CHECK(stack.in_time([&] { return stack.sessions() == 1 && stack.directory().sessions() == 1; }));
}

TEST_CASE("a resume token logs in after QUIT, and no more after LOGOUT", "[gateway][G19]") {
  WholeStack stack;
  std::string answer;
  ClientSocket alice = stack.enrolled("alice", &answer);
  const std::string token = field(answer, "token");
  alice.send("QUIT\n");
  CHECK(alice.rest() == "+OK bye\n");
  ClientSocket again = stack.client();
  again.send("AUTH " + token + "\n");
  const std::string resumed = *again.line();
  REQUIRE(resumed.starts_with("+OK uid="));
  again.send("LOGOUT\n");
  CHECK(again.rest() == "+OK bye\n");
  ClientSocket late = stack.client();
  late.send("AUTH " + field(resumed, "token") + "\nAUTH " + token + "\n");
  CHECK(late.line()->starts_with("-ERR BAD_TOKEN "));
  CHECK(late.line()->starts_with("-ERR BAD_TOKEN "));
}

TEST_CASE(
    "a slow reader holds up nobody, costs no more than its mark, and gets everything in the end",
    "[gateway][M1]") {
  GatewayOptions options;
  options.output_bytes_max = 32'768;
  WholeStack stack(options);
  ClientSocket alice = stack.enrolled("alice");
  stack.enrolled("bob").send("QUIT\n");
  ClientSocket slow = stack.logged_in("bob", "", nullptr, 4'096);
  const std::string text(4'000, 'x');
  constexpr int kMessages = 900;  // 3.6 MB: far more than socket buffers and mark together
  for (int i = 1; i <= kMessages; ++i) {
    alice.send("SEND 1002 " + std::to_string(i) + text + "\n");
    if (i % 100 == 0) REQUIRE(alice.lines(100).size() == 100);
  }
  const auto behind = [&] {
    const auto rows = stack.session_rows();
    return std::ranges::any_of(rows, [](const SessionRow& row) { return row.behind; });
  };
  CHECK(behind());
  for (int i = 1; i <= kMessages; ++i) {
    const std::optional<std::string> line = slow.line();
    REQUIRE(line);
    REQUIRE(line->find(" seq=" + std::to_string(i) + " ") != std::string::npos);
  }
  CHECK(stack.in_time([&] { return !behind(); }));
}

TEST_CASE("with ack=auto an entry counts once TCP has it, and not before", "[gateway][M13]") {
  GatewayOptions options;
  options.linger = Millis(50);
  WholeStack stack(options);
  ClientSocket alice = stack.enrolled("alice");
  stack.enrolled("bob").send("QUIT\n");
  {
    // A reader with a tiny window that never reads: most of it stays on our side.
    ClientSocket deaf = stack.logged_in("bob", "", nullptr, 4'096);
    for (int i = 0; i < 300; ++i) alice.send("SEND 1002 " + std::string(4'000, 'y') + "\n");
    REQUIRE(alice.lines(300).size() == 300);
    REQUIRE(stack.in_time([&] {
      const auto rows = stack.session_rows();
      return std::ranges::any_of(rows, [](const SessionRow& row) { return row.in_flight > 0; });
    }));
    deaf.reset();
  }
  REQUIRE(stack.in_time([&] { return stack.sessions() == 1; }));
  std::string answer;
  ClientSocket bob = stack.logged_in("bob", "", &answer);
  const int pending = std::stoi(field(answer, "pending"));
  CHECK(pending > 200);  // what his TCP never took is still his
  for (int i = 300 - pending + 1; i <= 300; ++i) {
    REQUIRE(bob.line()->find(" seq=" + std::to_string(i) + " ") != std::string::npos);
  }
  CHECK(stack.in_time([&] {
    const auto rows = stack.session_rows();
    return std::ranges::all_of(rows, [](const SessionRow& row) { return row.in_flight == 0; });
  }));
}

}  // namespace
}  // namespace mpim
