import Foundation
import Testing

@testable import StudyDriver

@Suite struct ConvergencePlotTests {
  private func svg(_ trials: [StudyTrial], title: String = "Study s") throws -> String {
    let text = ConvergencePlot(title: title, trials: trials).svg
    // Each element is closed, and every number is one.
    #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
    #expect(!text.contains("nan") && !text.contains("inf"))
    return text
  }

  private func count(_ part: String, in text: String) -> Int {
    text.components(separatedBy: part).count - 1
  }

  @Test func `every trial with a value is a mark, and the best so far a line`() throws {
    let text = try svg([
      .sample(1, state: "succeeded", value: 0.9, error: 0.01, origin: "default"),
      .sample(3, state: "stopped", value: 0.4), .sample(2, state: "succeeded", value: 0.95),
      .sample(4, state: "infeasible"), .sample(5), .sample(6, state: "succeeded", value: 0.93),
    ])
    // One of each is the legend's.
    #expect(count(#"<circle class="trial""#, in: text) == 4)
    #expect(count(#"<circle class="stopped""#, in: text) == 2)
    #expect(count(#"<circle class="leader""#, in: text) == 1)
    #expect(count(#"class="error""#, in: text) == 1)
    #expect(count(#"<line class="default""#, in: text) == 2)
    #expect(count(#"<path class="best""#, in: text) == 1)
    #expect(text.contains("Best of 4 trials: 0.95 in trial 2."))
    #expect(text.contains("prefers-color-scheme:dark"))
  }

  @Test(
    arguments: [
      [], [0.5], [0.5, 0.5], [1e-30, -1e-30], [1e100, -1e100], [0, 0], [-0.2, 0.99999999],
    ] as [[Double]])
  func `any values give a picture`(values: [Double]) throws {
    let trials = values.enumerated().map {
      StudyTrial.sample($0 + 1, state: "succeeded", value: $1, error: 1e-300)
    }
    let text = try svg(trials)
    #expect(text.contains("No trial has a value yet.") == values.isEmpty)
  }

  @Test func `a name cannot break out of the picture`() throws {
    let text = try svg([], title: "a<script>&\"\u{1}")
    #expect(text.contains("a&lt;script&gt;&amp;&quot;</title>"))
  }

  @Test func `the picture is a document of XML`() throws {
    let trials = (1...60).map {
      StudyTrial.sample($0, state: "succeeded", value: 1 - 1 / Double($0), error: 0.01)
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).svg")
    defer { try? FileManager.default.removeItem(at: file) }
    try FileContent.write(Array(try svg(trials).utf8), to: file.path)
    let python = Process()
    python.executableURL = URL(filePath: "/usr/bin/env")
    python.arguments = [
      "python3", "-c", "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])", file.path,
    ]
    try python.run()
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
  }
}

@Suite struct AxisScaleTests {
  @Test func `ticks are round numbers within the axis`() {
    let scale = AxisScale(from: 0, to: 50, steps: 8, wholeSteps: true)
    #expect(scale.ticks.map(\.label) == ["0", "10", "20", "30", "40", "50"])
    let values = AxisScale(covering: [0.912, 0.958], steps: 5)
    #expect(values.ticks.map(\.label) == ["0.92", "0.94", "0.96"])
    for tick in values.ticks { #expect((0...1).contains(values.place(of: tick.value))) }
  }

  @Test(
    arguments: [
      (0.5, "0.5"), (12, "12"), (-3.456, "-3.46"), (0.004, "0"), (0.05, "0.05"), (-0.5, "-0.5"),
      (1.10, "1.1"),
    ])
  func `coordinates are short`(number: Double, text: String) {
    #expect(number.short == text)
  }

  @Test(
    arguments: [
      (0.91234, 3, "0.912"), (1, 0, "1"), (-0.05, 1, "-0.1"), (0, 2, "0.00"), (0.05, 2, "0.05"),
    ])
  func `labels have as many decimals as they need`(number: Double, decimals: Int, text: String) {
    #expect(number.text(decimals: decimals) == text)
  }
}
