extension PhaseTiming {
  /// The value of the `Server-Timing` field: milliseconds with three decimals.
  func fieldValue(totalNanoseconds: UInt64) -> String {
    let phases: [(StaticString, UInt64)] = [
      ("queue;dur=", queueNanoseconds), (", decode;dur=", decodeNanoseconds),
      (", kernel;dur=", kernelNanoseconds), (", encode;dur=", encodeNanoseconds),
      (", total;dur=", totalNanoseconds),
    ]
    var text = ""
    text.reserveCapacity(112)
    for (label, nanoseconds) in phases {
      let microseconds = nanoseconds / 1000
      let decimals = microseconds % 1000
      text += "\(label)\(microseconds / 1000)."
      text += decimals < 10 ? "00" : decimals < 100 ? "0" : ""
      text += "\(decimals)"
    }
    return text
  }
}
