extension ConfigurationKey {
  /// `deploy/vflowopt.toml`: every key with its default, commented out, so that the file says
  /// nothing until a line is uncommented.
  package static var exampleFile: String {
    """
    # Settings of vflowopt: vflowopt serve --config FILE, or VFLOWOPT_CONFIG=FILE.
    #
    # Each line below is a default; uncomment it to change it. Environment variables are stronger than
    # this file, flags are stronger than both. "reload" marks what SIGHUP changes in a running service.

    \(sections.map(section).joined(separator: "\n\n"))

    """
  }

  private static func section(_ title: String, _ keys: [ConfigurationKey]) -> String {
    (["# ---- \(title) ----"] + keys.map(\.example)).joined(separator: "\n\n")
  }

  private var example: String {
    let unit = unit.map { ", \($0)" } ?? ""
    let machine = machineDefault.map { "; by default as many as there are \($0)" } ?? ""
    let value = spelling.literal(machineDefault == nil ? fallback : "1")
    return """
      # \(summary)
      # \(typeName)\(unit): \(range)\(machine); \(changeWord)
      #\(name) = \(value)
      """
  }
}
