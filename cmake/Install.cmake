# What `cmake --install` puts where: the programs, and what shells and man read of them.
include(GNUInstallDirs)

# Written by the program from what its verbs declare. It needs no plugin for that, so a broken one
# stops no build.
set(stamp ${PROJECT_BINARY_DIR}/man1/dfkd.1)
add_custom_command(OUTPUT ${stamp} COMMAND dfkd man --into ${PROJECT_BINARY_DIR}/man1
                   DEPENDS dfkd VERBATIM)
add_custom_target(dfkd_man ALL DEPENDS ${stamp})

install(TARGETS dfkd RUNTIME DESTINATION bin)
install(TARGETS dfkd-compute RUNTIME DESTINATION libexec/dfkd-bench)  # where bench/front looks
# a LibTorch of one's own
set_target_properties(dfkd-compute PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(FILES bench/cli/completion/dfkd.bash RENAME dfkd
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES bench/cli/completion/_dfkd DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(DIRECTORY ${PROJECT_BINARY_DIR}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR}
        FILES_MATCHING PATTERN "*.1")
install(FILES LICENSE README.md CHANGELOG.md CITATION.cff
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/dfkd-bench)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/dfkd-bench/docs
        FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "*.png")
