/// A question about an image.
struct Question: Sendable {
  /// What is asked for.
  enum Kind: Int, Sendable, CaseIterable {
    /// The object that looks like this.
    case object
    /// The glyph that looks like this.
    case glyph
    /// What lies there.
    case place
    /// The image as a whole.
    case scene
  }

  let kind: Kind
  /// The words: an identity, a place, or nothing.
  let word: [Float]

  /// The token that names what is asked for, and the one whose final state counts.
  func tokens() -> [Float] {
    var rows = [Float](repeating: 0, count: 2 * Slot.width)
    let last = Slot.width
    rows[Slot.key] = 1
    rows[last + Slot.last] = 1
    rows[last + Slot.grating.lowerBound + kind.rawValue] = 1
    let slots = kind == .place ? Slot.place : Slot.identity
    let length = word.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for (slot, number) in zip(slots, word) { rows[slot] = 2 * number / max(length, 1e-6) }
    return rows
  }
}

/// Six causal layers over a first token, the visual tokens and a question.
struct Decoder: Sendable {
  static let layers = 6

  private var layers: [TransformerLayer]

  /// Weights set by hand and disturbed at random; what they do is in the documentation.
  init(seed: UInt64) {
    var source = SeededSource(seed: seed, purpose: 3)
    layers = (0..<Self.layers).map { _ in TransformerLayer(noise: 0.03, &source) }
    for number in layers.indices {
      DecoderWiring.wire(&layers[number], number: number)
      layers[number].disturb(head: DecoderWiring.rotaryHead, by: 0.1, &source)
      layers[number].rotaryHead = DecoderWiring.rotaryHead
    }
  }

  /// The final states of the last tokens, after the last norm: one row per question.
  ///
  /// The visual tokens come before every question, and a causal token never sees what follows, so
  /// they pass the layers once for all questions, each of which reads their cached keys and values.
  func lastTokens(_ visual: VisualTokens, _ questions: [Question]) -> [[Float]] {
    var rows = Self.first() + visual.tokens
    var positions = [0] + visual.positions.map { $0 + 1 }
    var present = Array(visual.positions.indices)
    var asked = questions.map { $0.tokens() }
    let start = Scene.side * Scene.side + 1
    for (number, layer) in layers.enumerated() {
      if let stage = visual.stages[number] {
        let kept = Set(stage)
        let chosen = [0] + present.indices.filter { kept.contains(present[$0]) }.map { $0 + 1 }
        rows = Rows.gather(rows, chosen, width: Slot.width)
        positions = chosen.map { positions[$0] }
        present = stage
      }
      var cache = AttentionCache(capacity: positions.count + 2)
      layer.run(&rows, positions: positions, cache: &cache) { row, before in before + row + 1 }
      for index in asked.indices {
        layer.run(&asked[index], positions: [start, start + 1], cache: &cache) { row, before in
          before + row + 1
        }
        cache.removeLast(2)
      }
    }
    return asked.map { Rows.normalized(Array($0.suffix(Slot.width)), width: Slot.width) }
  }

  /// The token that a sequence begins with, to which heads turn that find nothing.
  private static func first() -> [Float] {
    var row = [Float](repeating: 0, count: Slot.width)
    row[Slot.last] = -8
    return row
  }
}
