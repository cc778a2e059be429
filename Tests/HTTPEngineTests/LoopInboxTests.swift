import CLinux
import Testing

@testable import HTTPEngine

@Suite struct LoopInboxTests {
  private let target = ReplyTarget(token: EventToken(generation: 1, slot: 2), exchange: 3)

  private func isReadable(_ inbox: LoopInbox) -> Bool {
    clinux_wait_readable(inbox.descriptor, 0) == 1
  }

  @Test func `wakes the loop for messages and hands them over in order`() throws {
    let inbox = try LoopInbox()
    #expect(!isReadable(inbox))
    inbox.deliver(Response(status: 201), to: target)
    inbox.deliver(nil, to: target)
    #expect(isReadable(inbox))
    let statuses = inbox.take().map { message -> UInt16? in
      guard case .reply(let response, target) = message else { return 0 }
      return response?.status.rawValue
    }
    #expect(statuses == [201, nil])
    #expect(!isReadable(inbox))
    #expect(inbox.take().isEmpty)
  }

  @Test func `keeps an answer at hand that comes on the loop's thread`() throws {
    let inbox = try LoopInbox()
    inbox.adoptThread()
    inbox.beginInline(target)
    inbox.deliver(Response(status: 201), to: target)
    #expect(inbox.endInline()??.status == 201)
    #expect(!isReadable(inbox))
    inbox.beginInline(target)
    inbox.deliver(nil, to: target)
    let hasAnswer = inbox.endInline().map { $0 == nil }
    #expect(hasAnswer == true)
  }

  @Test func `posts an answer for another request`() throws {
    let inbox = try LoopInbox()
    inbox.adoptThread()
    inbox.beginInline(target)
    inbox.deliver(nil, to: ReplyTarget(token: target.token, exchange: 4))
    let isOpen = inbox.endInline() == nil
    #expect(isOpen)
    #expect(inbox.take().count == 1)
    inbox.deliver(nil, to: target)
    #expect(inbox.take().count == 1)
  }
}
