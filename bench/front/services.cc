// The services of the stage code, in a program that has none of it.
#include "bench/stages/services.h"

#include "bench/core/registry.h"
#include "bench/front/hand_over.h"

namespace dfkd {

void StartServices() { Registry::Get().OnMissingCode(HandOver); }

void RequireStages() { HandOver(); }

RunStageFunction StageRunner() { HandOver(); }

void CheckDeviceName(const std::string&) { HandOver(); }

void CheckModelFile(const std::string&, const std::string&, const std::string&, const ImageSpec&) {
  HandOver();
}

MostAnswered MostAnsweredBy(const Artifact&, const Artifact&) { HandOver(); }

Json DescribeMachine() { HandOver(); }

}  // namespace dfkd
