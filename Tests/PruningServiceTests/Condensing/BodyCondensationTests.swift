import HTTPEngine
import TensorCoding
import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import PruningService
@testable import TokenPruning

/// Bodies that are condensed as they arrive against the same bodies as a whole.
@Suite struct BodyCondensationTests: CondensingSuite {
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
    let body = try arrived(try draft.body(.safetensors), seed: 3)
    let (storage, condensation) = (body.storage, body.condensation)
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

  // MARK: Faults

  @Test(arguments: [0, 1, 255, 256, 2047, 2048, 5000, 6143])
  func `an element that is not finite is the same 422`(index: Int) throws {
    for value in [Float.infinity, -.infinity, .nan] {
      let attention = try tensor(
        [3, 8, 16, 16], seed: 6,
        replacing: index < 6143 ? [index: value, 6143: .nan] : [index: value])
      let file = try RequestDraft(fields: Self.settings, shared: [("attention", attention)])
        .body(.safetensors)
      let whole = answer(file)
      for isAnnounced in [true, false] {
        let condensed = try arrived(file, seed: 8, isAnnounced: isAnnounced)
        #expect(answer(condensed.storage) == whole)
      }
      guard case .failure(let problem) = whole else { return #expect(Bool(false)) }
      #expect(problem.type == .nonFiniteValue)
    }
  }

  @Test func `a sum of heads that is too large is the same 422`() throws {
    let attention = try tensor([1, 4, 9, 9], .float32, seed: 6, replacing: [1: 3e38, 82: 3e38])
    try expectSame(RequestDraft(fields: Self.settings, shared: [("attention", attention)]))
  }

  @Test func `a body that is no file stays as it is`() throws {
    for text in [
      "", "abcdefghijkl", "\u{2}\0\0\0\0\0\0\0{}trailing", "\u{9}\0\0\0\0\0\0\0[1,2,3,4]",
    ] {
      let file = TensorStorage(text: text)
      for isAnnounced in [true, false] {
        let condensed = try arrived(file, seed: 3, isAnnounced: isAnnounced)
        #expect(condensed.storage.condensed.isEmpty)
        #expect(condensed.storage.byteCount == file.byteCount)
        #expect(answer(condensed.storage) == answer(file))
      }
    }
  }

  /// What came of a file that is cut, or goes on, and the length of which nobody knew before.
  @Test func `a body that is not as long as its header says is the same problem`() throws {
    let draft = RequestDraft(
      fields: Self.settings,
      shared: [
        ("tokens", try tensor([1, 16, 5], seed: 1)),
        ("attention", try tensor([1, 8, 16, 16], seed: 2)),
        ("query", try tensor([1, 16, 5], seed: 3)),
      ])
    let file = try draft.body(.safetensors)
    let start = file.byteCount - 160 - 4096
    for count in [
      100, start - 1, start, start + 1, start + 3000, start + 4095, start + 4096,
      file.byteCount - 1, file.byteCount + 1, file.byteCount + 5000,
    ] {
      let body = TensorStorage(byteCount: count) { bytes in
        for index in 0..<min(count, file.byteCount) {
          // Inside the file.
          let byte = unsafe file.bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
          bytes.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
      }
      let condensed = try arrived(body, seed: 4, isAnnounced: false)
      let whole = answer(body)
      #expect(answer(condensed.storage) == whole, "\(count) bytes of \(file.byteCount)")
      #expect(throws: ServiceProblem.self) { try whole.get() }
      // What lies behind the file is not held.
      #expect(condensed.most < file.byteCount)
    }
  }

  @Test func `what was reserved for a length that nobody knew is given back`() throws {
    let file = try RequestDraft(
      fields: Self.settings, shared: [("attention", try tensor([1, 64, 64, 64], seed: 1))]
    ).body(.safetensors)
    for (limit, isCondensed) in [(64 << 20, true), (file.byteCount, true), (500_000, false)] {
      let ledger = AdmissionLedger(limits: Self.limits)
      let claim = try ledger.open(ClientKey(.key("a")), bytes: limit, at: 0)
      let condensation = BodyCondensation(
        length: nil, reserved: limit, kernels: .best, limits: CodingLimits(),
        buffers: Self.buffers, claim: claim, smallest: 300_000)
      let body = BufferPool(maximumIdleBytes: 0).take(capacity: file.byteCount)
      // Too little to be worth a look.
      body.append(file.bytes.extracting(0..<1000))
      condensation.condense(body)
      #expect(condensation.outline == nil)
      body.append(file.bytes.extracting(1000..<400_000))
      condensation.condense(body)
      #expect((body.count < 1000) == isCondensed)
      // No head waits for another, because the memory grows.
      let held = file.byteCount - 64 * 64 * 64 * 2 + BodyBuffer.mostUncondensed
      #expect(ledger.total.bytes == (isCondensed ? max(held, 400_000) + 16_384 : limit))
      withExtendedLifetime(claim) {}
    }
  }

  @Test func `never more of the attention is there than two heads and a read`() throws {
    let file = try RequestDraft(
      fields: Self.settings, shared: [("attention", try tensor([1, 16, 64, 64], seed: 1))]
    ).body(.safetensors)
    let body = try arrived(file, seed: 2)
    let (storage, most, condensation) = (body.storage, body.most, body.condensation)
    #expect(file.byteCount > 131_072)
    #expect(most < 3000 + 2 * 8192)
    #expect(storage.byteCount < 1000)
    #expect(condensation.byteCount == 64 * 64 * 4)
  }

  /// Nobody gives back the pages of memory that a larger body had before, so they stay accounted for.
  @Test(arguments: [0, 350_000, 525_000])
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
      length: file.byteCount, reserved: file.byteCount, kernels: .best, limits: CodingLimits(),
      buffers: buffers, claim: claim, smallest: 0)
    let body = buffers.take(capacity: file.byteCount)
    body.append(file.bytes.extracting(0..<20_000))
    condensation.condense(body)
    #expect(body.count < 20_000)
    // A slice, two heads, the header and the request are held at most.
    let most = file.byteCount - 62 * sums / 2 + BodyBuffer.mostUncondensed
    #expect(ledger.total.bytes == max(before, most) + sums)
    #expect(condensation.heldBytes(with: body) == max(before, 20_000) + sums)
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
        length: file.byteCount, reserved: file.byteCount, kernels: .best, limits: CodingLimits(),
        buffers: buffers,
        claim: try ledger.open(ClientKey(.key("a")), bytes: file.byteCount, at: 0), smallest: 0)
      let body = buffers.take(capacity: file.byteCount)
      body.append(file.bytes.extracting(0..<2000))
      condensation.condense(body)
      #expect(condensation.byteCount == 256 * 256 * 4)
    }
    #expect(buffers.idleBytes < 6000)
    #expect(ledger.total == Holding())
  }

  /// Whoever has not told a length can name any in the header, for the price of some bytes.
  @Test(arguments: [[1 << 32, 4, 32, 32], [1, 4, 1 << 23, 1 << 23], [1, 64, 2048, 2048]])
  func `nothing is taken for a header that promises more than may come`(dimensions: [Int]) throws {
    let size = dimensions.reduce(2, *)
    let text =
      #"{"__metadata__":{"request":"{}"},"attention":{"dtype":"F16","shape":\#(dimensions),"#
      + #""data_offsets":[0,\#(size)]}}"#
    let buffers = BufferPool()
    let ledger = AdmissionLedger(limits: Self.limits)
    let condensation = BodyCondensation(
      length: nil, reserved: 64 << 20, kernels: .best, limits: CodingLimits(), buffers: buffers,
      claim: try ledger.open(ClientKey(.key("a")), bytes: 64 << 20, at: 0))
    let body = buffers.take(capacity: 1 << 20)
    body.write { bytes in
      bytes.storeBytes(of: UInt64(text.utf8.count).littleEndian, as: UInt64.self)
      for (place, byte) in text.utf8.enumerated() {
        bytes.storeBytes(of: byte, toByteOffset: 8 + place, as: UInt8.self)
      }
      return 300 << 10
    }
    condensation.condense(body)
    #expect(condensation.outline != nil)
    #expect(condensation.byteCount == 0 && condensation.parts(of: body).isEmpty)
    #expect(buffers.heldBytes == body.usedBytes)
    #expect(ledger.total.bytes == 64 << 20)
  }
}
