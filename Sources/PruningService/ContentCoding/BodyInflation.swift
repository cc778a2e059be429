import HTTPEngine
import Tensors

/// Undoes the content coding of a body, on the worker that reads it.
///
/// What comes out counts against the bytes in flight as it comes. Nothing waits for bytes, so two
/// requests cannot hold each other up: the one for which there is no room is refused.
struct BodyInflation: Sendable {
  /// The coding to undo.
  let coding: ContentEncoding
  /// How much may come out.
  let limits: InflationLimits
  /// What the request holds of the bytes in flight; it grows.
  let claim: AdmissionClaim
  /// Makes the problem to answer with when so many bytes are missing.
  let overloaded: @Sendable (_ missing: Int) -> ServiceProblem

  /// Undoes the coding.
  ///
  /// - Parameters:
  ///   - body: The body as it was received.
  ///   - buffers: Memory for what comes out.
  ///   - condensation: What averages attention as it comes out; nil where it stays as it is.
  ///   - checkpoint: A look at deadline and client, taken between pieces.
  /// - Returns: A view of the memory with what came out.
  /// - Throws: The problem to answer with.
  func inflate(
    _ body: TensorStorage, into buffers: BufferPool, condensation: BodyCondensation? = nil,
    checkpoint: Checkpoint
  ) throws(ServiceProblem) -> TensorStorage {
    // Addresses, not memory: a page counts when it is written, and none is beyond the limits.
    let capacity = limits.allowance(consumed: body.byteCount)
    guard let output = buffers.takeIfPossible(capacity: min(capacity, Int.max - 1) + 1) else {
      throw overloaded(Self.pieceBytes)
    }
    // So much room is asked for that others may have left it far more pages than will come out.
    output.discard(beyond: Self.pieceBytes)
    var inflater = try start()
    var room = InflationRoom(claim)
    var condensed = 0
    while !inflater.isAtEnd || inflater.consumed < body.byteCount {
      try checkpoint()
      let held = max(output.count + Self.pieceBytes, output.usedBytes)
      try room.reserve(held + (condensation?.byteCount ?? 0), or: overloaded)
      try step(&inflater, body.bytes, output)
      guard inflater.produced - condensed >= BodyBuffer.condensedRead else { continue }
      condensed = inflater.produced
      condensation?.condense(output)
    }
    condensation?.condense(output)
    return TensorStorage(viewing: output, condensation: condensation, source: body.source)
  }

  private func start() throws(ServiceProblem) -> Inflater {
    do throws(ContentCodingError) { return try Inflater(coding, limits: limits) } catch {
      throw ServiceProblem(error)
    }
  }

  private func step(
    _ inflater: inout Inflater, _ input: RawSpan, _ output: BodyBuffer
  ) throws(ServiceProblem) {
    let end = min(inflater.consumed + Self.pieceBytes, input.byteCount)
    let piece = input.extracting(inflater.consumed..<end)
    do throws(ContentCodingError) {
      var progress = CodingProgress.none
      try output.appendFilling(upTo: Self.pieceBytes) { (span) throws(ContentCodingError) in
        progress = try inflater.inflate(piece, into: &span)
        return progress.produced
      }
      // There was room and all that is left of the input, and yet nothing happened.
      if progress.consumed == 0, progress.produced == 0 { try inflater.finish() }
    } catch { throw ServiceProblem(error) }
  }

  /// Small enough to look at the clock every 0.2 ms.
  private static let pieceBytes = 64 << 10
}

/// The room that one body's inflation has taken so far.
private struct InflationRoom {
  private let claim: AdmissionClaim
  private var reserved = 0

  init(_ claim: AdmissionClaim) { self.claim = claim }

  /// Makes sure of `needed` bytes beside the received body.
  mutating func reserve(
    _ needed: Int, or overloaded: (Int) -> ServiceProblem
  ) throws(ServiceProblem) {
    let added = needed - reserved
    guard added > 0 else { return }
    guard claim.grow(by: added) else {
      guard claim.couldGrow(by: added) else { throw .tooLargeInflated(limit: claim.ceiling) }
      throw overloaded(added)
    }
    reserved = needed
  }
}

extension ServiceProblem {
  /// A body that does not fit into the bytes in flight, were it alone.
  fileprivate static func tooLargeInflated(limit: Int) -> ServiceProblem {
    ServiceProblem(
      .contentTooLarge,
      detail: "the body and what its coding stands for have more than \(limit) bytes together",
      extensions: [.limitBytes(limit)])
  }
}
