import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct TensorChecksTests {
  private struct Fault: CustomTestStringConvertible {
    let name: String
    let code: PruningError.Code
    var tensor: TensorName?
    var field: PruningField?
    var index: Int?
    var weight = 0.0
    let input: @Sendable () throws -> PruningInput
    var testDescription: String { name }
  }

  private static let importance: @Sendable () throws -> ImportanceSource = {
    .importance(try randomTensor([4], seed: 1))
  }

  private static let video = TokenLayout.frames(FramesLayout(frames: 2, rows: 2, columns: 2))

  private static func input(
    _ source: ImportanceSource? = nil, layout: TokenLayout = .inferred(tokens: 4),
    tokens: Tensor? = nil, newline: Tensor? = nil, entropy: Tensor? = nil,
    pixels: Tensor? = nil, patchPixels: Int? = nil
  ) throws -> PruningInput {
    PruningInput(
      layout: layout, importance: try source ?? importance(), tokens: tokens, newline: newline,
      entropy: entropy, pixels: pixels, patchPixels: patchPixels)
  }

  private static func tensor(_ dimensions: [Int], _ dtype: DType = .float32) throws -> Tensor {
    try randomTensor(dimensions, seed: 7, dtype: dtype)
  }

  /// Zeros but for one value.
  private static func tensor(
    _ dimensions: [Int], _ value: Float, at index: Int
  ) throws -> Tensor {
    let shape = try Shape(checking: dimensions)
    var values = [Float](repeating: 0, count: shape.elementCount)
    values[index] = value
    return try Tensor(values, shape: shape)
  }

  private static let shapes: [Fault] = [
    Fault(name: "importance too long", code: .shapeMismatch, tensor: .importance) {
      try input(.importance(tensor([5])))
    },
    Fault(name: "tokens without width", code: .shapeMismatch, tensor: .tokens) {
      try input(tokens: tensor([4, 0]))
    },
    Fault(name: "importance of rank 2", code: .shapeMismatch, tensor: .importance) {
      try input(.importance(tensor([1, 4])))
    },
    Fault(name: "attention not square", code: .shapeMismatch, tensor: .attention) {
      try input(.attention(tensor([2, 4, 5])))
    },
    Fault(name: "attention without heads", code: .shapeMismatch, tensor: .attention) {
      try input(.attention(tensor([0, 4, 4])))
    },
    Fault(name: "attention of a scalar", code: .shapeMismatch, tensor: .attention) {
      try input(.attention(tensor([])))
    },
    Fault(name: "attention without [CLS]", code: .shapeMismatch, tensor: .attention) {
      try input(.attention(tensor([4, 4])), layout: .grid(rows: 2, columns: 2, clsTokens: 1))
    },
    Fault(name: "key unlike query", code: .shapeMismatch, tensor: .key) {
      try input(.queryKey(query: tensor([2, 4, 3]), key: tensor([2, 4, 4])))
    },
    Fault(name: "query without width", code: .shapeMismatch, tensor: .query) {
      try input(.queryKey(query: tensor([2, 4, 0]), key: tensor([2, 4, 0])))
    },
    Fault(name: "received attention of no frames", code: .shapeMismatch, tensor: .receivedAttention)
    {
      try input(.receivedAttention(tensor([8])), layout: video)
    },
    Fault(name: "entropy too short", code: .shapeMismatch, tensor: .entropy) {
      try input(entropy: tensor([3]))
    },
    Fault(name: "tokens too few", code: .shapeMismatch, tensor: .tokens) {
      try input(tokens: tensor([3, 2]))
    },
    Fault(name: "tokens without width", code: .shapeMismatch, tensor: .tokens) {
      try input(tokens: tensor([4, 0]))
    },
    Fault(name: "newline too wide", code: .shapeMismatch, tensor: .newline) {
      try input(
        .importance(tensor([2, 4])), layout: video, tokens: tensor([2, 4, 3]),
        newline: tensor([4]))
    },
    Fault(name: "pixels without channels", code: .shapeMismatch, tensor: .pixels) {
      try input(pixels: randomPixels([8, 8, 4], seed: 1))
    },
    Fault(name: "pixels of rank 1", code: .shapeMismatch, tensor: .pixels) {
      try input(pixels: randomPixels([3], seed: 1))
    },
    Fault(name: "fewer pixels than tokens", code: .shapeMismatch, tensor: .pixels) {
      try input(pixels: randomPixels([1, 8, 3], seed: 1))
    },
  ]

  private static let dtypes: [Fault] = [
    Fault(name: "pixels of F32", code: .unsupportedDType, tensor: .pixels) {
      try input(pixels: tensor([8, 8, 3]))
    },
    Fault(name: "importance of U8", code: .unsupportedDType, tensor: .importance) {
      try input(.importance(randomPixels([4], seed: 1)))
    },
    Fault(name: "attention of U8", code: .unsupportedDType, tensor: .attention) {
      try input(.attention(randomPixels([4, 4], seed: 1)))
    },
    Fault(name: "tokens of U8", code: .unsupportedDType, tensor: .tokens) {
      try input(tokens: randomPixels([4, 4], seed: 1))
    },
    Fault(name: "newline unlike tokens", code: .unsupportedDType, tensor: .newline) {
      try input(
        .importance(tensor([2, 4])), layout: video, tokens: tensor([2, 4, 3]),
        newline: tensor([3], .float16))
    },
    Fault(name: "key unlike query", code: .unsupportedDType, tensor: .key) {
      try input(.queryKey(query: tensor([2, 4, 3]), key: tensor([2, 4, 3], .bfloat16)))
    },
  ]

  private static let values: [Fault] = [
    Fault(name: "NaN in importance", code: .nonFiniteValue, tensor: .importance, index: 2) {
      try input(.importance(tensor([4], .nan, at: 2)))
    },
    Fault(name: "infinity in attention", code: .nonFiniteValue, tensor: .attention, index: 21) {
      try input(.attention(tensor([2, 4, 4], .infinity, at: 21)))
    },
    Fault(name: "NaN in a later tile", code: .nonFiniteValue, tensor: .attention, index: 30) {
      try input(.attention(tensor([2, 4, 4], .nan, at: 30)), layout: video)
    },
    Fault(name: "NaN in [CLS]", code: .nonFiniteValue, tensor: .attention, index: 5) {
      try input(
        .attention(tensor([5, 5], .nan, at: 5)), layout: .grid(rows: 2, columns: 2, clsTokens: 1))
    },
    Fault(name: "minus infinity in key", code: .nonFiniteValue, tensor: .key, index: 7) {
      try input(.queryKey(query: tensor([2, 4, 3]), key: tensor([2, 4, 3], -.infinity, at: 7)))
    },
    Fault(name: "NaN in query", code: .nonFiniteValue, tensor: .query, index: 0) {
      try input(.queryKey(query: tensor([2, 4, 3], .nan, at: 0), key: tensor([2, 4, 3])))
    },
    Fault(name: "NaN in received", code: .nonFiniteValue, tensor: .receivedAttention, index: 3) {
      try input(.receivedAttention(tensor([4], .nan, at: 3)))
    },
    Fault(name: "NaN in entropy without weight", code: .nonFiniteValue, tensor: .entropy, index: 1)
    {
      try input(entropy: tensor([4], .nan, at: 1))
    },
    Fault(name: "NaN in tokens", code: .nonFiniteValue, tensor: .tokens, index: 7) {
      try input(tokens: tensor([4, 2], .nan, at: 7))
    },
    Fault(name: "NaN in newline", code: .nonFiniteValue, tensor: .newline, index: 1) {
      try input(
        .importance(tensor([2, 4])), layout: video, tokens: tensor([2, 4, 3]),
        newline: tensor([3], .nan, at: 1))
    },
    Fault(name: "products that overflow", code: .nonFiniteValue, tensor: .query) {
      try input(
        .queryKey(
          query: tensor([1, 4, 1], 3e38, at: 1), key: tensor([1, 4, 1], 3e38, at: 2)))
    },
  ]

  private static let combinations: [Fault] = [
    Fault(name: "newline without tokens", code: .missingTensor, tensor: .tokens) {
      try input(.importance(tensor([2, 4])), layout: video, newline: tensor([3]))
    },
    Fault(name: "tokens without newline", code: .missingTensor, tensor: .newline) {
      try input(.importance(tensor([2, 4])), layout: video, tokens: tensor([2, 4, 3]))
    },
    Fault(name: "newline of a grid", code: .conflictingTensors, tensor: .newline) {
      try input(tokens: tensor([4, 2]), newline: tensor([2]))
    },
    Fault(name: "entropy and pixels", code: .conflictingTensors, tensor: .pixels) {
      try input(entropy: tensor([4]), pixels: randomPixels([8, 8, 3], seed: 1))
    },
    Fault(name: "no entropy", code: .missingTensor, tensor: .entropy, weight: 0.5) {
      try input(.receivedAttention(tensor([4])))
    },
    Fault(
      name: "weight with a finished map", code: .valueOutOfRange, field: .entropyWeight,
      weight: 0.5
    ) { try input(entropy: tensor([4])) },
    Fault(
      name: "weight that overflows", code: .valueOutOfRange, field: .entropyWeight, weight: 1e300
    ) { try input(.receivedAttention(tensor([4])), entropy: tensor([4])) },
    Fault(name: "patches of another size", code: .valueOutOfRange, field: .patchPixels) {
      try input(pixels: randomPixels([9, 8, 3], seed: 1), patchPixels: 5)
    },
  ]

  @Test(arguments: shapes + dtypes + values + combinations)
  private func `refuses a tensor and names it`(fault: Fault) throws {
    let strategy = PruningStrategy(
      globalThreshold: 1, entropyWeight: fault.weight,
      stages: [PruningStage(layer: 0, retainRatio: 1)])
    let input = try fault.input()
    let error = #expect(throws: PruningError.self) {
      try Pruner(kernels: .best).select(input, strategy: strategy)
    }
    #expect(error?.code == fault.code)
    #expect(error?.tensor == fault.tensor)
    #expect(error?.field == fault.field)
    #expect(error?.index == fault.index)
  }

  @Test func `attention needs a threshold`() throws {
    let error = #expect(throws: PruningError.self) {
      try Pruner(kernels: .best).importance(
        of: Self.input(.attention(Self.tensor([4, 4]))), strategy: PruningStrategy(stages: []))
    }
    #expect(error?.code == .missingValue && error?.field == .globalThreshold)
  }

  @Test(arguments: [0, TensorChecks.elementsAtOnce - 1, TensorChecks.elementsAtOnce + 5])
  func `a long look finds the first fault, unless it is given up`(index: Int) throws {
    let width = TensorChecks.elementsAtOnce / 4 + 3
    let storage = TensorStorage(byteCount: 4 * width * 2) { bytes in
      for place in [index, 4 * width - 1] {
        bytes.storeBytes(of: 0x7c00, toByteOffset: place * 2, as: UInt16.self)
      }
    }
    let tokens = try Tensor(
      dtype: .float16, shape: Shape(checking: [4, width]), storage: storage)
    let input = try Self.input(tokens: tokens)
    let pruner = Pruner(kernels: .best)
    let fault = #expect(throws: PruningError.self) { try pruner.requireFiniteTokens(of: input) }
    #expect(fault?.index == index)
    let stopped = #expect(throws: PruningError.self) {
      try pruner.interrupted(when: { true }).requireFiniteTokens(of: input)
    }
    let isFirst = index < TensorChecks.elementsAtOnce
    #expect(stopped?.code == (isFirst ? .nonFiniteValue : .interrupted))
  }

  @Test func `one importance source is needed`() throws {
    let tensor = try Self.tensor([4])
    let none = #expect(throws: PruningError.self) {
      try ImportanceSource(
        attention: nil, query: nil, key: nil, receivedAttention: nil, importance: nil)
    }
    #expect(none?.code == .missingTensor)
    let two = #expect(throws: PruningError.self) {
      try ImportanceSource(
        attention: nil, query: tensor, key: tensor, receivedAttention: tensor, importance: nil)
    }
    #expect(two?.code == .conflictingTensors && two?.tensor == .receivedAttention)
    #expect(two?.otherTensor == .query)
    let half = #expect(throws: PruningError.self) {
      try ImportanceSource(
        attention: tensor, query: nil, key: tensor, receivedAttention: nil, importance: nil)
    }
    #expect(half?.code == .missingTensor && half?.tensor == .query)
    let source = try ImportanceSource(
      attention: nil, query: tensor, key: tensor, receivedAttention: nil, importance: nil)
    #expect(source.name == .queryKey)
  }
}
