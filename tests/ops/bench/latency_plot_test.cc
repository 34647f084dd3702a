#include "ops/bench/latency_plot.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace mpim::ops;

namespace {

LatencyPlot plot_of(std::vector<double> rates, std::vector<double> ms) {
  LatencyPlot plot;
  plot.title = "a < b & \"c\"";
  plot.remark = "ok\n";
  plot.rate_name = "messages a second";
  plot.rates = std::move(rates);
  plot.faulty.assign(plot.rates.size(), false);
  plot.curves = {{"delivery p50", 0, false, ms}, {"ack p50", 0, true, ms}};
  return plot;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Every tag is closed by its own, quotes within tags are paired, and no bare & or < is left.
bool well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t at = xml.find('<'); at != xml.npos; at = xml.find('<', at + 1)) {
    const size_t end = xml.find('>', at);
    if (end == xml.npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (std::ranges::count(tag, '"') % 2 != 0 || tag.find('<') != tag.npos) return false;
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(name);
    }
  }
  for (size_t at = xml.find('&'); at != xml.npos; at = xml.find('&', at + 1))
    if (xml.find(';', at) == xml.npos || xml.find(';', at) - at > 5) return false;
  return open.empty();
}

}  // namespace

TEST_CASE("a plot is a well-formed picture with its curves, names and scales", "[ops][bench]") {
  const std::string svg = plot_of({1'000, 2'000, 5'000}, {0.5, 0.8, 40}).svg();
  CHECK(well_formed(svg));
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK_THAT(svg, Catch::Contains("a &lt; b &amp; &quot;c&quot;") &&
                      Catch::Contains(">delivery p50<") && Catch::Contains(">ack p50<") &&
                      Catch::Contains(">messages a second<") && Catch::Contains(">milliseconds<"));
  CHECK_THAT(svg, Catch::Contains(">0.1<") && Catch::Contains(">100<") && Catch::Contains(">5k<"));
  CHECK(count_of(svg, "<polyline") == 2);
  CHECK(count_of(svg, "<circle") == 6);
  CHECK(count_of(svg, "class=\"fault\"") == 0);
}

TEST_CASE("a plot stands whatever the figures are", "[ops][bench]") {
  for (const double ms : {0.0, 0.001, 1.0, 100'000.0}) {
    const std::string svg = plot_of({1}, {ms}).svg();
    INFO(ms);
    CHECK(well_formed(svg));
    CHECK(svg.find("nan") == svg.npos);
    CHECK(svg.find("inf") == svg.npos);
  }
  CHECK(well_formed(plot_of({}, {}).svg()));
}

TEST_CASE("a rate whose run failed is marked in the plot", "[ops][bench]") {
  LatencyPlot plot = plot_of({100, 200}, {1, 2});
  plot.faulty = {false, true};
  CHECK(count_of(plot.svg(), "class=\"fault\"") == 2);  // the two strokes of a cross
}
