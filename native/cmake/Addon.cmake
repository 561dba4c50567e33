# The Node addon. cmake-js passes the Node-API headers in CMAKE_JS_INC; node-addon-api comes from node_modules.
file(GLOB binding_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/native/binding/*.cc")
add_library(dialogue_ppo SHARED ${binding_sources} ${CMAKE_JS_SRC})
set_target_properties(dialogue_ppo PROPERTIES PREFIX "" SUFFIX ".node" CXX_VISIBILITY_PRESET hidden)
dppo_unity(dialogue_ppo)
execute_process(
  COMMAND node -p "require('node-addon-api').include_dir"
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
  OUTPUT_VARIABLE napi_include OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE napi_result)
if(NOT napi_result EQUAL 0)
  message(FATAL_ERROR "node-addon-api is not installed: run npm install first.")
endif()
get_filename_component(napi_include "${napi_include}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
target_include_directories(dialogue_ppo PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/native")
target_include_directories(dialogue_ppo SYSTEM PRIVATE ${CMAKE_JS_INC} "${napi_include}")
target_compile_definitions(dialogue_ppo PRIVATE NAPI_VERSION=8)
target_link_libraries(dialogue_ppo PRIVATE dppo_core ${CMAKE_JS_LIB})
# A third of the time of compiling these files goes into these headers.
target_precompile_headers(dialogue_ppo PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/native/binding/napi_setup.h"
                          <ATen/core/Tensor.h>)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  # libtorch keeps the allocator that the addon installs, so the addon must stay when a worker thread that loaded it ends.
  target_link_options(dialogue_ppo PRIVATE -Wl,-z,nodelete)
endif()
