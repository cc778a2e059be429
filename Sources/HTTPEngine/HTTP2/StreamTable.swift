/// The open streams of a connection by their numbers.
///
/// Numbers ascend by two, and few are open at a time, so that most lie where their half points to: open
/// addressing without a hash.
struct StreamTable {
  private var places: [HTTP2Stream?] = []
  private(set) var count = 0
  /// How many do not lie where their number points to.
  private var displaced = 0

  var isEmpty: Bool { count == 0 }

  /// All of them, in no order.
  var values: some Sequence<HTTP2Stream> { places.lazy.compactMap { $0 } }

  /// The stream of that number; nil if there is none.
  subscript(id: Int32) -> HTTP2Stream? {
    guard count > 0 else { return nil }
    var place = home(of: id)
    while let stream = places[place] {
      if stream.id == id { return stream }
      place = after(place)
    }
    return nil
  }

  /// Adds a stream whose number is not there.
  mutating func insert(_ stream: HTTP2Stream) {
    if 2 * (count + 1) > places.count { grow() }
    put(stream)
    count += 1
  }

  /// Takes a stream out; nil if there is none of that number.
  mutating func remove(_ id: Int32) -> HTTP2Stream? {
    guard count > 0 else { return nil }
    var place = home(of: id)
    while let stream = places[place] {
      if stream.id == id {
        close(place)
        count -= 1
        return stream
      }
      place = after(place)
    }
    return nil
  }

  private func home(of id: Int32) -> Int { Int(id) >> 1 & (places.count - 1) }

  private func after(_ place: Int) -> Int { (place + 1) & (places.count - 1) }

  private mutating func put(_ stream: HTTP2Stream) {
    var place = home(of: stream.id)
    if places[place] != nil { displaced += 1 }
    while places[place] != nil { place = after(place) }
    places[place] = stream
  }

  /// Empties a place and moves those up that would not be found behind it.
  private mutating func close(_ place: Int) {
    var empty = place
    if let stream = places[empty], home(of: stream.id) != empty { displaced -= 1 }
    places[empty] = nil
    guard displaced > 0 else { return }
    var next = after(empty)
    while let stream = places[next] {
      let distance = (next - home(of: stream.id)) & (places.count - 1)
      if distance >= (next - empty) & (places.count - 1) {
        places[empty] = stream
        places[next] = nil
        if distance > 0, home(of: stream.id) == empty { displaced -= 1 }
        empty = next
      }
      next = after(next)
    }
  }

  private mutating func grow() {
    let old = places
    places = Array(repeating: nil, count: max(8, 2 * old.count))
    displaced = 0
    for case let stream? in old { put(stream) }
  }
}
