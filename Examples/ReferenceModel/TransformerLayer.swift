/// One layer: normalisation, four heads, normalisation, a rectified hidden layer, both added.
struct TransformerLayer: Sendable {
  var query: Matrix
  var key: Matrix
  var value: Matrix
  var output: Matrix
  var hidden: Matrix
  var fold: Matrix
  /// The head whose queries and keys turn with the token's position; none in the encoder.
  var rotaryHead: Int?

  /// A layer of noise alone.
  init(noise: Float, _ source: inout SeededSource) {
    func matrix(_ noise: Float) -> Matrix {
      Matrix(inputs: Slot.width, outputs: Slot.width, noise: noise, &source)
    }
    query = matrix(noise)
    key = matrix(noise)
    value = matrix(noise)
    output = matrix(noise)
    hidden = matrix(noise)
    fold = matrix(noise)
  }

  /// Sets one head by hand, on top of the noise.
  ///
  /// - Parameters:
  ///   - head: Which one.
  ///   - matches: Pairs of slots that are compared, each as one dimension, and how strongly.
  ///   - moves: Pairs of slots, from the token attended to into the one that attends.
  mutating func wire(
    head: Int, matching matches: [(query: Int, key: Int, gain: Float)],
    moving moves: [(from: Int, to: Int, gain: Float)]
  ) {
    precondition(matches.count <= HeadShape.width && moves.count <= HeadShape.width, "dimensions")
    let first = head * HeadShape.width
    for (dimension, match) in matches.enumerated() {
      query[match.query, first + dimension] += match.gain
      key[match.key, first + dimension] += 1
    }
    for (dimension, move) in moves.enumerated() {
      value[move.from, first + dimension] += 1
      output[first + dimension, move.to] += move.gain
    }
  }

  /// Adds noise to one head.
  mutating func disturb(head: Int, by noise: Float, _ source: inout SeededSource) {
    for dimension in head * HeadShape.width..<(head + 1) * HeadShape.width {
      for slot in 0..<Slot.width {
        query[slot, dimension] += 4 * noise * source.normal()
        key[slot, dimension] += 4 * noise * source.normal()
        value[slot, dimension] += noise * source.normal()
        output[dimension, slot] += noise * source.normal()
      }
    }
  }

  /// Attends from `rows` to what `cache` holds already and to themselves, then mixes each row.
  ///
  /// - Parameters:
  ///   - rows: `[n,width]`, replaced by the layer's result.
  ///   - positions: One per row.
  ///   - cache: What the rows may see; they are appended.
  ///   - visible: How many tokens row `i` sees, given how many there were before.
  ///   - note: Told each row's weights by head.
  func run(
    _ rows: inout [Float], positions: [Int], cache: inout AttentionCache,
    visible: (_ row: Int, _ before: Int) -> Int,
    note: (_ row: Int, _ head: Int, _ weights: [Float]) -> Void = { _, _, _ in }
  ) {
    let normalized = Rows.normalized(rows, width: Slot.width)
    var queries = query(normalized)
    var keys = key(normalized)
    if let rotaryHead {
      Rotary.turn(&queries, positions, head: rotaryHead)
      Rotary.turn(&keys, positions, head: rotaryHead)
    }
    let before = cache.count
    cache.append(keys: keys, values: value(normalized))
    var scratch = [Float](repeating: 0, count: (cache.count + 7) / 8 * 8)
    var read: [Float] = []
    read.reserveCapacity(rows.count)
    for row in positions.indices {
      read += cache.read(
        queries[row * Slot.width..<(row + 1) * Slot.width], visible: visible(row, before),
        scratch: &scratch
      ) { note(row, $0, $1) }
    }
    Rows.add(output(read), to: &rows)
    mix(&rows)
  }

  private func mix(_ rows: inout [Float]) {
    var inner = hidden(Rows.normalized(rows, width: Slot.width))
    for index in inner.indices { inner[index] = max(inner[index], 0) }
    Rows.add(fold(inner), to: &rows)
  }
}

/// Position by rotation.
///
/// After Su et al. (2021), without a sine: angles are reached by turning again.
enum Rotary {
  /// Cosine and sine of 1, 1/4, 1/16, 1/64, 1/256 and 1/1024.
  private static let steps: [(Float, Float)] = [
    (0.540_302_3, 0.841_471), (0.968_912_4, 0.247_404), (0.998_047_5, 0.062_459_3),
    (0.999_877_9, 0.015_624_4), (0.999_992_4, 0.003_906_24), (0.999_999_5, 0.000_976_562),
  ]

  /// Cosine and sine of `times` steps.
  static func angle(_ step: (Float, Float), times: Int) -> (Float, Float) {
    var (result, power, rest) = ((Float(1), Float(0)), step, times)
    while rest > 0 {
      if rest & 1 == 1 { result = product(result, power) }
      power = product(power, power)
      rest >>= 1
    }
    return result
  }

  private static func product(_ a: (Float, Float), _ b: (Float, Float)) -> (Float, Float) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
  }

  /// Turns pairs of numbers of one head by each row's position.
  static func turn(_ rows: inout [Float], _ positions: [Int], head: Int) {
    for (row, position) in positions.enumerated() {
      for (pair, step) in steps.enumerated() {
        let (cosine, sine) = angle(step, times: position)
        let first = row * Slot.width + head * HeadShape.width + 2 * pair
        let (x, y) = (rows[first], rows[first + 1])
        rows[first] = x * cosine - y * sine
        rows[first + 1] = x * sine + y * cosine
      }
    }
  }
}
