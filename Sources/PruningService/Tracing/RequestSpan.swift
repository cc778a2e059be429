import HTTPEngine

/// One answered request, as a trace tells it: a span of the server with a child for each phase.
struct RequestSpan: Sendable {
  /// 32 hexadecimal digits.
  let traceID: String
  /// The caller's span, 16 hexadecimal digits; nil where the trace begins here.
  let parentID: String?
  /// The request's own span, 16 hexadecimal digits.
  let id: String
  /// When the head was complete, in nanoseconds since 1970.
  let startedAt: UInt64
  /// From then to the answer, in nanoseconds.
  let duration: UInt64
  /// The method; nil when the head could not be read.
  let method: String?
  /// The route's pattern; nil where none matched.
  let route: String?
  /// The answer's status.
  let status: Int
  /// The request's identifier, as in the log.
  let requestID: String
  /// What went wrong, if anything did.
  let fault: Fault?
  /// How long each phase took, where there were phases.
  let timing: PhaseTiming?
  /// How many tokens the answer is about, where it is about tokens.
  let tally: TokenTally?

  /// What the span is called: method and route, both from fixed lists.
  var name: String { [method ?? "HTTP", route].compactMap(\.self).joined(separator: " ") }

  /// The phases with their beginnings: they follow each other and the last ends with the request.
  var phases: [(name: String, start: UInt64, end: UInt64)] {
    guard let timing else { return [] }
    let lengths = [
      ("queue", timing.queueNanoseconds), ("decode", timing.decodeNanoseconds),
      ("kernel", timing.kernelNanoseconds), ("encode", timing.encodeNanoseconds),
    ]
    let total = lengths.reduce(0) { $0 &+ $1.1 }
    var time = startedAt &+ duration &- min(total, duration)
    return lengths.map { name, length in
      defer { time &+= length }
      return (name, time, time &+ length)
    }
  }
}

/// Identifiers of traces and spans (W3C Trace Context §3.2.2).
enum TraceID {
  /// 16 hexadecimal digits, never all zero.
  static func span() -> String { hexadecimal(.random(in: 1...UInt64.max)) }

  /// 32 hexadecimal digits, never all zero.
  static func trace() -> String {
    hexadecimal(.random(in: .min ... .max)) + hexadecimal(.random(in: 1...UInt64.max))
  }

  private static func hexadecimal(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
