import HTTPEngine

/// Lets requests refer to the regions of their clients.
struct MemoryLending: Sendable {
  private let memory: SharedMemory
  private let overloaded: @Sendable (_ missing: Int, _ client: ClientKey) -> ServiceProblem

  init(_ memory: SharedMemory, admission: AdmissionControl) {
    self.memory = memory
    overloaded = { admission.overloaded($0, $1) }
  }

  /// What a request may refer to; nil where its encoding has no references or its client is elsewhere.
  func memory(for work: AdmittedWork, _ buffers: BufferPool) -> ReferencedMemory? {
    guard work.bodyEncoding == .json, work.sharesMemory else { return nil }
    return ReferencedMemory(
      memory, client: work.claim.client,
      room: CopyRoom(claim: work.claim, buffers: buffers, overloaded: overloaded))
  }
}
