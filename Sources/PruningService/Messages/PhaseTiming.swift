/// How long each phase of one request took, in nanoseconds of the caller's monotonic clock.
public struct PhaseTiming: Sendable, Equatable {
  /// Adding up what had come of the body while the rest was on its way; no phase of its own, because the
  /// request arrives meanwhile.
  public var reduceNanoseconds: UInt64
  /// From the complete request to its first work.
  public var queueNanoseconds: UInt64
  /// Reading the body.
  public var decodeNanoseconds: UInt64
  /// Computing.
  public var kernelNanoseconds: UInt64
  /// Writing the answer, up to the moment at which this number is written.
  public var encodeNanoseconds: UInt64

  /// Makes a record of phases that took no time yet.
  public init(
    reduceNanoseconds: UInt64 = 0, queueNanoseconds: UInt64 = 0, decodeNanoseconds: UInt64 = 0,
    kernelNanoseconds: UInt64 = 0, encodeNanoseconds: UInt64 = 0
  ) {
    self.reduceNanoseconds = reduceNanoseconds
    self.queueNanoseconds = queueNanoseconds
    self.decodeNanoseconds = decodeNanoseconds
    self.kernelNanoseconds = kernelNanoseconds
    self.encodeNanoseconds = encodeNanoseconds
  }

  /// The members of the answer's `timing` object: whole microseconds, at most ten digits each.
  var members: [(name: String, microseconds: Int)] {
    [
      ("queue_us", queueNanoseconds), ("decode_us", decodeNanoseconds),
      ("kernel_us", kernelNanoseconds), ("encode_us", encodeNanoseconds),
    ].map { ($0.0, Int(min($0.1 / 1000, Self.largestMicroseconds))) }
  }

  /// The durations whose text is longest, for which a safetensors header makes room.
  static let longest = PhaseTiming(
    queueNanoseconds: .max, decodeNanoseconds: .max, kernelNanoseconds: .max,
    encodeNanoseconds: .max)
  private static let largestMicroseconds: UInt64 = 9_999_999_999
}
