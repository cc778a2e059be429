internal import Tensors
public import TokenPruning
internal import VectorKernels

/// A small vision-language model with weights made from a seed, to test calibration end to end.
///
/// It is a real transformer — patch embedding, three encoder layers, six causal decoder layers over
/// visual tokens and a question — whose hidden states are computed with and without pruning. It
/// was not trained: `docs/reference-model.md` says what was set by hand and what it is no
/// evidence for.
public struct ReferenceModel: Sendable {
  /// The layers of the decoder.
  public static let layers = Decoder.layers
  /// The layers before which tokens are pruned, for a third of the layers each.
  public static let stageLayers = [2, 4]
  /// The width of a hidden state.
  public static let hidden = Slot.width

  private let encoder: VisionEncoder
  private let decoder: Decoder
  private let vocabulary: [Pattern]
  private let pruner = Pruner(kernels: .best)

  /// The weights of a seed.
  public init(seed: UInt64) {
    encoder = VisionEncoder(seed: seed)
    decoder = Decoder(seed: seed)
    var source = SeededSource(seed: seed, purpose: 4)
    vocabulary = Pattern.vocabulary(&source)
  }

  /// Draws images and questions, and encodes the images.
  ///
  /// - Parameters:
  ///   - count: How many images.
  ///   - questions: How many questions each.
  ///   - seed: What they are drawn from.
  /// - Returns: Images with their questions.
  /// - Throws: ``PruningError`` if the entropy of patches cannot be computed.
  public func samples(
    _ count: Int, questions: Int, seed: UInt64
  ) throws(PruningError) -> [ReferenceSample] {
    var samples: [ReferenceSample] = []
    for index in 0..<count {
      var source = SeededSource(seed: seed, purpose: 5 + UInt64(index))
      let scene = Scene(of: vocabulary, &source)
      samples.append(
        try ReferenceSample(
          name: "image-\(index)", scene: scene, encoder: encoder, decoder: decoder, pruner: pruner,
          questions: (0..<questions).map { _ in question(about: scene, &source) }))
    }
    return samples
  }

  /// A third of the questions name a glyph, a third an object, the rest a place or nothing.
  private func question(about scene: Scene, _ source: inout SeededSource) -> Question {
    let theme = source.index(below: 6)
    switch theme {
    case 0..<4:
      let named = theme < 2 ? scene.signs : scene.objects
      let thing = named[source.index(below: named.count)]
      return Question(
        kind: theme < 2 ? .glyph : .object, word: encoder.word(for: vocabulary[thing.word]))
    case 4:
      let token = source.index(below: Scene.side * Scene.side)
      return Question(kind: .place, word: Place.numbers(of: token))
    default:
      return Question(kind: .scene, word: [])
    }
  }

  /// The final states of each question's last token, after pruning here.
  ///
  /// - Parameters:
  ///   - sample: An image and its questions.
  ///   - strategy: How to prune.
  /// - Returns: One row of ``hidden`` numbers per question.
  /// - Throws: ``PruningError`` when the strategy is not valid.
  public func lastTokens(
    of sample: ReferenceSample, strategy: PruningStrategy
  ) throws(PruningError) -> [[Float]] {
    lastTokens(of: sample, seeing: try sample.pruned(by: strategy, pruner))
  }

  /// The final states of each question's last token, after pruning elsewhere.
  ///
  /// - Parameters:
  ///   - sample: An image and its questions.
  ///   - visual: What is left of the image.
  /// - Returns: One row of ``hidden`` numbers per question.
  public func lastTokens(of sample: ReferenceSample, seeing visual: VisualTokens) -> [[Float]] {
    decoder.lastTokens(visual, sample.questions)
  }

  /// How similar the final states are to those without pruning.
  ///
  /// - Parameters:
  ///   - strategy: How to prune.
  ///   - samples: Images and their questions.
  /// - Returns: One similarity per question, sample by sample.
  /// - Throws: ``PruningError`` when the strategy is not valid.
  public func similarities(
    of strategy: PruningStrategy, on samples: [ReferenceSample]
  ) throws(PruningError) -> [Double] {
    var similarities: [Double] = []
    for sample in samples {
      let full = try tensor(sample.baseline)
      let pruned = try tensor(lastTokens(of: sample, strategy: strategy))
      similarities += try pruner.discrepancy(full: full, pruned: pruned).similarity.map(Double.init)
    }
    return similarities
  }

  private func tensor(_ rows: [[Float]]) throws(PruningError) -> Tensor {
    try ReferenceSample.tensor(Array(rows.joined()), [rows.count, Self.hidden])
  }
}
