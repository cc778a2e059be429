import Testing

@testable import HTTPEngine

@Suite struct CancellationTests {
  @Test func `is set once and for all`() {
    let cancellation = Cancellation()
    #expect(!cancellation.isCancelled)
    cancellation.cancel()
    #expect(cancellation.isCancelled)
    #expect(cancellation.isCancelled(at: 0))
  }

  @Test func `waits for a client that has only finished sending`() {
    let cancellation = Cancellation()
    #expect(cancellation.peerFinishedSendingAt == nil)
    cancellation.peerFinishedSending(at: 1_000_000_000)
    #expect(cancellation.peerFinishedSendingAt == 1_000_000_000)
    #expect(!cancellation.isCancelled(at: 5_999_999_999))
    #expect(cancellation.isCancelled(at: 6_000_000_000))
    #expect(!cancellation.isPeerGone)
    cancellation.cancel()
    #expect(cancellation.isPeerGone)
  }
}
