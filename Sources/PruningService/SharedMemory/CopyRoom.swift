import HTTPEngine

/// Memory for copies of what lies in regions, counted like the bytes of a body.
struct CopyRoom: Sendable {
  /// What the request holds of the bytes in flight; it grows.
  let claim: AdmissionClaim
  /// Where the memory comes from.
  let buffers: BufferPool
  /// Makes the problem to answer with when so many bytes are missing.
  let overloaded: @Sendable (_ missing: Int, _ client: ClientKey) -> ServiceProblem

  /// A buffer for that many bytes.
  func buffer(_ count: Int) throws(ServiceProblem) -> BodyBuffer {
    guard claim.grow(by: count), let buffer = buffers.takeIfPossible(capacity: count) else {
      throw overloaded(count, claim.client)
    }
    return buffer
  }
}
