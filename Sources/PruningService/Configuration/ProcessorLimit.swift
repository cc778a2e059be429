import FoundationEssentials

/// How many processors the process may keep busy.
enum ProcessorLimit {
  /// Where a container's own control group (version 2) states its share of processor time.
  private static let quotaFile = "/sys/fs/cgroup/cpu.max"

  /// The processors that the process may run on, fewer if its control group may use less time.
  static var current: Int {
    let processors = max(1, ProcessInfo.processInfo.activeProcessorCount)
    guard let text = try? String(contentsOfFile: quotaFile, encoding: .utf8) else {
      return processors
    }
    return min(processors, Self.processors(inQuota: text) ?? processors)
  }

  /// The processors that a quota amounts to, rounded up; nil where there is none.
  ///
  /// - Parameter text: The content of `cpu.max`: microseconds of processor time, or `max`, per
  ///   microseconds of time.
  /// - Returns: At least 1.
  static func processors(inQuota text: String) -> Int? {
    let parts = text.split(whereSeparator: \.isWhitespace)
    guard parts.count == 2, let quota = Int(parts[0]), let period = Int(parts[1]), quota > 0,
      period > 0
    else { return nil }
    return (quota - 1) / period + 1
  }
}
