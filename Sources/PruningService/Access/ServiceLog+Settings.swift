import Telemetry

// What the log tells of settings that change while the service runs.

extension ServiceLog {
  /// Someone chose another level; told at `notice`, so that it is read at most levels.
  func levelChanged(_ level: LogLevel) {
    write(.notice, "log level has changed", [("log.level", .string(level.rawValue))])
  }

  /// SIGHUP was followed; `waiting` are the keys whose new values need a restart.
  func reloaded(waiting: [String]) {
    write(.notice, "settings were reloaded", [])
    guard !waiting.isEmpty else { return }
    write(
      .warning, "settings wait for a restart",
      [("configuration.keys", .string(waiting.joined(separator: ",")))])
  }

  /// SIGHUP found faults; the old settings stay.
  func reloadFailed(_ faults: [String]) {
    for fault in faults {
      write(.error, "settings were not reloaded", [("error.detail", .string(fault))])
    }
  }
}
