#include "server/store/sql/open.h"
#include "tests/node/node_rig.h"

using namespace mpim;
using namespace mpim::testing;
using nlohmann::json;

TEST_CASE("a message reaches every device of the receiver, whichever worker holds it",
          "[node][G1][G3][G30]") {
  NodeRig rig;
  LineConnection ann = rig.enrolled("ann");
  std::vector<LineConnection> devices;
  devices.push_back(rig.enrolled("bob"));
  for (const char* device : {"phone", "tablet", "watch"}) {
    devices.push_back(rig.client());
    REQUIRE(
        devices.back().ask(std::string("LOGIN bob password device=") + device).starts_with("+OK"));
  }
  const std::string sent = ann.ask("SEND @bob \"hello there\"");
  REQUIRE(sent.starts_with("+OK msg_id="));
  for (LineConnection& device : devices) {
    const std::optional<std::string> push = device.next_push();
    REQUIRE(push);
    CHECK(field(*push, "id") == field(sent, "msg_id"));
  }
}

TEST_CASE("a stopped node keeps messages, tokens and its epoch, and starts again on its data",
          "[node][M2][M9][G19]") {
  NodeRig rig;
  LineConnection ann = rig.enrolled("ann");
  LineConnection bob = rig.client();
  const std::string enrolled = bob.ask("REGISTER bob password");
  bob.close();
  const std::string sent = ann.ask("SEND @bob later");
  REQUIRE(sent.starts_with("+OK"));
  rig.stop();
  CHECK(ann.closes());

  rig.start();
  LineConnection again = rig.client();
  const std::string resumed = again.ask("AUTH " + field(enrolled, "token"));
  CHECK(field(resumed, "pending") == "1");
  CHECK(field(resumed, "epoch") == field(enrolled, "epoch"));
  CHECK(field(again.next_push().value_or(""), "id") == field(sent, "msg_id"));
}

TEST_CASE("what cannot be had is told when a node starts, and nothing is left behind",
          "[node][G49]") {
  NodeRig rig;
  const auto refused = [](const Settings& settings) {
    const Result<std::unique_ptr<Node>> node = Node::start(settings);
    REQUIRE_FALSE(node.ok());
    return node.error();
  };
  const Error locked = refused(rig.settings);
  CHECK(locked.code == Code::kUnavailable);
  CHECK(locked.message.find(rig.dir.path()) != std::string::npos);

  const ScratchDirectory elsewhere;
  Settings taken = settings_in(elsewhere.path());
  taken.line.listen = rig.node->addresses().line;
  CHECK(refused(taken).code == Code::kUnavailable);
  taken = settings_in(elsewhere.path());
  taken.http.listen = rig.node->addresses().http;
  CHECK(refused(taken).code == Code::kUnavailable);
  taken = settings_in(elsewhere.path());
  taken.admin.socket = rig.node->addresses().admin;
  CHECK(refused(taken).code == Code::kUnavailable);
  taken = settings_in("/proc/mpim");
  CHECK(refused(taken).code == Code::kUnavailable);
  // Each of them gave back what it had taken before.
  const Result<std::unique_ptr<Node>> good = Node::start(settings_in(elsewhere.path()));
  CHECK(good.ok());
}

TEST_CASE("health lists its checks, and both listeners answer them", "[node][O12][O23]") {
  NodeRig rig;
  for (const std::string& where : {rig.node->addresses().http, rig.node->addresses().admin}) {
    const HttpReceived health = http_request(where, "GET", "/healthz");
    CHECK(health.status == 200);
    std::vector<std::string> names;
    const json told = health.json();
    for (const json& check : told["checks"]) names.push_back(check["name"]);
    CHECK(names == std::vector<std::string>{"disk", "files", "log", "loops", "store", "uploads",
                                            "settings"});
    CHECK(http_request(where, "GET", "/readyz").status == 200);
  }
}

TEST_CASE("gauges follow what is connected", "[node][O10][O11]") {
  NodeRig rig;
  const auto gauge = [&](const std::string& name) {
    const std::string text = http_request(rig.node->addresses().http, "GET", "/metrics").body;
    const size_t at = text.find("\n" + name + " ");
    REQUIRE(at != text.npos);
    return std::stod(text.substr(at + name.size() + 2));
  };
  LineConnection ann = rig.enrolled("ann");
  LineConnection stranger = rig.client();
  CHECK(gauge("mpim_connections") == 2);
  CHECK(gauge("mpim_http_connections") == 1);  // that which asks
  CHECK(gauge("mpim_sessions") == 1);
  CHECK(gauge("mpim_routes") == 1);
  CHECK(gauge("mpim_store_queue") == 0);
  CHECK(gauge("mpim_store_wal_bytes") > 0);
  CHECK(gauge("mpim_search_lag_entries") == 0);
  const double searches = gauge("mpim_searches_total");
  REQUIRE(ann.ask("SEARCH tea").starts_with("+OK found"));
  CHECK(gauge("mpim_searches_total") == searches + 1);
}
