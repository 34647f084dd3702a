// Latency against rate, drawn as SVG.
#pragma once

#include <string>
#include <vector>

namespace mpim::ops {

// One curve: a time for each of the plot's rates.
struct PlotCurve {
  std::string name;
  unsigned colour = 0;  // of three
  bool dashed = false;
  std::vector<double> ms;
};

// A picture that stands alone: no script, no font to fetch, light or dark as the page around it is.
// Rates stand on a linear axis from 0, times on a logarithmic one over the decades they need.
//
// Threads  any: it is a function of its members.
// Limits   a point at or below 1 µs is drawn there. Points are in the order of their rates.
struct LatencyPlot {
  std::string title;
  std::string remark;  // below the title
  std::string rate_name;
  std::vector<double> rates;
  std::vector<bool> faulty;  // marked with a cross: the rate's run failed
  std::vector<PlotCurve> curves;

  std::string svg() const;
};

}  // namespace mpim::ops
