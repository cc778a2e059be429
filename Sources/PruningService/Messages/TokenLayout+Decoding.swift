internal import TensorCoding
internal import TokenPruning

/// A `layout` object as a request gave it.
struct LayoutChoice {
  /// The arrangement, or nil where the object only names a patch side.
  enum Arrangement {
    /// All sizes are given.
    case complete(TokenLayout)
    /// A grid whose sides follow from the number of tokens.
    case square(clsTokens: Int)
  }

  /// The arrangement; a square grid without [CLS] where the request says nothing.
  var arrangement = Arrangement.square(clsTokens: 0)
  /// The side of a patch in pixels.
  var patchPixels: Int?
  /// Where the object sits.
  let pointer: JSONPointer
}

extension FieldReader {
  /// The `layout` object.
  mutating func layout() throws(ServiceProblem) -> LayoutChoice? {
    guard let value = value("layout") else { return nil }
    let place = pointer.appending("layout")
    var fields = try FieldReader(value, at: place)
    var choice = LayoutChoice(pointer: place)
    choice.patchPixels = try fields.integer("patch_pixels", in: 1...65_536)
    if let arrangement = try fields.arrangement() { choice.arrangement = arrangement }
    try fields.finish()
    return choice
  }

  private mutating func arrangement() throws(ServiceProblem) -> LayoutChoice.Arrangement? {
    switch try string("kind") {
    case "grid": return try grid()
    case "anyres": return .complete(.anyres(try anyres()))
    case "frames": return .complete(.frames(try frames()))
    case nil where unreadKeys.isEmpty: return nil
    case nil: throw .field(pointer.appending("kind"), "is missing")
    default: throw .field(pointer.appending("kind"), "must be grid, anyres or frames")
    }
  }

  private mutating func grid() throws(ServiceProblem) -> LayoutChoice.Arrangement {
    let clsTokens = try integer("cls_tokens", in: 0...MessageLimits.maximumCount) ?? 0
    let rows = try size("rows")
    let columns = try size("columns")
    if rows == nil, columns == nil { return .square(clsTokens: clsTokens) }
    guard let rows else { throw missing("rows") }
    guard let columns else { throw missing("columns") }
    return .complete(.grid(rows: rows, columns: columns, clsTokens: clsTokens))
  }

  private mutating func anyres() throws(ServiceProblem) -> AnyresLayout {
    AnyresLayout(
      side: try requiredSize("side"), tilePixels: try requiredSize("tile_pixels"),
      imageWidth: try requiredSize("image_width"),
      imageHeight: try requiredSize("image_height"), maxTiles: try size("max_tiles") ?? 9,
      gridWidth: try size("grid_width"), gridHeight: try size("grid_height"))
  }

  private mutating func frames() throws(ServiceProblem) -> FramesLayout {
    FramesLayout(
      frames: try requiredSize("frames"), rows: try requiredSize("rows"),
      columns: try requiredSize("columns"), pool: try size("pool") ?? 2)
  }

  private mutating func size(_ key: String) throws(ServiceProblem) -> Int? {
    try integer(key, in: 1...MessageLimits.maximumCount)
  }

  private mutating func requiredSize(_ key: String) throws(ServiceProblem) -> Int {
    guard let size = try size(key) else { throw missing(key) }
    return size
  }

  /// The problem of a field that has to be there.
  func missing(_ key: String) -> ServiceProblem { .field(pointer.appending(key), "is missing") }
}
