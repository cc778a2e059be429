import HTTPEngine
import TensorCoding
import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import PruningService
@testable import TokenPruning

/// Some heads at once, from bodies in pieces of any size, against a whole body.
@Suite struct HeadAdderTests: CondensingSuite {
  @Test(arguments: [DType.float16, .bfloat16, .float32], 1...13)
  func `any number of heads is answered alike`(dtype: DType, heads: Int) throws {
    let fewest = dtype == .float32 ? 2 : 4
    for (batch, pieces) in [(1, 1...1), (1, 1...7), (3, 1...999), (2, 5000...9000)] {
      let file = try RequestDraft(
        fields: Self.settings,
        shared: [
          ("attention", try tensor([batch, heads, 9, 9], dtype, seed: UInt64(heads))),
          ("tokens", try tensor([batch, 9, 5], dtype, seed: 1)),
        ]
      ).body(.safetensors)
      for isAnnounced in [true, false] {
        let condensed = try arrived(
          file, seed: UInt64(heads), isAnnounced: isAnnounced, pieces: pieces)
        #expect(condensed.storage.condensed.isEmpty == (heads < fewest))
        #expect(answer(condensed.storage) == answer(file), "\(batch) items, pieces of \(pieces)")
      }
    }
  }

  @Test(arguments: [1...1, 1...50, 100...400, 900...1100, 20_000...20_000])
  func `items of different numbers of heads are answered alike`(pieces: ClosedRange<Int>) throws {
    let items = try [(16, 8), (9, 13), (36, 7), (16, 5)].enumerated().map { index, size in
      let dtype: DType = index == 1 ? .float32 : index == 2 ? .bfloat16 : .float16
      return RequestDraft.Item(tensors: [
        ("tokens", try tensor([size.0, 3], seed: 7)),
        ("attention", try tensor([size.1, size.0, size.0], dtype, seed: UInt64(index))),
      ])
    }
    let file = try RequestDraft(fields: Self.settings, items: items).body(.safetensors)
    for isAnnounced in [true, false] {
      let condensed = try arrived(file, seed: 6, isAnnounced: isAnnounced, pieces: pieces)
      #expect(condensed.storage.condensed.count == 4)
      #expect(answer(condensed.storage) == answer(file))
    }
  }

  /// Columns come before heads where several are added at once, but the first element is told.
  @Test(arguments: [
    [7 * 81 + 3, 6 * 81 + 70], [80, 81], [2 * 81 + 1, 81 + 40, 79], [8 * 81, 7 * 81 + 80],
    [9 * 81 + 5, 8 * 81 + 80], [17 * 81 + 2, 9 * 81 + 60], [5 * 81, 3 * 81 + 80, 4 * 81 + 1],
  ])
  func `the first element that is not finite is that of the lowest head`(indices: [Int]) throws {
    let values: [Float] = [.nan, .infinity, -.infinity]
    let replacing = Dictionary(
      uniqueKeysWithValues: indices.enumerated().map { ($1, values[$0]) })
    let attention = try tensor([2, 9, 9, 9], seed: 6, replacing: replacing)
    let file = try RequestDraft(fields: Self.settings, shared: [("attention", attention)])
      .body(.safetensors)
    for pieces in [1...1, 1...30, 1...999, 4000...4000] {
      let condensed = try arrived(file, seed: 2, pieces: pieces)
      #expect(answer(condensed.storage) == answer(file))
      guard case .failure(let problem) = answer(condensed.storage) else {
        return #expect(Bool(false))
      }
      #expect(problem.type == .nonFiniteValue)
    }
  }

  /// With memory of its own, whose pages nobody has used before.
  @Test(arguments: [DType.float16, .float32], [(1, 16), (3, 9), (2, 5)])
  func `heads that wait and a slice are all that is there`(
    dtype: DType, shape: (batch: Int, heads: Int)
  ) throws {
    let (batch, heads) = shape
    let attention = try tensor([batch, heads, 200, 200], dtype, seed: 1)
    let file = try RequestDraft(fields: Self.settings, shared: [("attention", attention)])
      .body(.safetensors)
    let outline = try SafetensorsOutline(
      file.bytes, fileByteCount: file.byteCount, limits: CodingLimits())
    for isAnnounced in [true, false] {
      let plan = CondensationPlan(outline, smallest: 0, mayWait: isAnnounced)
      let rest = file.byteCount - plan.savedBytes
      let largest = BodyBuffer.mostUncondensed
      for pieces in [1...largest, largest...largest] {
        let body = try arrived(
          file, seed: 3, isAnnounced: isAnnounced, pieces: pieces,
          buffers: BufferPool(maximumIdleBytes: 0))
        #expect(answer(body.storage) == answer(file))
        #expect(body.most <= rest + plan.waitingBytes + largest)
        #expect(body.most > plan.waitingBytes && (plan.waitingBytes > 0) == isAnnounced)
      }
    }
  }

  /// Of a ceiling of 1 GiB.
  @Test(arguments: [(taken: 512 << 20, waits: false), (taken: 500 << 20, waits: true)])
  func `none wait where room is scarce`(taken: Int, waits: Bool) throws {
    let attention = try tensor([1, 16, 200, 200], seed: 1)
    let file = try RequestDraft(fields: Self.settings, shared: [("attention", attention)])
      .body(.safetensors)
    let outline = try SafetensorsOutline(
      file.bytes, fileByteCount: file.byteCount, limits: CodingLimits())
    let plan = CondensationPlan(outline, smallest: 0)
    let body = try arrived(
      file, seed: 4, pieces: 999...999, buffers: BufferPool(maximumIdleBytes: 0),
      takenByOthers: taken)
    #expect(answer(body.storage) == answer(file))
    let rest = file.byteCount - plan.savedBytes
    #expect((body.most > rest + plan.waitingBytes / 2) == waits)
  }
}
