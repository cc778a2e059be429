internal import Tensors
public import TokenPruning

/// An image, encoded, and the questions about it.
public struct ReferenceSample: Sendable {
  /// What the sample is called.
  public let name: String
  /// What pruning sees: tokens, the encoder's attention, and the entropy of the patches.
  public let input: PruningInput
  /// The visual tokens without pruning.
  public let visual: VisualTokens
  /// The final states of the last tokens without pruning, one row per question.
  public let baseline: [[Float]]
  let questions: [Question]

  init(
    name: String, scene: Scene, encoder: VisionEncoder, decoder: Decoder, pruner: Pruner,
    questions: [Question]
  ) throws(PruningError) {
    self.name = name
    self.questions = questions
    let pixels = scene.pixels()
    let encoding = encoder.encode(pixels)
    let (side, count) = (Scene.side, Scene.side * Scene.side)
    let layout = TokenLayout.grid(rows: side, columns: side, clsTokens: 0)
    let size = side * Scene.patchPixels
    let entropy = try pruner.patchEntropy(
      of: Self.tensor(pixels, [size, size, 3]), layout: layout)
    input = PruningInput(
      layout: layout,
      importance: .attention(try Self.tensor(encoding.attention, [count, count])),
      tokens: try Self.tensor(encoding.tokens, [count, Slot.width]),
      entropy: try Self.tensor(entropy, [count]))
    visual = VisualTokens(
      tokens: encoding.tokens, positions: Array(0..<count), stages: [:])
    baseline = decoder.lastTokens(visual, questions)
  }

  /// What the decoder sees after pruning by the library.
  func pruned(
    by strategy: PruningStrategy, _ pruner: Pruner
  ) throws(PruningError) -> VisualTokens {
    let selection = try pruner.select(input, strategy: strategy)
    var tokens = [Float](repeating: 0, count: selection.count * Slot.width)
    var span = tokens.mutableSpan
    // All bytes of floats are initialised, and any bytes are floats.
    var bytes = unsafe span.mutableBytes
    try pruner.gather(selection, from: input, into: &bytes)
    return VisualTokens(tokens: tokens, selection)
  }

  static func tensor(_ values: [Float], _ shape: [Int]) throws(PruningError) -> Tensor {
    do { return try Tensor(values, shape: Shape(checking: shape)) } catch {
      preconditionFailure("the shape is that of the values")
    }
  }

  static func tensor(_ values: [UInt8], _ shape: [Int]) throws(PruningError) -> Tensor {
    let storage = TensorStorage(byteCount: values.count) { bytes in
      for index in values.indices {
        bytes.storeBytes(of: values[index], toByteOffset: index, as: UInt8.self)
      }
    }
    do {
      return try Tensor(dtype: .uint8, shape: Shape(checking: shape), storage: storage)
    } catch {
      preconditionFailure("the shape is that of the values")
    }
  }
}
