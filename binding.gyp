{
  "targets": [
    {
      "target_name": "dialogue_ppo",
      "type": "none",
      "actions": [
        {
          "action_name": "build_with_cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/stamp.json"],
          "action": ["node", "native/tools/build.js"],
          "message": "building the addon with cmake-js"
        }
      ]
    }
  ]
}
