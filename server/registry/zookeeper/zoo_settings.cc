#include "server/registry/zookeeper/zoo_settings.h"

#include <charconv>

namespace mpim {
namespace {

std::string mark_of(const ZooNode& node) {
  return std::to_string(node.changed_by) + ":" + std::to_string(node.version);
}

std::optional<int32_t> version_in(std::string_view mark) {
  int32_t version = 0;
  const std::string_view text = mark.substr(mark.find(':') + 1);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), version);
  return failed == std::errc{} ? std::optional(version) : std::nullopt;
}

}  // namespace

void ZooSettings::read(const std::string& known_mark, Read done) {
  client_.get(path(), true, [known_mark, done = std::move(done)](Result<ZooNode> node) mutable {
    if (!node.ok()) return done(node.error());
    Kept kept{mark_of(*node), {}};
    if (kept.mark != known_mark) kept.text = std::move(node->text);
    done(std::move(kept));
  });
}

void ZooSettings::write(const std::string& mark_before, const std::string& text, Written done) {
  const std::optional<int32_t> version = version_in(mark_before);
  if (!client_.up()) return done(Error{Code::kUnavailable, client_.why()});
  if (!version) return done(std::optional<std::string>());
  client_.set(path(), text, *version, [done = std::move(done)](const Result<ZooNode>& set) mutable {
    if (set.ok()) return done(std::optional(mark_of(*set)));
    if (set.error().code == Code::kConflict) return done(std::optional<std::string>());
    if (set.error().code == Code::kUnavailable)
      return done(Error{Code::kUnknown,
                        "ZooKeeper went away before it said whether this is done: "
                        "look when it is back"});
    done(set.error());
  });
}

}  // namespace mpim
