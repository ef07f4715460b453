// Names of the 100 fine classes, as fine_label_names.txt of the archive has them.
#pragma once
#include <string>
#include <vector>

namespace dfkd::cifar100 {

inline std::vector<std::string> FineNames() {
  return {"apple",       "aquarium fish", "baby",      "bear",       "beaver",       "bed",
          "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
          "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
          "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
          "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
          "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
          "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn mower",
          "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple tree",
          "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak tree",     "orange",
          "orchid",      "otter",         "palm tree", "pear",       "pickup truck", "pine tree",
          "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
          "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
          "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
          "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet pepper",
          "table",       "tank",          "telephone", "television", "tiger",        "tractor",
          "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
          "willow tree", "wolf",          "woman",     "worm"};
}

}  // namespace dfkd::cifar100
