/// The course of a search as an SVG picture: every trial, the best so far, the default strategy.
public struct ConvergencePlot: Sendable {
  /// A trial with a value.
  public struct Point: Sendable, Equatable {
    let trial: Int
    let value: Double
    let standardError: Double?
    /// Whether only a part was measured.
    let isStopped: Bool
    let isDefault: Bool
  }

  private let title: String
  private let points: [Point]

  private static let width = 720.0
  private static let height = 420.0
  private static let left = 76.0
  private static let right = 24.0
  private static let top = 64.0
  private static let bottom = 56.0

  /// Takes the trials that have a value, in the order of their numbers.
  ///
  /// - Parameters:
  ///   - title: What stands above.
  ///   - trials: All trials of a study.
  public init(title: String, trials: [StudyTrial]) {
    self.title = title
    points = trials.filter(\.isComplete).sorted { $0.id < $1.id }.compactMap { trial in
      guard let value = trial.value, value.isFinite, trial.state != "infeasible" else { return nil }
      return Point(
        trial: trial.id, value: value, standardError: trial.standardError,
        isStopped: trial.state == "stopped", isDefault: trial.origin == "default")
    }
  }

  /// The picture; colours follow the reader's light or dark theme.
  public var svg: String {
    var lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
      width="\(Int(Self.width))" height="\(Int(Self.height))" role="img" \
      font-family="system-ui, sans-serif" font-size="13">
      """,
      "<title>\(title.escapedForXML)</title>",
      "<desc>\(summary.escapedForXML)</desc>", Self.style,
      #"<rect class="paper" width="100%" height="100%"/>"#,
      text(Self.left, 26, title, class: "title"),
    ]
    lines += points.isEmpty ? [text(Self.left, 200, "No trial has a value yet.")] : drawing
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private static let style = """
    <style>
    .paper{fill:#fff} text{fill:#1f2328} .title{font-size:16px;font-weight:600}
    .grid{stroke:#d1d9e0} .axis{stroke:#59636e} .trial{fill:#8c959f}
    .stopped{fill:none;stroke:#8c959f} .error{stroke:#8c959f;opacity:.5}
    .best{fill:none;stroke:#0969da;stroke-width:2} .default{stroke:#bc4c00;stroke-dasharray:5 4}
    .leader{fill:#0969da}
    @media (prefers-color-scheme:dark){
    .paper{fill:#0d1117} text{fill:#f0f6fc} .grid{stroke:#2f353d} .axis{stroke:#9198a1}
    .best{stroke:#4493f8} .leader{fill:#4493f8} .default{stroke:#f0883e}}
    </style>
    """

  // MARK: Drawing

  private var drawing: [String] {
    let values = AxisScale(covering: points.map(\.value), steps: 5)
    let last = max(points.map(\.trial).max() ?? 1, 2)
    let trials = AxisScale(from: 0, to: Double(last), steps: 8, wholeSteps: true)
    func x(_ trial: Double) -> Double {
      Self.left + trials.place(of: trial) * (Self.width - Self.left - Self.right)
    }
    func y(_ value: Double) -> Double {
      Self.height - Self.bottom - values.place(of: value)
        * (Self.height - Self.top - Self.bottom)
    }
    return axes(trials, values, x, y) + marks(x, y) + legend
  }

  private func axes(
    _ trials: AxisScale, _ values: AxisScale, _ x: (Double) -> Double, _ y: (Double) -> Double
  ) -> [String] {
    let (end, floor) = (Self.width - Self.right, Self.height - Self.bottom)
    var lines: [String] = []
    for tick in values.ticks {
      lines.append(line(Self.left, y(tick.value), end, y(tick.value), class: "grid"))
      lines.append(text(Self.left - 8, y(tick.value) + 4, tick.label, anchor: "end"))
    }
    for tick in trials.ticks {
      lines.append(text(x(tick.value), floor + 20, tick.label, anchor: "middle"))
    }
    lines.append(line(Self.left, floor, end, floor, class: "axis"))
    lines.append(line(Self.left, Self.top, Self.left, floor, class: "axis"))
    lines.append(text((Self.left + end) / 2, Self.height - 14, "trial", anchor: "middle"))
    lines.append(
      """
      <text x="18" y="\(((Self.top + floor) / 2).short)" text-anchor="middle" \
      transform="rotate(-90 18 \(((Self.top + floor) / 2).short))">mean cosine similarity</text>
      """)
    return lines
  }

  private func marks(_ x: (Double) -> Double, _ y: (Double) -> Double) -> [String] {
    var lines: [String] = []
    func clamped(_ value: Double) -> Double {
      min(max(y(value), Self.top), Self.height - Self.bottom)
    }
    if let first = points.first(where: \.isDefault) {
      lines.append(
        line(Self.left, y(first.value), Self.width - Self.right, y(first.value), class: "default"))
    }
    for point in points {
      let place = x(Double(point.trial))
      if let error = point.standardError, error > 0, error.isFinite {
        lines.append(
          line(
            place, clamped(point.value - error), place, clamped(point.value + error),
            class: "error"))
      }
      let kind = point.isStopped ? "stopped" : "trial"
      lines.append(circle(place, y(point.value), 3, class: kind))
    }
    guard let path = bestPath(x, y), let leader else { return lines }
    lines.append(path)
    lines.append(circle(x(Double(leader.trial)), y(leader.value), 5, class: "leader"))
    return lines
  }

  private func bestPath(_ x: (Double) -> Double, _ y: (Double) -> Double) -> String? {
    var best: Double?
    var path = ""
    for point in points where !point.isStopped {
      let place = x(Double(point.trial)).short
      guard let known = best else {
        best = point.value
        path = "M\(place) \(y(point.value).short)"
        continue
      }
      path += "H\(place)"
      guard point.value > known else { continue }
      best = point.value
      path += "V\(y(point.value).short)"
    }
    guard best != nil else { return nil }
    return #"<path class="best" d="\#(path)H\#((Self.width - Self.right).short)"/>"#
  }

  private var legend: [String] {
    let y = 46.0
    return [
      line(Self.left, y, Self.left + 22, y, class: "best"),
      text(Self.left + 28, y + 4, "best so far"),
      circle(Self.left + 126, y, 3, class: "trial"), text(Self.left + 134, y + 4, "trial"),
      circle(Self.left + 186, y, 3, class: "stopped"),
      text(Self.left + 194, y + 4, "stopped early"),
      line(Self.left + 300, y, Self.left + 322, y, class: "default"),
      text(Self.left + 328, y + 4, "default strategy"),
    ]
  }

  /// The best of the trials that were measured in full.
  private var leader: Point? {
    points.filter { !$0.isStopped }.reduce(nil) { best, point in
      if let best, best.value >= point.value { return best }
      return point
    }
  }

  private var summary: String {
    guard let leader else { return "No trial was measured." }
    return "Best of \(points.count) trials: \(leader.value) in trial \(leader.trial)."
  }

  // MARK: Elements

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class kind: String
  ) -> String {
    """
    <line class="\(kind)" x1="\(x1.short)" y1="\(y1.short)" x2="\(x2.short)" y2="\(y2.short)"/>
    """
  }

  private func circle(_ x: Double, _ y: Double, _ radius: Double, class kind: String) -> String {
    #"<circle class="\#(kind)" cx="\#(x.short)" cy="\#(y.short)" r="\#(radius.short)"/>"#
  }

  private func text(
    _ x: Double, _ y: Double, _ words: String, class kind: String? = nil, anchor: String? = nil
  ) -> String {
    let kind = kind.map { #" class="\#($0)""# } ?? ""
    let anchor = anchor.map { #" text-anchor="\#($0)""# } ?? ""
    return
      #"<text x="\#(x.short)" y="\#(y.short)"\#(kind)\#(anchor)>\#(words.escapedForXML)</text>"#
  }
}

extension String {
  /// The text with the characters escaped that mean something to XML; controls are left out.
  var escapedForXML: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: continue
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
