/// What epoll hands back with an event: a slot, and which of its tenants was meant.
struct EventToken: Sendable, Equatable {
  let generation: UInt32
  let slot: UInt32

  init(generation: UInt32, slot: UInt32) {
    self.generation = generation
    self.slot = slot
  }

  init(packed: UInt64) {
    generation = UInt32(truncatingIfNeeded: packed >> 32)
    slot = UInt32(truncatingIfNeeded: packed)
  }

  var packed: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

  /// The loop's own wake-up descriptor.
  static let wakeup = EventToken(generation: .max, slot: .max)

  /// The listener with that index; connections never use the last generation.
  static func listener(_ index: Int) -> EventToken {
    EventToken(generation: .max, slot: UInt32(index))
  }
}
