// What commands show: a tree of texts, numbers and lists that becomes JSON, or the cells of a
// table.
//
// Threads  a value like any other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace mpim::ops {

enum class JsonLayout : uint8_t { kPretty, kOneLine };

// Null, a flag, a number, a text, a list or an object.
class Value {
 public:
  using List = std::vector<Value>;
  using Member = std::pair<std::string, Value>;
  using Object = std::vector<Member>;  // keeps the order things are shown in

  Value() = default;  // null
  static Value text(std::string_view text) { return Value(Held(std::string(text))); }
  static Value number(uint64_t number) { return Value(Held(number)); }
  static Value flag(bool flag) { return Value(Held(flag)); }
  static Value list(List list) { return Value(Held(std::move(list))); }
  static Value object(Object object) { return Value(Held(std::move(object))); }
  // 64-bit numbers are texts: JavaScript would round them.
  static Value id(uint64_t number) { return text(std::to_string(number)); }
  // Every field of a message, set or not, under the names that the API's JSON has.
  static Value message(const google::protobuf::Message& message);

  bool is_null() const { return std::holds_alternative<std::monostate>(held_); }
  // What stands at "user.name"; null when there is no such thing.
  const Value& at(std::string_view path) const;
  const List& items() const;      // of a list; empty for anything else
  const Object& members() const;  // of an object; empty for anything else
  // Without quotes: a text as it is, a number, yes or no, empty for null.
  std::string plain() const;
  void set(std::string_view name, Value value);  // of an object, at its end

  std::string json(JsonLayout layout) const;

 private:
  using Held = std::variant<std::monostate, bool, uint64_t, std::string, List, Object>;
  explicit Value(Held held) : held_(std::move(held)) {}
  void write(std::string& out, JsonLayout layout, unsigned depth) const;

  Held held_;
};

}  // namespace mpim::ops
