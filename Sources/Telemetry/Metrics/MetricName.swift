/// The names that Prometheus allows.
enum MetricName {
  static func isMetric(_ name: String) -> Bool { isName(name, allowsColon: true) }

  static func isLabel(_ name: String) -> Bool {
    isName(name, allowsColon: false) && !name.hasPrefix("__") && name != "le"
  }

  private static func isName(_ name: String, allowsColon: Bool) -> Bool {
    guard let first = name.utf8.first, first < 0x30 || first > 0x39 else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      case UInt8(ascii: ":"): allowsColon
      default: false
      }
    }
  }
}
