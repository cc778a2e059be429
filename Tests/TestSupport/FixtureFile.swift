import Foundation

/// Files below `Tests/Fixtures`.
public enum FixtureFile {
  private static var root: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures")
  }

  /// The names of the files in a folder, sorted.
  ///
  /// - Parameters:
  ///   - folder: A folder of `Tests/Fixtures`.
  ///   - suffix: How the names end.
  /// - Returns: Nothing if there is no such folder.
  public static func names(in folder: String, suffix: String) -> [String] {
    let path = root.appending(path: folder).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted()
  }

  /// The contents of a file.
  ///
  /// - Parameter path: Relative to `Tests/Fixtures`.
  /// - Returns: All bytes.
  /// - Throws: What Foundation throws.
  public static func contents(of path: String) throws -> [UInt8] {
    let file = root.appending(path: path)
    // Foundation leaks a page for an empty file, which a leak checker would blame on the tests.
    guard try file.resourceValues(forKeys: [.fileSizeKey]).fileSize != 0 else { return [] }
    return [UInt8](try Data(contentsOf: file))
  }
}
