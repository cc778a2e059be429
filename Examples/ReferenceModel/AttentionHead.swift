/// Four heads of twelve numbers each.
enum HeadShape {
  static let heads = 4
  static let width = 12
}

/// Softmax over one row of scores, with an exponential of its own: the same bits everywhere.
enum Softmax {
  /// Scores become weights that sum to 1; `count` of them, in a buffer of a multiple of 8.
  ///
  /// Safety: `scores` holds `count` rounded up to a multiple of 8 numbers.
  @unsafe
  static func apply(_ scores: UnsafeMutablePointer<Float>, count: Int) {
    let lanes = 8
    for index in count..<(count + lanes - 1) / lanes * lanes {
      unsafe scores[index] = -.infinity
    }
    var largest = SIMD8<Float>(repeating: -.infinity)
    for start in stride(from: 0, to: count, by: lanes) {
      largest = unsafe pointwiseMax(largest, load(scores + start))
    }
    let top = largest.max()
    var sum = SIMD8<Float>()
    for start in stride(from: 0, to: count, by: lanes) {
      let value = unsafe exponential(load(scores + start) - top)
      sum += value
      unsafe UnsafeMutableRawPointer(scores + start).storeBytes(of: value, as: SIMD8<Float>.self)
    }
    let factor = 1 / sum.sum()
    for index in 0..<count { unsafe scores[index] *= factor }
  }

  @unsafe
  private static func load(_ pointer: UnsafeMutablePointer<Float>) -> SIMD8<Float> {
    unsafe UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
  }

  /// e to the power of numbers that are not above 0, to about 1e-6.
  private static func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
    let bounded = pointwiseMax(x, SIMD8(repeating: -87)) * 1.442_695
    // Adding 1.5 * 2^23 rounds to a whole number, and leaves it in the low bits.
    let shifted = bounded + 12_582_912
    let whole = shifted - 12_582_912
    let part = (bounded - whole) * 0.693_147_2
    var power = SIMD8<Float>(repeating: 1 / 720)
    for factor: Float in [1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1] { power = power * part + factor }
    let exponent = SIMD8<Int32>(truncatingIfNeeded: SIMD8<Int32>(bits: shifted))
    let scale = SIMD8<Float>(bits: (exponent &- 0x4B40_0000 &+ 127) &<< 23)
    return power * scale
  }
}

extension SIMD8<Int32> {
  fileprivate init(bits: SIMD8<Float>) { self = unsafe unsafeBitCast(bits, to: SIMD8<Int32>.self) }
}

extension SIMD8<Float> {
  fileprivate init(bits: SIMD8<Int32>) { self = unsafe unsafeBitCast(bits, to: SIMD8<Float>.self) }
}

/// Keys and values of the tokens that later ones attend to: one layer's cache.
struct AttentionCache {
  /// How many tokens there are.
  private(set) var count = 0
  /// `[heads * width, capacity]`: one dimension of all keys lies together.
  private var keys: [Float]
  /// `[tokens, heads * width]`.
  private var values: [Float] = []
  private let capacity: Int

  /// Room for `capacity` tokens.
  init(capacity: Int) {
    self.capacity = (capacity + 7) / 8 * 8
    keys = [Float](repeating: 0, count: self.capacity * HeadShape.heads * HeadShape.width)
  }

  /// Adds tokens.
  mutating func append(keys rows: [Float], values: [Float]) {
    let width = HeadShape.heads * HeadShape.width
    for row in 0..<rows.count / width {
      for dimension in 0..<width {
        keys[dimension * capacity + count + row] = rows[row * width + dimension]
      }
    }
    self.values += values
    count += rows.count / width
  }

  /// Takes the last tokens away again.
  mutating func removeLast(_ tokens: Int) {
    count -= tokens
    values.removeLast(tokens * HeadShape.heads * HeadShape.width)
  }

  /// What one query reads from the first `visible` tokens, all heads side by side.
  ///
  /// - Parameters:
  ///   - query: `[heads * width]`.
  ///   - visible: How many tokens the query may see, at least 1.
  ///   - scratch: Room for the weights, as long as the capacity.
  ///   - note: Told the weights of each head, for those who want the attention itself.
  /// - Returns: `[heads * width]`.
  func read(
    _ query: ArraySlice<Float>, visible: Int, scratch: inout [Float],
    note: (_ head: Int, _ weights: [Float]) -> Void = { _, _ in }
  ) -> [Float] {
    var result = [Float](repeating: 0, count: HeadShape.heads * HeadShape.width)
    for head in 0..<HeadShape.heads {
      let first = head * HeadShape.width
      // Scores, keys and values are read within count and capacity, which visible never exceeds.
      unsafe scratch.withUnsafeMutableBufferPointer { scores in
        guard let scores = scores.baseAddress else { return }
        unsafe score(query, first, visible, into: scores)
        unsafe Softmax.apply(scores, count: visible)
        unsafe sum(scores, first, visible, into: &result)
      }
      note(head, scratch)
    }
    return result
  }

  @unsafe
  private func score(
    _ query: ArraySlice<Float>, _ first: Int, _ visible: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    let scale = 1 / Float(HeadShape.width).squareRoot()
    unsafe keys.withUnsafeBufferPointer { keys in
      guard let keys = keys.baseAddress else { return }
      for start in stride(from: 0, to: visible, by: 8) {
        var sum = SIMD8<Float>()
        for dimension in first..<first + HeadShape.width {
          // The capacity is a multiple of 8, so a block never leaves its dimension.
          let key = unsafe UnsafeRawPointer(keys + dimension * capacity + start)
            .loadUnaligned(as: SIMD8<Float>.self)
          sum += key * (query[query.startIndex + dimension] * scale)
        }
        unsafe UnsafeMutableRawPointer(scores + start).storeBytes(of: sum, as: SIMD8<Float>.self)
      }
    }
  }

  @unsafe
  private func sum(
    _ weights: UnsafeMutablePointer<Float>, _ first: Int, _ visible: Int,
    into result: inout [Float]
  ) {
    let width = HeadShape.heads * HeadShape.width
    var sums = (SIMD4<Float>(), SIMD4<Float>(), SIMD4<Float>())
    unsafe values.withUnsafeBufferPointer { values in
      guard let values = values.baseAddress else { return }
      for token in 0..<visible {
        // A head's twelve values lie inside the token's row.
        let row = unsafe UnsafeRawPointer(values + token * width + first)
        let weight = unsafe weights[token]
        sums.0 += unsafe row.loadUnaligned(as: SIMD4<Float>.self) * weight
        sums.1 += unsafe row.loadUnaligned(fromByteOffset: 16, as: SIMD4<Float>.self) * weight
        sums.2 += unsafe row.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self) * weight
      }
    }
    for lane in 0..<4 {
      result[first + lane] = sums.0[lane]
      result[first + 4 + lane] = sums.1[lane]
      result[first + 8 + lane] = sums.2[lane]
    }
  }
}
