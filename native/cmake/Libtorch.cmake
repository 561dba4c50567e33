# Imports libtorch by absolute path. find_package(Torch) is avoided on purpose: with two installations on a machine it
# can compile against one and link the other.
set(DPPO_TORCH_MIN 2.4)
set(DPPO_TORCH_MAX 2.15) # exclusive

if(NOT DPPO_LIBTORCH)
  message(FATAL_ERROR "DPPO_LIBTORCH is not set: pass the libtorch folder that holds include/ and lib/, "
    "or build with `npx dialogue-ppo build`, which finds one.")
endif()
set(torch_header "${DPPO_LIBTORCH}/include/torch/csrc/api/include/torch/version.h")
if(NOT EXISTS "${torch_header}")
  set(torch_header "${DPPO_LIBTORCH}/include/torch/headeronly/version.h")
endif()
if(NOT EXISTS "${torch_header}")
  message(FATAL_ERROR "${DPPO_LIBTORCH} is no libtorch: it has no torch/version.h below include/.")
endif()

# The wrapper header includes the real one in newer versions; take the numbers from wherever they stand.
set(torch_version "")
foreach(candidate "include/torch/csrc/api/include/torch/version.h" "include/torch/headeronly/version.h")
  if(EXISTS "${DPPO_LIBTORCH}/${candidate}" AND NOT torch_version)
    file(READ "${DPPO_LIBTORCH}/${candidate}" text)
    if(text MATCHES "TORCH_VERSION_MAJOR ([0-9]+)")
      set(major "${CMAKE_MATCH_1}")
      string(REGEX MATCH "TORCH_VERSION_MINOR ([0-9]+)" _ "${text}")
      set(torch_version "${major}.${CMAKE_MATCH_1}")
    endif()
  endif()
endforeach()
if(NOT torch_version OR torch_version VERSION_LESS DPPO_TORCH_MIN OR NOT torch_version VERSION_LESS DPPO_TORCH_MAX)
  message(FATAL_ERROR "libtorch ${torch_version} at ${DPPO_LIBTORCH} is not supported: ${DPPO_TORCH_MIN} up to but not "
    "including ${DPPO_TORCH_MAX} is. Set LIBTORCH to a supported one, or unset it and let the build fetch one.")
endif()

# Wheels up to 2.5 use the old C++ ABI of the standard library; the installation says which.
set(torch_abi 1)
set(torch_config "${DPPO_LIBTORCH}/share/cmake/Torch/TorchConfig.cmake")
if(EXISTS "${torch_config}")
  file(READ "${torch_config}" text)
  if(text MATCHES "_GLIBCXX_USE_CXX11_ABI=([01])")
    set(torch_abi "${CMAKE_MATCH_1}")
  endif()
endif()

add_library(dppo_libtorch INTERFACE)
target_include_directories(dppo_libtorch SYSTEM INTERFACE
  "${DPPO_LIBTORCH}/include" "${DPPO_LIBTORCH}/include/torch/csrc/api/include")
# With AT_PER_OPERATOR_HEADERS, libtorch's headers include only the operators that they need instead of all 2,000.
target_compile_definitions(dppo_libtorch INTERFACE _GLIBCXX_USE_CXX11_ABI=${torch_abi} AT_PER_OPERATOR_HEADERS)

foreach(library c10 torch_cpu torch)
  set(file "${DPPO_LIBTORCH}/lib/${CMAKE_SHARED_LIBRARY_PREFIX}${library}${CMAKE_SHARED_LIBRARY_SUFFIX}")
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "${DPPO_LIBTORCH} lacks ${file}: the installation is mixed or incomplete.")
  endif()
  target_link_libraries(dppo_libtorch INTERFACE "${file}")
endforeach()

