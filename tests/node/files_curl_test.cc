// The example that the documents print, run by a client that others wrote.
#include <fstream>
#include <sstream>

#include "tests/node/node_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

std::string text_of(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The first block of shell below a heading.
std::string example(const std::string& page, const std::string& heading) {
  constexpr std::string_view kBegin = "```sh\n";
  const size_t from = page.find(kBegin, page.find("\n" + heading + "\n")) + kBegin.size();
  return page.substr(from, page.find("```", from) - from);
}

}  // namespace

TEST_CASE("the example of protocol.md works with curl", "[node][G40]") {
  NodeRig rig;
  LineConnection ann = rig.client();
  const std::string token = field(ann.ask("REGISTER ann password"), "token");
  const std::string picture = std::string("\x89PNG\r\n\x1A\n") + std::string(60, 'p');
  std::ofstream(rig.dir.path() + "/tea.png") << picture;
  const std::string commands = example(text_of(MPIM_SOURCE_DIR "/docs/protocol.md"), "## Files");
  REQUIRE(commands.find("curl") != std::string::npos);
  std::ofstream(rig.dir.path() + "/run.sh")
      << "set -e\ncd " << rig.dir.path() << "\nTOKEN=" << token
      << "\nHTTP=" << rig.node->addresses().http << "\n{\n"
      << commands << "} > said\n";
  REQUIRE(std::system(("bash " + rig.dir.path() + "/run.sh").c_str()) == 0);
  const auto said = nlohmann::json::parse(text_of(rig.dir.path() + "/said"));
  CHECK(said["id"] == "1");
  CHECK(said["bytes"] == 68);
  CHECK(text_of(rig.dir.path() + "/copy.png") == picture);
  CHECK(text_of(rig.dir.path() + "/start.png") == picture.substr(0, 8));
}

TEST_CASE("the calls that protocol.md prints work with curl", "[node][calls]") {
  NodeRig rig;
  LineConnection ann = rig.client();
  const std::string token = field(ann.ask("REGISTER ann password"), "token");
  const std::string bob = field(rig.client().ask("REGISTER bob password"), "uid");
  const std::string commands =
      example(text_of(MPIM_SOURCE_DIR "/docs/protocol.md"), "## Calls over HTTP");
  REQUIRE(commands.find("curl") != std::string::npos);
  std::ofstream(rig.dir.path() + "/run.sh")
      << "set -e\ncd " << rig.dir.path() << "\nTOKEN=" << token
      << "\nHTTP=" << rig.node->addresses().http << "\n{\n"
      << commands << "} > said\n";
  REQUIRE(std::system(("bash " + rig.dir.path() + "/run.sh").c_str()) == 0);
  std::istringstream said(text_of(rig.dir.path() + "/said"));
  std::string line;
  REQUIRE(std::getline(said, line));
  CHECK(nlohmann::json::parse(line)["messageId"] == "1073741825");
  REQUIRE(std::getline(said, line));
  CHECK(nlohmann::json::parse(line)["messages"][0]["toUserId"] == bob);
  REQUIRE(std::getline(said, line));
  CHECK(nlohmann::json::parse(line).empty());
  CHECK(text_of(rig.dir.path() + "/openapi.json").find("\"openapi\":\"3.1.0\"") !=
        std::string::npos);
}
