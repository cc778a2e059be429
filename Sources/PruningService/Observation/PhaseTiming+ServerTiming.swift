extension PhaseTiming {
  /// The value of the `Server-Timing` field: milliseconds with three decimals.
  func fieldValue(totalNanoseconds: UInt64) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(128)
    if reduceNanoseconds > 0 {
      text.append("reduce;dur=", reduceNanoseconds)
      text.append(contentsOf: ", ".utf8)
    }
    text.append("queue;dur=", queueNanoseconds)
    text.append(", decode;dur=", decodeNanoseconds)
    text.append(", kernel;dur=", kernelNanoseconds)
    text.append(", encode;dur=", encodeNanoseconds)
    text.append(", total;dur=", totalNanoseconds)
    return String(decoding: text, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Appends a label and milliseconds; one of these is written for every request.
  fileprivate mutating func append(_ label: String, _ nanoseconds: UInt64) {
    append(contentsOf: label.utf8)
    let microseconds = nanoseconds / 1000
    append(contentsOf: String(microseconds / 1000).utf8)
    append(UInt8(ascii: "."))
    for unit: UInt64 in [100, 10, 1] {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: microseconds / unit % 10))
    }
  }
}
