public import TensorCoding

/// Bounds on what one request may ask for, beside those on its bytes.
public struct MessageLimits: Sendable {
  /// Bounds on the body's JSON and safetensors parts.
  public var coding: CodingLimits
  /// The largest number of items in one batch.
  public var maximumItems: Int

  /// Makes limits.
  public init(coding: CodingLimits = CodingLimits(), maximumItems: Int = 4096) {
    self.coding = coding
    self.maximumItems = maximumItems
  }

  /// The largest number of decoder layers, and of stages; far above any model.
  static let maximumLayers = 4096
  /// The most stages of all items together: each of them has a place in the answer.
  static let maximumStages = 1 << 16
  /// The most tokens that the layouts of one request may have: they are short to write.
  static let maximumLaidOutTokens = 1 << 26
  /// The most rows that the later stages of one request may list.
  static let maximumStageRows = 1 << 24
  /// The largest size that a field may name; the method knows narrower bounds.
  static let maximumCount = Int(Int32.max)
}
