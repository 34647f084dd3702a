#include "ops/dev/guide.h"

#include <fmt/format.h>

#include <filesystem>

namespace mpim::ops {
namespace {

// nc takes host and port apart.
std::string host_and_port(std::string address) {
  if (const size_t colon = address.rfind(':'); colon != std::string::npos) address[colon] = ' ';
  return address;
}

// As it can be typed here: below the current directory, else in full.
std::string program_text(std::string_view name) {
  std::error_code failed;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto beside = own.parent_path() / name;
  const std::string near = std::filesystem::proximate(beside, failed).string();
  return failed || near.starts_with("..") ? beside.string() : near;
}

// mpim-chat looks there by itself.
std::string server_flag(const std::string& line) {
  return line == "127.0.0.1:9000" ? "" : " --server " + line;
}

std::string people_text(const Manifest& demo, uint64_t group) {
  if (demo.users.empty()) return {};
  std::string text = "\nDemo users (name, password):\n";
  for (const Manifest::User& user : demo.users)
    text += fmt::format("  {:<8} {}\n", user.name, user.password);
  if (group != 0) text += fmt::format("All of them are in group {} (lobby).\n", group);
  return text;
}

}  // namespace

std::string guide_text(const v1::GetServerResponse& node, const Manifest& demo, uint64_t group) {
  std::string text = people_text(demo, group);
  if (demo.users.size() >= 2) {
    const Manifest::User& one = demo.users[0];
    const Manifest::User& two = demo.users[1];
    text += "\nTwo people in two terminals:\n";
    for (const auto& [own, other] : {std::pair(&one, &two), std::pair(&two, &one)})
      text +=
          fmt::format("  MPIM_PASSWORD={} {}{} --as {} --to {}\n", own->password,
                      program_text("mpim-chat"), server_flag(node.line()), own->name, other->name);
    text += fmt::format(
        "\nOr without a client:\n  printf 'LOGIN {} {}\\nSEND @{} hello\\nQUIT\\n' | nc {}\n",
        one.name, one.password, two.name, host_and_port(node.line()));
  }
  text += fmt::format(
      "\nHealth and metrics:\n  curl http://{0}/healthz\n  curl http://{0}/metrics\n", node.http());
  return text + fmt::format("\nCheck everything, and stop it:\n  {0} smoke\n  {0} dev down\n",
                            program_text("mpimctl"));
}

}  // namespace mpim::ops
