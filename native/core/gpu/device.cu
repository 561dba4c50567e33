// What all kernels use. NVRTC compiles the .cu files of this folder one behind the other, so none includes another.

namespace dppo::gpu {

namespace {

constexpr unsigned kAllLanes = 0xffffffffu;  // of a warp

// Waits until the kernels in front have ended. Memory that they write must not be touched before.
__device__ void wait_for_inputs() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// Lets the next kernel start and wait in its turn.
__device__ void let_next_start() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

}  // namespace

}  // namespace dppo::gpu
