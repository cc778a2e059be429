/// All rows, in the order of the documentation.
enum HostileTable {
  static let sections: [(title: String, rows: [HostileRow])] = [
    ("Framing", FramingRows.all),
    ("Routes, methods and negotiation", RoutingRows.all),
    ("Content codings", ContentCodingRows.all),
    ("JSON", JSONRows.all),
    ("safetensors", SafetensorsRows.all),
    ("Settings of a request to prune", SettingsRows.all),
    ("Layouts and pixels", LayoutRows.all),
    ("Plans and comparisons", OtherRouteRows.all),
    ("Studies and stored strategies", StudyRows.all),
    ("Shared memory", SharedMemoryRows.all),
  ]

  static let rows = sections.flatMap(\.rows)
}
