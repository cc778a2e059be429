/// A first-in, first-out ring of fixed capacity.
struct BoundedQueue<Element> {
  private var ring: [Element?]
  private var head = 0
  private(set) var count = 0

  /// Makes an empty queue.
  init(capacity: Int) { ring = Array(repeating: nil, count: capacity) }

  var capacity: Int { ring.count }

  /// Adds an element at the end.
  ///
  /// The queue must have room: the caller holds a reservation.
  mutating func append(_ element: consuming Element) {
    precondition(count < ring.count, "an element was queued without a reserved place")
    let tail = head + count
    ring[tail < ring.count ? tail : tail - ring.count] = consume element
    count += 1
  }

  /// Takes the oldest element.
  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = ring[head].take()
    head = head + 1 == ring.count ? 0 : head + 1
    count -= 1
    return element
  }
}

extension BoundedQueue: Sendable where Element: Sendable {}