set(torch_flavour cpu)
set(cuda_file "${DPPO_LIBTORCH}/lib/${CMAKE_SHARED_LIBRARY_PREFIX}torch_cuda${CMAKE_SHARED_LIBRARY_SUFFIX}")
if(EXISTS "${cuda_file}")
  set(torch_flavour cuda)
  set(c10_cuda_file "${DPPO_LIBTORCH}/lib/${CMAKE_SHARED_LIBRARY_PREFIX}c10_cuda${CMAKE_SHARED_LIBRARY_SUFFIX}")
  # Nothing of ours refers to the libraries by name, so they must be kept against --as-needed to register their kernels.
  # They are one item with the flags, because CMake may move and merge the items of a link line.
  target_link_libraries(dppo_libtorch INTERFACE
    "-Wl,--push-state,--no-as-needed \"${cuda_file}\" \"${c10_cuda_file}\" -Wl,--pop-state")
  target_compile_definitions(dppo_libtorch INTERFACE DPPO_WITH_CUDA)
  # Earlier ones compute it in several kernels, and squares of float16 overflow there.
  if(torch_version VERSION_GREATER_EQUAL 2.9)
    target_compile_definitions(dppo_libtorch INTERFACE DPPO_WITH_FUSED_RMS_NORM)
  endif()

  # The headers of CUDA's runtime come with a toolkit or with the wheels beside torch. The runtime's headers include the
  # one that is looked for, which the wheel of the runtime for CUDA 13 lacks.
  file(GLOB cuda_roots "${DPPO_LIBTORCH}/../nvidia/cu[0-9]*" "${DPPO_LIBTORCH}/../nvidia/cuda_runtime")
  find_path(DPPO_CUDA_INCLUDE crt/host_config.h HINTS ${cuda_roots} "$ENV{CUDA_HOME}" /usr/local/cuda
            PATH_SUFFIXES include)
  find_library(DPPO_CUDART NAMES cudart libcudart.so.13 libcudart.so.12 NAMES_PER_DIR
               HINTS ${cuda_roots} "$ENV{CUDA_HOME}" /usr/local/cuda PATH_SUFFIXES lib lib64)
  if(DPPO_CUDA_INCLUDE AND DPPO_CUDART)
    target_include_directories(dppo_libtorch SYSTEM INTERFACE "${DPPO_CUDA_INCLUDE}")
    target_link_libraries(dppo_libtorch INTERFACE "${DPPO_CUDART}")
    target_compile_definitions(dppo_libtorch INTERFACE DPPO_WITH_CUDA_RUNTIME)
    message(STATUS "CUDA runtime: ${DPPO_CUDART}, ${DPPO_CUDA_INCLUDE}")
    # libtorch needs NVRTC itself, so a wheel or a toolkit has it. The kernels are loaded with functions of CUDA 13.
    find_path(DPPO_NVRTC_INCLUDE nvrtc.h HINTS ${cuda_roots} "$ENV{CUDA_HOME}" /usr/local/cuda PATH_SUFFIXES include)
    find_library(DPPO_NVRTC NAMES libnvrtc.so.13 NAMES_PER_DIR
                 HINTS ${cuda_roots} "$ENV{CUDA_HOME}" /usr/local/cuda PATH_SUFFIXES lib lib64)
    file(STRINGS "${DPPO_CUDA_INCLUDE}/cuda_runtime_api.h" cudart_version REGEX "#define CUDART_VERSION +[0-9]+")
    string(REGEX REPLACE ".* ([0-9]+).*" "\\1" cudart_version "${cudart_version}")
    if(DPPO_NVRTC_INCLUDE AND DPPO_NVRTC AND cudart_version GREATER_EQUAL 13000)
      target_include_directories(dppo_libtorch SYSTEM INTERFACE "${DPPO_NVRTC_INCLUDE}")
      target_link_libraries(dppo_libtorch INTERFACE "${DPPO_NVRTC}")
      target_compile_definitions(dppo_libtorch INTERFACE DPPO_WITH_NVRTC)
      message(STATUS "NVRTC: ${DPPO_NVRTC}")
    else()
      message(STATUS "NVRTC of CUDA 13: not found (library: ${DPPO_NVRTC}, nvrtc.h: ${DPPO_NVRTC_INCLUDE}, runtime "
        "${cudart_version}), so a GPU decodes with libtorch's operations only")
    endif()
  else()
    message(STATUS "CUDA runtime: not found (library: ${DPPO_CUDART}, crt/host_config.h: ${DPPO_CUDA_INCLUDE}), so "
      "decoding steps are not captured as CUDA graphs")
  endif()
endif()

set(CMAKE_BUILD_RPATH "${DPPO_LIBTORCH}/lib")
message(STATUS "libtorch ${torch_version} (${torch_flavour}, C++11 ABI ${torch_abi}) at ${DPPO_LIBTORCH}")
