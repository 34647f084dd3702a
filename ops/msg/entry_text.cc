#include "ops/msg/entry_text.h"

#include <array>
#include <cstdlib>

namespace mpim::ops {
namespace {

// A user's name; the id of one who was removed.
std::string who(const Value& entry, std::string_view otherwise) {
  const Value& subject = entry.at("subject");
  const std::string name = subject.at("name").plain();
  if (!name.empty()) return name;
  return subject.is_null() ? std::string(otherwise) : subject.at("id").plain();
}

std::string message(const Value& entry) {
  if (entry.at("state").plain() == "recalled") return "[recalled]";
  const std::string type = entry.at("type").plain();
  const std::string file = entry.at("file").plain();
  const std::string text = entry.at("text").plain();
  if (type == "text" && file == "0") return text;
  return "[" + type + (file == "0" ? "" : " " + file) + "]" + (text.empty() ? "" : " " + text);
}

std::string joined(const Value& entry) {
  const bool several = entry.at("subject").is_null();
  return (several ? entry.at("text").plain() : who(entry, "")) + " joined";
}
std::string left(const Value& entry) { return who(entry, "") + " left"; }
std::string kicked(const Value& entry) { return who(entry, "") + " was removed"; }
std::string recalled(const Value& entry) { return "took back " + entry.at("ref").plain(); }
std::string edited(const Value& entry) {
  const std::string text = entry.at("text").plain();
  return "edited " + entry.at("ref").plain() + (text.empty() ? "" : ": " + text);
}
std::string renamed(const Value& entry) { return "named it " + entry.at("text").plain(); }
std::string noticed(const Value& entry) {
  const std::string text = entry.at("text").plain();
  return text.empty() ? "took the notice down" : "notice: " + text;
}
std::string promoted(const Value& entry) {
  return who(entry, "") + " is " + entry.at("text").plain();
}
std::string muted(const Value& entry) {
  const std::string until = utc_time(std::atoll(entry.at("text").plain().c_str()));
  const bool for_good = entry.at("text").plain() == kForGood;
  return who(entry, "everybody") + " is muted " + (for_good ? "for good" : "until " + until);
}
std::string unmuted(const Value& entry) { return who(entry, "everybody") + " may write again"; }
std::string dissolved(const Value&) { return "the group was dissolved"; }
std::string settings(const Value& entry) {
  const std::string text = entry.at("text").plain();
  return text == "description" ? "changed the description" : "joining is " + text;
}

struct Saying {
  std::string_view kind;
  std::string (*text)(const Value& entry);
};
constexpr auto kSayings = std::to_array<Saying>({
    {"dissolve", dissolved},
    {"edit", edited},
    {"join", joined},
    {"kick", kicked},
    {"leave", left},
    {"message", message},
    {"mute", muted},
    {"notice", noticed},
    {"recall", recalled},
    {"rename", renamed},
    {"role", promoted},
    {"settings", settings},
    {"unmute", unmuted},
});

}  // namespace

std::string entry_text(const Value& entry) {
  const std::string kind = entry.at("kind").plain();
  for (const Saying& saying : kSayings)
    if (saying.kind == kind) return saying.text(entry);
  return entry.at("text").plain();
}

Value with_text(const Call& call, Value item, const Value& entry) {
  if (call.format() == Format::kTable && !entry.is_null())
    item.set("shown", Value::text(entry_text(entry)));
  return item;
}

Value::List with_texts(const Call& call, const Value::List& entries) {
  Value::List items;
  for (const Value& entry : entries) items.push_back(with_text(call, entry, entry));
  return items;
}

}  // namespace mpim::ops
