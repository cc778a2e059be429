internal import Synchronization

/// One time series, or the few that make a histogram.
public protocol MetricCell: AnyObject, Sendable {
  /// Writes the series' lines; `labels` is the rendered list without braces.
  func render(_ name: String, labels: String, into text: inout PrometheusText)
}

/// A label and every value it may take.
///
/// Values are declared so that no client can make the number of series grow: any other value
/// counts as `other`.
public struct Label: Sendable {
  /// The value that stands for all undeclared ones.
  public static let other = "other"

  /// The label's name.
  public let name: String
  /// The declared values, in the order of the output.
  public let values: [String]

  /// Declares a label.
  public init(_ name: String, _ values: [String]) {
    precondition(MetricName.isLabel(name), "a label is named by letters, digits and underscores")
    self.name = name
    self.values = values.filter { $0 != Self.other } + [Self.other]
    precondition(Set(self.values).count == self.values.count, "a label's values differ")
  }
}

/// The cells of a metric, one for each combination of label values.
///
/// All cells are made at once, so that looking one up takes no lock. Those never looked up are not
/// rendered.
public final class MetricFamily<Cell: MetricCell>: Sendable {
  /// More combinations than this are a mistake.
  static var maximumCells: Int { 10_000 }

  private let labels: [Label]
  private let indices: [[String: Int]]
  private let entries: [Entry]

  private final class Entry: Sendable {
    let cell: Cell
    let labels: String
    let isUsed = Atomic(false)

    init(_ cell: Cell, labels: String) {
      self.cell = cell
      self.labels = labels
    }
  }

  init(labels: [Label], makeCell: () -> Cell) {
    var cells = 1
    for label in labels {
      cells *= label.values.count
      precondition(cells <= Self.maximumCells, "a metric has too many combinations of labels")
    }
    self.labels = labels
    indices = labels.map { label in
      Dictionary(uniqueKeysWithValues: zip(label.values, 0...))
    }
    entries = Self.combinations(of: labels).map { Entry(makeCell(), labels: $0) }
  }

  /// The cell of label values, in the order in which the labels were declared.
  ///
  /// Keep the cell where the values are known beforehand; it then appears in the output at once.
  public subscript(values: String...) -> Cell { cell(values) }

  /// The cell of label values, in the order in which the labels were declared.
  public func cell(_ values: [String]) -> Cell {
    precondition(values.count == labels.count, "every label needs a value")
    var index = 0
    for (position, value) in values.enumerated() {
      let width = labels[position].values.count
      // The last value is `other`.
      index = index * width + (indices[position][value] ?? width - 1)
    }
    let entry = entries[index]
    if !entry.isUsed.load(ordering: .relaxed) { entry.isUsed.store(true, ordering: .relaxed) }
    return entry.cell
  }

  func render(_ name: String, into text: inout PrometheusText) {
    for entry in entries where entry.isUsed.load(ordering: .relaxed) {
      entry.cell.render(name, labels: entry.labels, into: &text)
    }
  }

  private static func combinations(of labels: [Label]) -> [String] {
    labels.reduce([""]) { prefixes, label in
      prefixes.flatMap { prefix in
        label.values.map { value in
          (prefix.isEmpty ? "" : prefix + ",")
            + "\(label.name)=\"\(PrometheusText.escapedLabel(value))\""
        }
      }
    }
  }
}
