# What several processes use to train together. Each is optional: without any, only single processes can train.
add_library(dppo_ranks INTERFACE)

if(DPPO_MPI)
  find_package(MPI QUIET COMPONENTS CXX)
endif()
if(DPPO_MPI AND MPI_CXX_FOUND)
  target_link_libraries(dppo_ranks INTERFACE MPI::MPI_CXX)
  target_compile_definitions(dppo_ranks INTERFACE DPPO_WITH_MPI)
  message(STATUS "MPI ${MPI_CXX_VERSION}: ${MPI_CXX_LIBRARIES}")
else()
  message(STATUS "MPI: not used")
endif()

# NCCL comes with a CUDA toolkit or with the wheels beside torch, and is of use with a libtorch for CUDA only.
if(DPPO_NCCL AND torch_flavour STREQUAL "cuda")
  # The wheel's library comes first, because libtorch loads it as well. It has no name without a version.
  find_path(DPPO_NCCL_INCLUDE nccl.h HINTS "${DPPO_LIBTORCH}/../nvidia/nccl/include" "$ENV{NCCL_HOME}/include")
  find_library(DPPO_NCCL_LIBRARY NAMES nccl libnccl.so.2 NAMES_PER_DIR
               HINTS "${DPPO_LIBTORCH}/../nvidia/nccl/lib" "$ENV{NCCL_HOME}/lib")
  # NCCL's header includes the one of half-precision numbers, which needs this one of the package CCCL.
  find_path(DPPO_CCCL_INCLUDE nv/target HINTS ${cuda_roots} "$ENV{CUDA_HOME}" /usr/local/cuda
            PATH_SUFFIXES include include/cccl)
endif()
if(DPPO_NCCL_INCLUDE AND DPPO_NCCL_LIBRARY AND DPPO_CUDA_INCLUDE AND DPPO_CCCL_INCLUDE)
  target_include_directories(dppo_ranks SYSTEM INTERFACE "${DPPO_NCCL_INCLUDE}" "${DPPO_CCCL_INCLUDE}")
  target_link_libraries(dppo_ranks INTERFACE "${DPPO_NCCL_LIBRARY}")
  target_compile_definitions(dppo_ranks INTERFACE DPPO_WITH_NCCL)
  message(STATUS "NCCL: ${DPPO_NCCL_LIBRARY}")
elseif(DPPO_NCCL AND torch_flavour STREQUAL "cuda")
  message(STATUS "NCCL: not used (library: ${DPPO_NCCL_LIBRARY}, nccl.h: ${DPPO_NCCL_INCLUDE}, "
    "crt/host_config.h: ${DPPO_CUDA_INCLUDE}, nv/target: ${DPPO_CCCL_INCLUDE})")
else()
  message(STATUS "NCCL: not used")
endif()
