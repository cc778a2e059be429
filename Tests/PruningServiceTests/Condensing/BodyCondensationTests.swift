import HTTPEngine
import TensorCoding
import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import PruningService
@testable import TokenPruning

/// Bodies that are condensed as they arrive against the same bodies as a whole.
@Suite struct BodyCondensationTests {
  private static let settings = """
    "strategy": {"global_threshold": 1.2, "recycling_cell_size": 2.2, "layers": 8,
      "stages": [{"layer": 0, "retain_ratio": 0.4}]}, "timing": false,
    "return": ["indices", "merges", "importance", "stages", "tokens"]
    """
  private static let buffers = BufferPool(maximumIdleBytes: 1 << 20)
  private static let limits = AdmissionLimits(
    bytes: 1 << 30, awaitedBytes: 1 << 30, requests: 4, share: ClientShare(percent: 100),
    bytesPerSecond: 1 << 20)

  private func tensor(
    _ dimensions: [Int], _ dtype: DType = .float16, seed: UInt64, replacing: [Int: Float] = [:]
  ) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let shape = try Shape(checking: dimensions)
    let size = dtype.byteSize
    let storage = TensorStorage(byteCount: shape.elementCount * size) { bytes in
      for index in 0..<shape.elementCount {
        let value = replacing[index] ?? Float.random(in: 0..<1, using: &generator)
        switch dtype {
        case .float16:
          bytes.storeBytes(
            of: Float16(value).bitPattern, toByteOffset: index * size, as: UInt16.self)
        case .bfloat16:
          bytes.storeBytes(
            of: UInt16(value.bitPattern >> 16), toByteOffset: index * size, as: UInt16.self)
        default: bytes.storeBytes(of: value, toByteOffset: index * size, as: Float.self)
        }
      }
    }
    return try Tensor(dtype: dtype, shape: shape, storage: storage)
  }

  /// The body as a worker gets it after it has arrived in pieces.
  private func arrived(
    _ file: TensorStorage, seed: UInt64, kernels: KernelSet = .best, smallest: Int = 0
  ) throws -> (storage: TensorStorage, most: Int, condensation: BodyCondensation) {
    var generator = SeededGenerator(seed: seed)
    let ledger = AdmissionLedger(limits: Self.limits)
    let claim = try ledger.open(ClientKey(.key("a")), bytes: file.byteCount, at: 0)
    let condensation = BodyCondensation(
      length: file.byteCount, kernels: kernels, limits: CodingLimits(), buffers: Self.buffers,
      claim: claim, smallest: smallest)
    let body = Self.buffers.take(capacity: file.byteCount)
    var (sent, most) = (0, 0)
    while sent < file.byteCount {
      let count = min(file.byteCount - sent, Int.random(in: 1...999, using: &generator))
      body.append(file.bytes.extracting(sent..<sent + count))
      most = max(most, body.count)
      condensation.condense(body)
      sent += count
    }
    #expect(claim.bodyIsComplete(condensation.heldBytes(with: body)))
    #expect(ledger.total.bytes >= body.count + condensation.byteCount)
    return (TensorStorage(viewing: body, condensation: condensation), most, condensation)
  }

  private func answer(
    _ body: TensorStorage, kernels: KernelSet = .best
  ) -> Result<[UInt8], ServiceProblem> {
    let operation = PruneOperation(
      pruner: Pruner(kernels: kernels), strategies: BuiltInStrategies(),
      limits: MessageLimits())
    do throws(ServiceProblem) {
      let request = try operation.decode(body, as: .safetensors, memory: nil)
      return .success(
        try AnswerEncoder.json(try operation.run(request, checkpoint: Checkpoint {}).body))
    } catch { return .failure(error) }
  }

  /// A body with attention of zeros in F16, as a worker gets it with the service's own bounds.
  private func arrivedZeros(
    _ dimensions: [Int]
  ) throws -> (storage: TensorStorage, most: Int, condensation: BodyCondensation) {
    let shape = try Shape(checking: dimensions)
    let zeros = try Tensor(
      dtype: .float16, shape: shape,
      storage: TensorStorage(byteCount: shape.elementCount * 2) { _ in })
    let file = try RequestDraft(fields: Self.settings, shared: [("attention", zeros)])
      .body(.safetensors)
    return try arrived(file, seed: 2, smallest: CondensationPlan.smallestTarget)
  }

  private func expectSame(
    _ draft: RequestDraft, isCondensed: Bool = true, seed: UInt64 = 5,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let file = try draft.body(.safetensors)
    for kernels in KernelSet.supported {
      let condensed = try arrived(file, seed: seed, kernels: kernels)
      #expect(condensed.storage.condensed.isEmpty == !isCondensed, sourceLocation: location)
      #expect(
        answer(condensed.storage, kernels: kernels) == answer(file, kernels: kernels),
        "seed \(seed)", sourceLocation: location)
    }
  }

  @Test(arguments: [DType.float16, .bfloat16, .float32], [(9, 1), (16, 3), (25, 2), (81, 1)])
  func `items with a batch axis are answered alike`(dtype: DType, size: (rows: Int, batch: Int))
    throws
  {
    let (rows, batch) = size
    try expectSame(
      RequestDraft(
        fields: Self.settings,
        shared: [
          ("tokens", try tensor([batch, rows, 5], dtype, seed: 1)),
          ("attention", try tensor([batch, 8, rows, rows], dtype, seed: 2)),
        ]), seed: UInt64(rows))
  }

  @Test func `items of their own sizes are answered alike, in any order`() throws {
    let items = try [16, 9, 36].map { rows in
      RequestDraft.Item(
        tensors: [
          ("attention", try tensor([9, rows + 1, rows + 1], seed: UInt64(rows))),
          ("tokens", try tensor([rows, 3], seed: 7)),
        ])
    }
    try expectSame(
      RequestDraft(
        fields: Self.settings
          + ", \"layout\": {\"kind\":\"grid\",\"rows\":4,\"columns\":4,\"cls_tokens\":1}",
        items: items))
    try expectSame(
      RequestDraft(
        fields: Self.settings,
        items: items.map { item in RequestDraft.Item(tensors: item.tensors.reversed()) }))
  }

  @Test func `tiles are condensed where the rank tells the heads`() throws {
    let layout = """
      , "layout": {"kind": "frames", "frames": 3, "rows": 4, "columns": 4}, "return": ["indices"]
      """
    let settings = Self.settings.replacing(#/, *\n *"return".*/#, with: "") + layout
    try expectSame(
      RequestDraft(
        fields: settings, shared: [("attention", try tensor([2, 3, 8, 16, 16], seed: 3))]))
    // [B,T,N,N] is a head mean per tile here, and [B,H,N,N] elsewhere.
    try expectSame(
      RequestDraft(
        fields: settings, shared: [("attention", try tensor([2, 3, 16, 16], seed: 4))]),
      isCondensed: false)
  }

  // MARK: Attention without heads

  @Test(arguments: [DType.float16, .bfloat16, .float32], [(9, 1), (16, 3), (25, 2), (81, 1)])
  func `rows that were averaged as they came give the same answer`(
    dtype: DType, size: (rows: Int, batch: Int)
  ) throws {
    let (rows, batch) = size
    let draft = RequestDraft(
      fields: Self.settings,
      shared: [
        ("tokens", try tensor([batch, rows, 5], dtype, seed: 1)),
        ("attention", try tensor([batch, rows, rows], dtype, seed: 2)),
      ])
    try expectSame(draft, isCondensed: false, seed: UInt64(rows))
    let (storage, _, condensation) = try arrived(try draft.body(.safetensors), seed: 3)
    #expect(storage.columnMeans.count == batch)
    #expect(storage.columnMeans.allSatisfy { $0.means.count == rows })
    #expect(condensation.byteCount == 0)
    #expect(condensation.nanoseconds > 0)
  }

  @Test func `items with heads and without are answered alike`() throws {
    let items = try [16, 9, 36, 25].map { rows in
      let heads = rows % 2 == 0 ? [9] : []
      return RequestDraft.Item(tensors: [
        ("attention", try tensor(heads + [rows + 1, rows + 1], seed: UInt64(rows))),
        ("tokens", try tensor([rows, 3], seed: 7)),
      ])
    }
    let layouts = [4, 3, 6, 5].map { side in
      "{\"layout\":{\"kind\":\"grid\",\"rows\":\(side),\"columns\":\(side),\"cls_tokens\":1}}"
    }
    let draft = RequestDraft(
      fields: Self.settings + ", \"items\": [" + layouts.joined(separator: ",") + "]",
      items: items)
    try expectSame(draft)
    let storage = try arrived(try draft.body(.safetensors), seed: 3).storage
    #expect(storage.columnMeans.map(\.means.count) == [10, 26])
  }

  @Test func `tiles are averaged one by one`() throws {
    let settings = Self.settings.replacing(#/, *\n *"return".*/#, with: "")
    let draft = RequestDraft(
      fields: settings + """
        , "layout": {"kind": "frames", "frames": 3, "rows": 4, "columns": 4}, "return": ["indices"]
        """, shared: [("attention", try tensor([2, 3, 16, 16], seed: 4))])
    try expectSame(draft, isCondensed: false)
    #expect(try arrived(try draft.body(.safetensors), seed: 3).storage.columnMeans.count == 6)
  }

  @Test(arguments: [0, 1, 16, 255, 256, 511])
  func `a bad element of attention that stays is the same 422`(index: Int) throws {
    for value in [Float.infinity, .nan] {
      let draft = RequestDraft(
        fields: Self.settings,
        shared: [("attention", try tensor([2, 16, 16], seed: 6, replacing: [index: value]))])
      try expectSame(draft, isCondensed: false)
      #expect(throws: ServiceProblem.self) {
        try answer(arrived(try draft.body(.safetensors), seed: 2).storage).get()
      }
    }
  }

  @Test(arguments: [(1, 362, false), (1, 363, true), (5, 180, false), (5, 182, true)])
  func `small attention that stays is the worker's`(batch: Int, rows: Int, isKnown: Bool) throws {
    let arrived = try arrivedZeros([batch, rows, rows])
    #expect(arrived.storage.columnMeans.count == (isKnown ? batch : 0))
  }

  // MARK: Faults

  @Test(arguments: [0, 1, 255, 256, 2047, 2048, 5000, 6143])
  func `an element that is not finite is the same 422`(index: Int) throws {
    for value in [Float.infinity, -.infinity, .nan] {
      let attention = try tensor(
        [3, 8, 16, 16], seed: 6,
        replacing: index < 6143 ? [index: value, 6143: .nan] : [index: value])
      let file = try RequestDraft(fields: Self.settings, shared: [("attention", attention)])
        .body(.safetensors)
      let condensed = try arrived(file, seed: 8)
      let (ours, whole) = (answer(condensed.storage), answer(file))
      #expect(ours == whole)
      guard case .failure(let problem) = whole else { return #expect(Bool(false)) }
      #expect(problem.type == .nonFiniteValue)
    }
  }

  @Test func `a sum of heads that is too large is the same 422`() throws {
    let attention = try tensor([1, 4, 9, 9], .float32, seed: 6, replacing: [1: 3e38, 82: 3e38])
    try expectSame(RequestDraft(fields: Self.settings, shared: [("attention", attention)]))
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

  @Test func `a body that is no file stays as it is`() throws {
    for text in [
      "", "abcdefghijkl", "\u{2}\0\0\0\0\0\0\0{}trailing", "\u{9}\0\0\0\0\0\0\0[1,2,3,4]",
    ] {
      let file = TensorStorage(text: text)
      let condensed = try arrived(file, seed: 3)
      #expect(condensed.storage.condensed.isEmpty)
      #expect(condensed.storage.byteCount == file.byteCount)
      #expect(answer(condensed.storage) == answer(file))
    }
  }

  @Test func `never more than a read of the attention is there`() throws {
    let file = try RequestDraft(
      fields: Self.settings, shared: [("attention", try tensor([1, 16, 64, 64], seed: 1))]
    ).body(.safetensors)
    let (storage, most, condensation) = try arrived(file, seed: 2)
    #expect(file.byteCount > 131_072)
    #expect(most < 3000)
    #expect(storage.byteCount < 1000)
    #expect(condensation.byteCount == 64 * 64 * 4)
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

  /// Nobody gives back the pages of memory that a larger body had before, so they stay accounted for.
  @Test(arguments: [0, 300_000, 525_000])
  func `pages that are there already count`(before: Int) throws {
    let buffers = BufferPool(maximumIdleBytes: 1 << 30)
    let file = try RequestDraft(
      fields: Self.settings, shared: [("attention", try tensor([1, 64, 64, 64], seed: 1))]
    ).body(.safetensors)
    let sums = 64 * 64 * 4
    buffers.take(capacity: file.byteCount).write { _ in before }
    let ledger = AdmissionLedger(limits: Self.limits)
    let claim = try ledger.open(ClientKey(.key("a")), bytes: file.byteCount, at: 0)
    let condensation = BodyCondensation(
      length: file.byteCount, kernels: .best, limits: CodingLimits(), buffers: buffers,
      claim: claim, smallest: 0)
    let body = buffers.take(capacity: file.byteCount)
    body.append(file.bytes.extracting(0..<2000))
    condensation.condense(body)
    #expect(body.count < 2000)
    #expect(ledger.total.bytes == max(before, 2000) + sums)
    #expect(condensation.heldBytes(with: body) == max(before, 2000) + sums)
  }

  /// What was declared and never came takes no room from memory at rest.
  @Test func `sums that were never written leave no pages`() throws {
    let buffers = BufferPool(maximumIdleBytes: 1 << 30)
    let file = try RequestDraft(
      fields: Self.settings, shared: [("attention", try tensor([1, 4, 256, 256], seed: 1))]
    ).body(.safetensors)
    let ledger = AdmissionLedger(limits: Self.limits)
    do {
      let condensation = BodyCondensation(
        length: file.byteCount, kernels: .best, limits: CodingLimits(), buffers: buffers,
        claim: try ledger.open(ClientKey(.key("a")), bytes: file.byteCount, at: 0), smallest: 0)
      let body = buffers.take(capacity: file.byteCount)
      body.append(file.bytes.extracting(0..<2000))
      condensation.condense(body)
      #expect(condensation.byteCount == 256 * 256 * 4)
    }
    #expect(buffers.idleBytes < 6000)
    #expect(ledger.total == Holding())
  }
}
