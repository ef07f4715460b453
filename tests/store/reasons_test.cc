#include "bench/store/reasons.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "tests/store/store_testing.h"

namespace dfkd::store::reasons_test {

std::string Refused(int code) { return IoError("write", "/store/work/x", code).what(); }

BOOST_AUTO_TEST_SUITE(reasons)

BOOST_AUTO_TEST_CASE(a_disk_that_takes_nothing_concerns_every_stage) {
  using enum FailureClass;
  for (const int code : {ENOSPC, EDQUOT, EROFS, EFBIG})
    BOOST_TEST(ConcernsEveryStage(kIo, Refused(code)));
  for (const int code : {EIO, ENOENT, EACCES, ESTALE}) {
    BOOST_TEST(!ConcernsEveryStage(kIo, Refused(code)));
  }
  BOOST_TEST(PassesByItself(kIo, Refused(ESTALE)));
  BOOST_TEST(!PassesByItself(kIo, Refused(EIO)));
}

BOOST_AUTO_TEST_CASE(words_of_the_system_in_another_failure_are_words) {
  BOOST_TEST(!ConcernsEveryStage(FailureClass::kError, Refused(ENOSPC)));
  BOOST_TEST(!PassesByItself(FailureClass::kError, Refused(ESTALE)));
}

BOOST_AUTO_TEST_CASE(a_folder_that_was_taken_away_is_known_by_what_the_system_says) {
  for (const int code : {ENOENT, ESTALE, ENOTDIR}) BOOST_TEST(SaysTakenAway(Refused(code)));
  for (const int code : {EIO, EACCES}) BOOST_TEST(!SaysTakenAway(Refused(code)));
}

BOOST_AUTO_TEST_CASE(what_the_store_says_of_missing_and_damaged_artifacts_is_known) {
  const dfkd::testing::ScratchFolder scratch;
  Store store(scratch.path());
  const auto ref = dfkd::testing::RefTo("a");
  const auto open = [&] { store.Open(ref); };
  BOOST_TEST(SaysGoneOrDamaged(dfkd::testing::ErrorOf(open)));
  store.Publish(dfkd::testing::Staged(scratch.path(), "a"));
  dfkd::testing::Write(store.FolderOf(ref) / "model.bin", "x");
  BOOST_TEST(SaysGoneOrDamaged(dfkd::testing::ErrorOf(open)));
  BOOST_TEST(SaysGoneOrDamaged(Refused(ENOENT)));
  BOOST_TEST(!SaysGoneOrDamaged(Refused(EIO)));
}

BOOST_AUTO_TEST_CASE(memory_that_ran_out_leaves_the_device_usable) {
  for (const char* message :
       {"CUDA out of memory. Tried to allocate 20.00 MiB", "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA driver error: out of memory", "cuFFT error: CUFFT_ALLOC_FAILED",
        "cusolver error: CUSOLVER_STATUS_ALLOC_FAILED, when calling `cusolverDnCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory"}) {
    BOOST_TEST(SaysOutOfMemory(message), message);
    BOOST_TEST(!LeavesDeviceUnusable(message), message);
  }
}

BOOST_AUTO_TEST_CASE(other_errors_of_a_gpu_do_not) {
  for (const char* message :
       {"CUDA error: device-side assert triggered", "CUDA error: an illegal memory access",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
        "CUDA driver error: an illegal memory access was encountered",
        "CUDA unknown error - this may be due to an incorrectly set up environment",
        "cusolver error: CUSOLVER_STATUS_INTERNAL_ERROR, when calling `cusolverDnCreate(handle)`",
        "cuFFT error: CUFFT_EXEC_FAILED",
        "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"}) {
    BOOST_TEST(LeavesDeviceUnusable(message), message);
    BOOST_TEST(!SaysOutOfMemory(message), message);
  }
  BOOST_TEST(!LeavesDeviceUnusable("lr = nan must be finite"));
  BOOST_TEST(
      !LeavesDeviceUnusable("cusolver error: CUSOLVER_STATUS_INVALID_VALUE, when calling "
                            "`cusolverDnXsyevd(handle)`. This "
                            "error may appear if the input matrix contains NaN."));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::store::reasons_test
