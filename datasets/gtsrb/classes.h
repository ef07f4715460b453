// Names of the 43 traffic signs and how many images of each the published archives hold.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace dfkd::gtsrb {

inline constexpr int64_t kClasses = 43;
using Counts = std::array<int64_t, kClasses>;

// 39,209 in all.
inline constexpr Counts kTrainCounts = {
    210, 2220, 2250, 1410, 1980, 1860, 420, 1440, 1410, 1470, 2010, 1320, 2100, 2160, 780,
    630, 420,  1110, 1200, 210,  360,  330, 390,  510,  270,  1500, 600,  240,  540,  270,
    450, 780,  240,  689,  420,  1200, 390, 210,  2070, 300,  360,  240,  240};
// 12,630 in all.
inline constexpr Counts kTestCounts = {60,  720, 750, 450, 660, 630, 150, 450, 450, 480, 660,
                                       420, 690, 720, 270, 210, 150, 360, 390, 60,  90,  90,
                                       120, 150, 90,  480, 180, 60,  150, 90,  150, 270, 60,
                                       210, 120, 390, 120, 60,  690, 90,  90,  60,  90};

inline std::vector<std::string> Names() {
  return {"speed limit 20",
          "speed limit 30",
          "speed limit 50",
          "speed limit 60",
          "speed limit 70",
          "speed limit 80",
          "end of speed limit 80",
          "speed limit 100",
          "speed limit 120",
          "no passing",
          "no passing for trucks",
          "right of way at crossing",
          "priority road",
          "yield",
          "stop",
          "no vehicles",
          "no trucks",
          "no entry",
          "general caution",
          "curve left",
          "curve right",
          "double curve",
          "bumpy road",
          "slippery road",
          "road narrows on the right",
          "road work",
          "traffic signals",
          "pedestrians",
          "children crossing",
          "bicycles crossing",
          "ice or snow",
          "wild animals",
          "end of all limits",
          "turn right ahead",
          "turn left ahead",
          "ahead only",
          "straight or right",
          "straight or left",
          "keep right",
          "keep left",
          "roundabout",
          "end of no passing",
          "end of no passing for trucks"};
}

}  // namespace dfkd::gtsrb
