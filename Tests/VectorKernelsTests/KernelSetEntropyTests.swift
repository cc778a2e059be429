import TestSupport
import Testing

@testable import VectorKernels

@Suite struct KernelSetEntropyTests {
  @Test(arguments: [1, 2, 4, 8, 16, 64, 196])
  func `measures a patch of equally frequent levels`(levels: Int) {
    let image = Image(height: 14, width: 14) { y, x, _ in UInt8((y * 14 + x) % levels) }
    // 196 pixels share the levels as evenly as they can: 196 % levels of them get one more.
    let (share, rest) = (196 / levels, 196 % levels)
    let expected = -Double(levels - rest) * bits(share) - Double(rest) * bits(share + 1)
    for channelsLast in [false, true] {
      let entropy = image.entropies(patch: 14, channelsLast: channelsLast)
      expectClose(entropy, [expected], relative: 1e-7, absolute: 1e-11)
    }
  }

  private func bits(_ count: Int) -> Double {
    let share = Double(count) / 196
    return share * logarithm(share)
  }

  @Test(arguments: [1, 2, 3, 13, 14, 16, 31], [false, true])
  func `ignores pixels outside of whole patches`(patch: Int, channelsLast: Bool) {
    var generator = SeededGenerator(seed: 61)
    let (height, width) = (patch * 2 + patch / 2, patch * 3 + (patch - 1) % 7)
    let image = Image(height: height, width: width) { _, _, _ in
      UInt8.random(in: 0...15, using: &generator)
    }
    let expected = image.referenceEntropies(patch: patch)
    let entropies = image.entropies(patch: patch, channelsLast: channelsLast)
    expectClose(entropies, expected, relative: 1e-6, absolute: 1e-9)
  }

  @Test func `rounds the mean of every colour as the definition says`() {
    // 766 sums cover all 2^24 colours: a grey level depends on R + G + B only.
    for sum in 0...765 {
      let red = min(sum, 255)
      let green = min(sum - red, 255)
      let blue = sum - red - green
      let level = (sum + 1) / 3
      // Two pixels of the sum and of its own grey level: equal levels have no entropy.
      let image = Image(height: 1, width: 2) { _, x, channel in
        x == 1 ? UInt8(level) : UInt8([red, green, blue][channel])
      }
      let flat = Image(height: 2, width: 2) { y, _, channel in
        y == 0 ? UInt8([red, green, blue][channel]) : UInt8(level)
      }
      #expect(image.entropies(patch: 1, channelsLast: true) == [0, 0])
      #expect(flat.entropies(patch: 2, channelsLast: true) == [0])
      #expect(flat.entropies(patch: 2, channelsLast: false) == [0])
    }
  }

  @Test func `gives nothing for no patches`() {
    let image = Image(height: 3, width: 3) { _, _, _ in 0 }
    #expect(image.entropies(patch: 14, channelsLast: true).isEmpty)
  }
}

/// log2 in binary64 by repeated squaring.
func logarithm(_ x: Double) -> Double {
  var result = Double(x.exponent)
  var mantissa = x.significand
  var unit = 0.5
  for _ in 0..<52 {
    mantissa *= mantissa
    if mantissa >= 2 {
      mantissa /= 2
      result += unit
    }
    unit /= 2
  }
  return result
}

/// A small RGB image.
struct Image {
  let height: Int
  let width: Int
  private let interleaved: [UInt8]

  init(height: Int, width: Int, _ value: (Int, Int, Int) -> UInt8) {
    self.height = height
    self.width = width
    var bytes: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 { bytes.append(value(y, x, channel)) }
      }
    }
    interleaved = bytes
  }

  func bytes(channelsLast: Bool) -> [UInt8] {
    guard !channelsLast else { return interleaved }
    return (0..<3).flatMap { channel in
      (0..<height * width).map { interleaved[$0 * 3 + channel] }
    }
  }

  func entropies(patch: Int, channelsLast: Bool) -> [Float] {
    let (rows, columns) = (height / patch, width / patch)
    // One byte in front: no row starts where a vector would like it to.
    let bytes = [0] + bytes(channelsLast: channelsLast)
    return sameOnEverySet(count: rows * columns) { set, bits in
      // Any byte of the array may be read.
      set.patchEntropies(
        pixels: unsafe bytes.span.bytes.extracting(1..<bytes.count), height: height, width: width,
        channelsLast: channelsLast, patch: patch, rows: rows, columns: columns, into: &bits)
    }
  }

  func referenceEntropies(patch: Int) -> [Double] {
    var entropies: [Double] = []
    for row in 0..<height / patch {
      for column in 0..<width / patch {
        var counts: [Int: Double] = [:]
        for pixel in 0..<patch * patch {
          let (y, x) = (row * patch + pixel / patch, column * patch + pixel % patch)
          let at = (y * width + x) * 3
          let sum = (0..<3).reduce(0) { $0 + Int(interleaved[at + $1]) }
          counts[(sum + 1) / 3, default: 0] += 1
        }
        let area = Double(patch * patch)
        entropies.append(
          counts.values.sorted().reduce(0) { $0 - $1 / area * logarithm($1 / area) })
      }
    }
    return entropies
  }
}
