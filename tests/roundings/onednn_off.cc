// Preloaded into a program, switches oneDNN off in its LibTorch: convolutions and products then go
// through LibTorch's own kernels and BLAS, which round differently on every machine. Names LibTorch
// by symbol, because it must be harmless in a program that has none.
extern "C" {
[[gnu::weak]] void* GlobalContext() asm("_ZN2at13globalContextEv");
[[gnu::weak]] void Enable(void* context,
                          bool enabled) asm("_ZN2at7Context20setUserEnabledMkldnnEb");

[[gnu::constructor]] void SwitchOff() {
  if (GlobalContext != nullptr && Enable != nullptr) Enable(GlobalContext(), false);
}
}
