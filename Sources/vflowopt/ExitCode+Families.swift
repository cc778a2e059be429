import ArgumentParser

/// The exit codes of sysexits.h that this program uses; 64 (usage) comes from the argument parser.
extension ExitCode {
  /// The input data was refused.
  static let dataError = ExitCode(65)
  /// The service, its address or a file cannot be had.
  static let unavailable = ExitCode(69)
  /// Settings are unknown, out of range or contradictory.
  static let configurationError = ExitCode(78)
}
