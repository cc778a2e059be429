import HTTPEngine
import TensorCoding
import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import PruningService
@testable import TokenPruning

/// What is condensed, and what is left to the worker.
@Suite struct CondensationPlanTests: CondensingSuite {
  /// Words count only where they name a layout.
  @Test(arguments: [
    (#""model": "qwen2-7b""#, true), (#""items": [{"id": "frames of anyres"}]"#, true),
    (#""items": [{"id": "a\\b"}]"#, true), (#""layout": {"kind": "grid", "frames": 1}"#, true),
    (#""layout": "frames""#, true), (#""layout": {"k\u0069nd": "fr\u0061mes"}"#, false),
    (#""items": [{}, {"layout": {"kind": "anyres"}}]"#, false), (#""frames": }"#, false),
  ])
  func `heads are tiles only where a layout says so`(field: String, isCondensed: Bool) throws {
    let draft = RequestDraft(
      fields: Self.settings + ", " + field,
      shared: [("attention", try tensor([1, 8, 16, 16], seed: 3))])
    let file = try draft.body(.safetensors)
    let condensed = try arrived(file, seed: 5)
    #expect(condensed.storage.condensed.isEmpty == !isCondensed)
    #expect(condensed.storage.columnMeans.isEmpty == isCondensed)
    #expect(answer(condensed.storage) == answer(file))
  }

  @Test(arguments: [(1, 362, false), (1, 363, true), (5, 180, false), (5, 182, true)])
  func `small attention that stays is the worker's`(batch: Int, rows: Int, isKnown: Bool) throws {
    let arrived = try arrivedZeros([batch, rows, rows])
    #expect(arrived.storage.columnMeans.count == (isKnown ? batch : 0))
  }

  @Test func `small attention is not worth it`() throws {
    let file = try RequestDraft(
      fields: Self.settings, shared: [("attention", try tensor([1, 8, 16, 16], seed: 1))]
    ).body(.safetensors)
    let small = try arrived(file, seed: 2, smallest: CondensationPlan.smallestTarget)
    #expect(small.storage.condensed.isEmpty)
    #expect(small.storage.byteCount == file.byteCount)
  }

  /// The loop would call the kernel for each matrix, of which a body can have millions.
  @Test(arguments: [1, 2, 16, 31, 32])
  func `tiny matrices are added up by the worker`(rows: Int) throws {
    let heads = CondensationPlan.smallestTarget / (rows * rows) + 1
    let arrived = try arrivedZeros([1, heads, rows, rows])
    #expect(arrived.storage.condensed.isEmpty == (rows < 32))
  }

  /// Reading a header takes time, and other connections wait for the loop.
  @Test(arguments: [(60_000, true), (70_000, false)])
  func `a long header is left to the worker`(size: Int, isCondensed: Bool) throws {
    let file = try RequestDraft(
      fields: Self.settings + String(repeating: " ", count: size),
      shared: [("attention", try tensor([1, 8, 16, 16], seed: 1))]
    ).body(.safetensors)
    let condensed = try arrived(file, seed: 4).storage
    #expect(condensed.condensed.isEmpty == !isCondensed)
    #expect(answer(condensed) == answer(file))
  }

  @Test(arguments: [
    [1, 8, 16, 9], [8, 16, 16], [1, 3, 16, 16], [1, 8, 0, 0], [1, 0, 16, 16],
    // Of no elements, so that no product of sizes was checked where 0 came first.
    [1, 0, 1 << 40, 1 << 40], [0, 1, 1 << 40, 1 << 40], [0, 0, 1 << 62, 1 << 62],
  ])
  func `what is no square of enough heads stays as it is`(dimensions: [Int]) throws {
    try expectSame(
      RequestDraft(
        fields: Self.settings, shared: [("attention", try tensor(dimensions, seed: 9))]),
      isCondensed: false)
  }

  @Test(arguments: [
    // Of 729 tokens two heads wait as long as they and the sums need half of the bytes.
    (ElementType.float16, 1, 1, 729, 1), (.float16, 1, 4, 729, 1), (.float16, 1, 5, 729, 1),
    (.float16, 1, 6, 729, 2), (.float16, 1, 7, 729, 2), (.bfloat16, 1, 8, 729, 3),
    (.float16, 1, 16, 729, 3), (.float16, 9, 5, 729, 3), (.float16, 9, 4, 729, 1),
    (.float32, 1, 2, 729, 1), (.float32, 1, 3, 729, 1), (.float32, 1, 4, 729, 2),
    (.float32, 1, 16, 32, 2), (.float16, 1, 16, 32, 3),
    // Two of 2 MiB each are the most that wait.
    (.float16, 1, 16, 1024, 3), (.bfloat16, 1, 16, 1025, 2), (.float16, 1, 16, 2880, 2),
    (.float32, 1, 16, 2880, 2),
  ])
  func `so many heads are added at once`(
    type: ElementType, groups: Int, heads: Int, rows: Int, atOnce: Int
  ) {
    let target = CondensationPlan.Target(
      range: 0..<groups * heads * rows * rows * type.byteSize, type: type, groups: groups,
      heads: heads, rows: rows)
    #expect(target.headsAtOnce == atOnce)
    #expect(target.waitingBytes == (atOnce - 1) * rows * rows * type.byteSize)
    #expect(target.isKept || 2 * (target.sumBytes + target.waitingBytes) <= target.range.count)
  }

  @Test func `the largest heads that wait are accounted for`() throws {
    let file = try RequestDraft(
      fields: Self.settings,
      items: [(9, 8), (16, 8), (10, 4)].map { rows, heads in
        RequestDraft.Item(tensors: [("attention", try tensor([heads, rows, rows], seed: 1))])
      }
    ).body(.safetensors)
    let outline = try SafetensorsOutline(
      file.bytes, fileByteCount: file.byteCount, limits: CodingLimits())
    let plan = CondensationPlan(outline, smallest: 0)
    #expect(plan.targets.map(\.waitingBytes).sorted() == [0, 2 * 81 * 2, 2 * 256 * 2])
    #expect(plan.waitingBytes == 2 * 256 * 2)
    #expect(CondensationPlan(outline, smallest: 0, mayWait: false).waitingBytes == 0)
  }
}
