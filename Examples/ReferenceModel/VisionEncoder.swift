/// Patches to tokens, by three transformer layers; the last one's attention says what matters.
struct VisionEncoder: Sendable {
  /// What the encoder makes of an image.
  struct Encoding: Sendable {
    /// `[tokens,width]`.
    let tokens: [Float]
    /// `[tokens,tokens]`, the mean of the last layer's heads; row = query.
    let attention: [Float]
  }

  private var embedding: Matrix
  private var layers: [TransformerLayer]
  private static let patch = Scene.patchPixels * Scene.patchPixels

  /// Weights set by hand and disturbed at random; what they do is in the documentation.
  init(seed: UInt64) {
    var source = SeededSource(seed: seed, purpose: 2)
    embedding = Matrix(
      inputs: 3 * Self.patch, outputs: Slot.width, noise: 0.0005, &source)
    layers = (0..<3).map { _ in TransformerLayer(noise: 0.02, &source) }
    embedColours()
    embedGratings()
    EncoderWiring.surroundings(&layers[0])
    EncoderWiring.contents(&layers[1], &source)
    EncoderWiring.attention(&layers[2])
  }

  /// Encodes pixels `[H,W,3]` of a scene's size.
  func encode(_ pixels: [UInt8]) -> Encoding {
    let count = Scene.side * Scene.side
    var rows = embedding(Self.patches(of: pixels))
    for token in 0..<count { Self.place(token, in: &rows) }
    var mean = [Float](repeating: 0, count: count * count)
    for (number, layer) in layers.enumerated() {
      var cache = AttentionCache(capacity: count)
      let isLast = number == layers.count - 1
      layer.run(
        &rows, positions: Array(0..<count), cache: &cache,
        visible: { _, before in before + count },
        note: { row, _, weights in
          guard isLast else { return }
          for index in 0..<count {
            mean[row * count + index] += weights[index] / Float(HeadShape.heads)
          }
        })
    }
    return Encoding(tokens: rows, attention: mean)
  }

  /// What a grey patch of a pattern is identified as: the word for that pattern.
  func word(for pattern: Pattern) -> [Float] {
    let surface = Surface(pattern)
    var pixels: [UInt8] = []
    for y in 0..<Scene.patchPixels {
      for x in 0..<Scene.patchPixels { pixels += surface.pixel(x: x, y: y, grain: 0) }
    }
    var row = embedding(Self.floats(pixels))
    row[Slot.one] = 1
    for layer in layers.prefix(2) {
      var cache = AttentionCache(capacity: 1)
      layer.run(&row, positions: [0], cache: &cache, visible: { _, _ in 1 })
    }
    return Array(row[Slot.identity])
  }

  // MARK: Patches

  private static func floats(_ pixels: [UInt8]) -> [Float] {
    pixels.map { Float($0) / 127.5 - 1 }
  }

  private static func patches(of pixels: [UInt8]) -> [Float] {
    let (side, patch) = (Scene.side, Scene.patchPixels)
    var patches: [UInt8] = []
    patches.reserveCapacity(pixels.count)
    for row in 0..<side {
      for column in 0..<side {
        for y in 0..<patch {
          let start = ((row * patch + y) * side * patch + column * patch) * 3
          patches += pixels[start..<start + 3 * patch]
        }
      }
    }
    return floats(patches)
  }

  private mutating func embedColours() {
    let share = 1 / Float(Self.patch)
    for pixel in 0..<Self.patch {
      let (red, green, blue) = (3 * pixel, 3 * pixel + 1, 3 * pixel + 2)
      for channel in [red, green, blue] {
        embedding[channel, Slot.colour.lowerBound] += share / 1.5
      }
      embedding[red, Slot.colour.lowerBound + 1] += share
      embedding[green, Slot.colour.lowerBound + 1] -= share
      embedding[blue, Slot.colour.lowerBound + 2] += share
      embedding[red, Slot.colour.lowerBound + 2] -= share / 2
      embedding[green, Slot.colour.lowerBound + 2] -= share / 2
    }
  }

  private mutating func embedGratings() {
    for y in 0..<Scene.patchPixels {
      for x in 0..<Scene.patchPixels {
        for (grating, sign) in Pattern.signs(x: x, y: y).enumerated() {
          for channel in 0..<3 {
            let pixel = 3 * (y * Scene.patchPixels + x) + channel
            embedding[pixel, Slot.grating.lowerBound + grating] +=
              sign / Float(Self.patch)
          }
        }
      }
    }
  }

  /// Adds what is the same in every image: 1, and where the token lies.
  private static func place(_ token: Int, in rows: inout [Float]) {
    let first = token * Slot.width
    rows[first + Slot.one] += 1
    for (index, number) in Place.numbers(of: token).enumerated() {
      rows[first + Slot.place.lowerBound + index] += number
    }
  }
}

/// Row and column as sines and cosines of two wave lengths, 48 and 12 patches.
enum Place {
  private static let steps: [(Float, Float)] = [(0.991_444_9, 0.130_526_2), (0.866_025_4, 0.5)]

  /// The eight numbers of a token's place.
  static func numbers(of token: Int) -> [Float] {
    [token / Scene.side, token % Scene.side].flatMap { coordinate in
      steps.flatMap { step in
        let (cosine, sine) = Rotary.angle(step, times: coordinate)
        return [cosine, sine]
      }
    }
  }
}
