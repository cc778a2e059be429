/// The connections of a loop by slot; a slot's generation changes with its tenant.
struct ConnectionTable<Element: AnyObject> {
  private struct Slot {
    var tenant: Element?
    var generation: UInt32 = 0
  }

  private var slots: [Slot] = []
  private var free: [UInt32] = []
  /// Connections at the moment.
  private(set) var count = 0

  /// Lets a new tenant in; `make` receives the token that events will carry.
  mutating func insert(_ make: (EventToken) -> Element) -> Element {
    let index: Int
    if let last = free.popLast() {
      index = Int(last)
    } else {
      index = slots.count
      slots.append(Slot())
    }
    let token = EventToken(generation: slots[index].generation, slot: UInt32(index))
    let tenant = make(token)
    slots[index].tenant = tenant
    count += 1
    return tenant
  }

  /// The tenant that a token means; nil when it has left, whoever lives there now.
  subscript(token: EventToken) -> Element? {
    let index = Int(token.slot)
    guard index < slots.count, slots[index].generation == token.generation else { return nil }
    return slots[index].tenant
  }

  /// The tenant of a slot.
  subscript(slot slot: Int) -> Element? { slots[slot].tenant }

  /// Ends a tenancy; older tokens mean nobody from now on.
  mutating func remove(_ token: EventToken) {
    guard self[token] != nil else { return }
    let index = Int(token.slot)
    slots[index].tenant = nil
    // The last generation belongs to tokens that are not connections.
    let next = slots[index].generation &+ 1
    slots[index].generation = next == .max ? 0 : next
    free.append(token.slot)
    count -= 1
  }

  /// Whether there is a tenant of that kind.
  func contains(where isMatch: (Element) -> Bool) -> Bool {
    slots.contains { slot in slot.tenant.map(isMatch) ?? false }
  }

  /// All tenants, in the order of their slots.
  var tenants: [Element] { slots.compactMap(\.tenant) }
}
