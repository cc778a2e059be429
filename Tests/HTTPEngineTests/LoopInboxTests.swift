import CLinux
import Testing

@testable import HTTPEngine

@Suite struct LoopInboxTests {
  private let target = ReplyTarget(token: EventToken(generation: 1, slot: 2), exchange: 3)

  /// What a loop would hear of an inbox.
  private struct Watch: ~Copyable {
    private let epoll: Epoll

    init(_ inbox: LoopInbox) throws {
      epoll = try Epoll()
      #expect(epoll.add(inbox.descriptor, LoopInbox.interest, .wakeup) == 0)
    }

    /// Whether the loop would wake now; once for each time that it was woken.
    func hears() -> Bool { epoll.wait(milliseconds: 0) == 1 }
  }

  @Test func `wakes the loop for messages and hands them over in order`() throws {
    let inbox = try LoopInbox()
    let watch = try Watch(inbox)
    var isAwake = watch.hears()
    #expect(!isAwake)
    inbox.deliver(Response(status: 201), to: target)
    inbox.deliver(nil, to: target)
    isAwake = watch.hears()
    #expect(isAwake)
    let statuses = inbox.take().map { message -> UInt16? in
      guard case .reply(let response, target) = message else { return 0 }
      return response?.status.rawValue
    }
    #expect(statuses == [201, nil])
    isAwake = watch.hears()
    #expect(!isAwake)
    #expect(inbox.take().isEmpty)
  }

  @Test func `wakes the loop anew for what comes after it has looked, and only then`() throws {
    let inbox = try LoopInbox()
    let watch = try Watch(inbox)
    for _ in 0..<3 {
      inbox.deliver(nil, to: target)
      var isAwake = watch.hears()
      #expect(isAwake)
      // Not looked at yet, so the loop is still to come.
      inbox.deliver(nil, to: target)
      isAwake = watch.hears()
      #expect(!isAwake)
      #expect(inbox.take().count == 2)
    }
  }

  @Test func `a message from before the loop watches is heard of`() throws {
    let inbox = try LoopInbox()
    inbox.deliver(nil, to: target)
    let isAwake = try Watch(inbox).hears()
    #expect(isAwake)
  }

  @Test func `keeps an answer at hand that comes on the loop's thread`() throws {
    let inbox = try LoopInbox()
    let watch = try Watch(inbox)
    inbox.adoptThread()
    inbox.beginInline(target)
    inbox.deliver(Response(status: 201), to: target)
    #expect(inbox.endInline()??.status == 201)
    let isAwake = watch.hears()
    #expect(!isAwake)
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
