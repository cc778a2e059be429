import HTTPEngine
import TensorCoding
import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import PruningService
@testable import TokenPruning

/// A body as a worker gets it, after it has come in pieces.
struct ArrivedBody {
  static let buffers = BufferPool(maximumIdleBytes: 1 << 20)

  let storage: TensorStorage
  /// The most bytes that were there at once.
  let most: Int
  let condensation: BodyCondensation
}

/// What tests of condensing have in common: bodies, how they arrive, and what is answered.
protocol CondensingSuite {}

extension CondensingSuite {
  static var settings: String {
    """
    "strategy": {"global_threshold": 1.2, "recycling_cell_size": 2.2, "layers": 8,
      "stages": [{"layer": 0, "retain_ratio": 0.4}]}, "timing": false,
    "return": ["indices", "merges", "importance", "stages", "tokens"]
    """
  }
  static var buffers: BufferPool { ArrivedBody.buffers }
  static var limits: AdmissionLimits {
    AdmissionLimits(
      bytes: 1 << 30, awaitedBytes: 1 << 30, requests: 4, share: ClientShare(percent: 100),
      bytesPerSecond: 1 << 20)
  }

  func tensor(
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
  func arrived(
    _ file: TensorStorage, seed: UInt64, kernels: KernelSet = .best, smallest: Int = 0,
    isAnnounced: Bool = true, pieces: ClosedRange<Int> = 1...999,
    buffers: BufferPool = Self.buffers, takenByOthers taken: Int = 0
  ) throws -> ArrivedBody {
    var generator = SeededGenerator(seed: seed)
    let ledger = AdmissionLedger(limits: Self.limits)
    let reserved = isAnnounced ? file.byteCount : 64 << 20
    let others = try ledger.open(ClientKey(.key("b")), bytes: taken, at: 0)
    defer { others.release() }
    let claim = try ledger.open(ClientKey(.key("a")), bytes: reserved, at: 0)
    let condensation = BodyCondensation(
      length: isAnnounced ? file.byteCount : nil, reserved: reserved, kernels: kernels,
      limits: CodingLimits(), buffers: buffers, claim: claim, smallest: smallest)
    let body = buffers.take(capacity: file.byteCount)
    var (sent, most, tooMany) = (0, 0, 0)
    while sent < file.byteCount {
      let count = min(file.byteCount - sent, Int.random(in: pieces, using: &generator))
      body.append(file.bytes.extracting(sent..<sent + count))
      most = max(most, body.count)
      condensation.condense(body)
      sent += count
      tooMany = max(tooMany, condensation.heldBytes(with: body) + taken - ledger.total.bytes)
    }
    #expect(tooMany == 0, "what is held is accounted for")
    #expect(claim.bodyIsComplete(condensation.heldBytes(with: body)))
    #expect(ledger.total.bytes - taken >= body.count + condensation.byteCount)
    return ArrivedBody(
      storage: TensorStorage(viewing: body, condensation: condensation), most: most,
      condensation: condensation)
  }

  func answer(
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
  func arrivedZeros(
    _ dimensions: [Int]
  ) throws -> ArrivedBody {
    let shape = try Shape(checking: dimensions)
    let zeros = try Tensor(
      dtype: .float16, shape: shape,
      storage: TensorStorage(byteCount: shape.elementCount * 2) { _ in })
    let file = try RequestDraft(fields: Self.settings, shared: [("attention", zeros)])
      .body(.safetensors)
    return try arrived(file, seed: 2, smallest: CondensationPlan.smallestTarget)
  }

  func expectSame(
    _ draft: RequestDraft, isCondensed: Bool = true, seed: UInt64 = 5,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let file = try draft.body(.safetensors)
    for kernels in KernelSet.supported {
      let whole = answer(file, kernels: kernels)
      for isAnnounced in [true, false] {
        let condensed = try arrived(file, seed: seed, kernels: kernels, isAnnounced: isAnnounced)
        #expect(condensed.storage.condensed.isEmpty == !isCondensed, sourceLocation: location)
        #expect(
          answer(condensed.storage, kernels: kernels) == whole, "seed \(seed)",
          sourceLocation: location)
      }
    }
  }
}
