/// How much may come out of coded content, looked at while it comes.
public struct InflationLimits: Sendable, Equatable {
  /// The most bytes that may come out.
  public var maximumBytes: Int
  /// The most bytes that may come out for each byte that went in; deflate can reach 1032.
  public var maximumRatio: Int

  /// Puts limits together.
  public init(maximumBytes: Int, maximumRatio: Int) {
    self.maximumBytes = maximumBytes
    self.maximumRatio = maximumRatio
  }

  /// So many bytes are in proportion to anything: short content is repetitive without malice.
  public static let bytesWithoutRatio = 1 << 20

  /// The most bytes that may have come out when `consumed` bytes have gone in.
  public func allowance(consumed: Int) -> Int { min(maximumBytes, proportion(to: consumed)) }

  func proportion(to consumed: Int) -> Int {
    let (product, overflow) = consumed.multipliedReportingOverflow(by: maximumRatio)
    return overflow ? .max : max(product, Self.bytesWithoutRatio)
  }
}
