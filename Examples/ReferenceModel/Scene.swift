/// What is drawn on a thing: how strong each of four gratings is.
///
/// It is what questions name.
struct Pattern: Sendable {
  static let none = Pattern(strengths: [0, 0, 0, 0])

  let strengths: SIMD4<Float>

  /// The patterns that a model's world has; no two are alike.
  static func vocabulary(_ source: inout SeededSource) -> [Pattern] {
    // All mixtures of two strengths but the empty one, in an order that the seed decides.
    let mixtures = (1..<81).map { number in
      let digits = [number % 3, number / 3 % 3, number / 9 % 3, number / 27]
      return Pattern(strengths: SIMD4(digits.map { Float($0) * 0.08 }))
    }
    return source.choice(of: 24, from: mixtures.count).map { mixtures[$0] }
  }

  /// Brighter or darker than the colour, at a pixel.
  func light(x: Int, y: Int) -> Float {
    var light: Float = 0
    for (grating, sign) in Self.signs(x: x, y: y).enumerated() {
      light += strengths[grating] * sign
    }
    return light
  }

  /// The four gratings, 1 or -1 at each pixel; none has a mean or resembles another.
  static func signs(x: Int, y: Int) -> [Float] {
    [x % 2 == 0, y % 2 == 0, (x + y) % 2 == 0, (x + y) / 7 % 2 == 0].map { $0 ? 1 : -1 }
  }
}

/// What a thing or a piece of background looks like.
struct Surface: Sendable {
  let pattern: Pattern
  /// Red, green and blue from 0 to 1; what questions ask for.
  let colour: SIMD3<Float>
  /// How much each pixel differs at random.
  let grain: Float

  /// A pattern in any colour.
  init(_ pattern: Pattern, grain: ClosedRange<Float>, _ source: inout SeededSource) {
    self.pattern = pattern
    colour = SIMD3(source.share(), source.share(), source.share()) * 0.7 + 0.15
    self.grain = source.number(in: grain)
  }

  /// A pattern on grey.
  init(_ pattern: Pattern) {
    self.pattern = pattern
    colour = SIMD3(repeating: 0.5)
    grain = 0
  }

  /// A pixel, given a number from -1 to 1 that makes the grain.
  func pixel(x: Int, y: Int, grain noise: Float) -> [UInt8] {
    let light = pattern.light(x: x, y: y) + grain * noise
    return (0..<3).map { UInt8(min(max(colour[$0] + light, 0), 1) * 255) }
  }
}

/// What an image shows, in units of patches: two kinds of background, objects, and signs, which are
/// rows of glyphs of the size of a patch and stand for what text is to an encoder.
struct Scene: Sendable {
  /// A thing with a pattern of the vocabulary, an ellipse or a rectangle.
  struct Object: Sendable {
    let word: Int
    let surface: Surface
    let row: Float
    let column: Float
    let height: Float
    let width: Float
    let isRound: Bool

    func covers(row y: Float, column x: Float) -> Bool {
      let (down, across) = ((y - row) / height, (x - column) / width)
      return isRound ? down * down + across * across <= 1 : abs(down) <= 1 && abs(across) <= 1
    }
  }

  static let side = 24
  static let patchPixels = 14

  /// Above and below the horizon.
  let backgrounds: [Surface]
  let horizon: Float
  let slope: Float
  let objects: [Object]
  let signs: [Object]
  private let grainSeed: UInt64

  /// Draws a scene of four to seven objects, half a patch to three patches from centre to edge, and
  /// of two signs with four to nine glyphs each.
  init(of vocabulary: [Pattern], _ source: inout SeededSource) {
    // One background in three is a busy texture without any meaning.
    backgrounds = (0..<2).map { _ in
      source.index(below: 3) == 0
        ? Surface(.none, grain: 0.2...0.35, &source) : Surface(.none, grain: 0.01...0.08, &source)
    }
    let side = Float(Self.side)
    horizon = source.number(in: 0.25...0.75) * side
    slope = source.number(in: -0.3...0.3)
    objects = Self.objects(of: vocabulary, &source)
    signs = (0..<2).flatMap { _ in Self.sign(of: vocabulary, &source) }
    grainSeed = source.next()
  }

  private static func objects(
    of vocabulary: [Pattern], _ source: inout SeededSource
  ) -> [Object] {
    source.choice(of: 4 + source.index(below: 4), from: vocabulary.count).map { word in
      // Small objects are more frequent than large ones.
      let size = 0.5 + 2.5 * source.share() * source.share()
      return Object(
        word: word, surface: Surface(vocabulary[word], grain: 0...0.05, &source),
        row: source.number(in: 1...Float(side) - 1),
        column: source.number(in: 1...Float(side) - 1), height: size * source.number(in: 0.7...1.3),
        width: size * source.number(in: 0.7...1.3), isRound: source.index(below: 2) == 0)
    }
  }

  private static func sign(
    of vocabulary: [Pattern], _ source: inout SeededSource
  ) -> [Object] {
    let length = 4 + source.index(below: 6)
    let (row, column) = (source.index(below: side), source.index(below: side - length + 1))
    return source.choice(of: length, from: vocabulary.count).enumerated().map { index, word in
      Object(
        word: word, surface: Surface(vocabulary[word], grain: 0...0.05, &source),
        row: Float(row) + 0.5, column: Float(column + index) + 0.5, height: 0.5,
        width: 0.5, isRound: false)
    }
  }

  /// `[H,W,3]` pixels of 8 bits.
  func pixels() -> [UInt8] {
    let size = Self.side * Self.patchPixels
    var grain = SeededSource(seed: grainSeed, purpose: 1)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size * size * 3)
    for y in 0..<size {
      for x in 0..<size {
        let surface = surface(x: x, y: y)
        pixels += surface.pixel(x: x, y: y, grain: 2 * grain.share() - 1)
      }
    }
    return pixels
  }

  private func surface(x: Int, y: Int) -> Surface {
    let row = (Float(y) + 0.5) / Float(Self.patchPixels)
    let column = (Float(x) + 0.5) / Float(Self.patchPixels)
    // Later objects lie in front of earlier ones.
    for object in (objects + signs).reversed() where object.covers(row: row, column: column) {
      return object.surface
    }
    let border = horizon + slope * (column - Float(Self.side) / 2)
    return backgrounds[row < border ? 0 : 1]
  }
}
