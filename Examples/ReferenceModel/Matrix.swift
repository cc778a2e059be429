/// Weights of a linear map, `[inputs,outputs]`, with a number of outputs that is a multiple of 16.
struct Matrix: Sendable {
  let inputs: Int
  let outputs: Int
  private var weights: [Float]

  /// A map to nothing, disturbed by `noise`.
  init(inputs: Int, outputs: Int, noise: Float = 0, _ source: inout SeededSource) {
    precondition(outputs % 16 == 0, "rows are read 16 numbers at a time")
    self.inputs = inputs
    self.outputs = outputs
    weights = (0..<inputs * outputs).map { _ in noise == 0 ? 0 : noise * source.normal() }
  }

  subscript(input: Int, output: Int) -> Float {
    get { weights[input * outputs + output] }
    set { weights[input * outputs + output] = newValue }
  }

  /// Rows `[n,inputs]` times the weights.
  func callAsFunction(_ rows: [Float]) -> [Float] {
    let count = rows.count / inputs
    return unsafe [Float](unsafeUninitializedCapacity: count * outputs) { buffer, initialized in
      // Both buffers hold whole rows of the sizes above, and weights all of inputs * outputs.
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe weights.withUnsafeBufferPointer { weights in
          guard let rows = rows.baseAddress, let weights = weights.baseAddress,
            let result = buffer.baseAddress
          else { return }
          for row in 0..<count {
            unsafe multiply(rows + row * inputs, weights, into: result + row * outputs)
          }
        }
      }
      initialized = count * outputs
    }
  }

  /// One row; sixteen outputs at a time stay in registers.
  @unsafe
  private func multiply(
    _ row: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>
  ) {
    for block in stride(from: 0, to: outputs, by: 16) {
      var sum = SIMD16<Float>()
      for input in 0..<inputs {
        // 16 numbers from `block` on are inside a row, as outputs is a multiple of 16.
        let weight = unsafe UnsafeRawPointer(weights + input * outputs + block)
          .loadUnaligned(as: SIMD16<Float>.self)
        sum += unsafe weight * row[input]
      }
      unsafe UnsafeMutableRawPointer(result + block).storeBytes(of: sum, as: SIMD16<Float>.self)
    }
  }
}

/// Rows of one width, as a network passes them on.
enum Rows {
  /// Each row divided by its root mean square.
  static func normalized(_ rows: [Float], width: Int) -> [Float] {
    var result = rows
    for start in stride(from: 0, to: rows.count, by: width) {
      var sum: Float = 0
      for index in start..<start + width { sum += rows[index] * rows[index] }
      let factor = 1 / (sum / Float(width) + 1e-6).squareRoot()
      for index in start..<start + width { result[index] *= factor }
    }
    return result
  }

  /// Adds rows of the same shape.
  static func add(_ rows: [Float], to sum: inout [Float]) {
    for index in sum.indices { sum[index] += rows[index] }
  }

  /// Chosen rows, in the order given.
  static func gather(_ rows: [Float], _ chosen: [Int], width: Int) -> [Float] {
    chosen.flatMap { rows[$0 * width..<($0 + 1) * width] }
  }
}
