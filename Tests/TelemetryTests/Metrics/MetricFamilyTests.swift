import Testing

@testable import Telemetry

struct MetricFamilyTests {
  private let route = Label("route", ["/v1/prune", "/livez"])
  private let status = Label("status_class", ["2xx", "4xx", "5xx"])

  @Test func `gives one cell per combination`() {
    let family = MetricFamily(labels: [route, status]) { Counter() }
    var cells = Set<ObjectIdentifier>()
    for route in route.values {
      for status in status.values { cells.insert(ObjectIdentifier(family[route, status])) }
    }
    #expect(cells.count == 12)
    #expect(family["/livez", "4xx"] === family.cell(["/livez", "4xx"]))
  }

  @Test func `counts undeclared values as other`() {
    let family = MetricFamily(labels: [route, status]) { Counter() }
    for value in ["/etc/passwd", "other", ""] { family[value, "2xx"].increment() }
    #expect(family["other", "2xx"].value == 3)
    #expect(family["other", "other"].value == 0)
  }

  @Test func `declares other once`() {
    #expect(Label("x", ["other", "a"]).values == ["a", "other"])
    #expect(Label("x", []).values == ["other"])
  }

  @Test func `renders what was looked up, in declared order`() {
    let family = MetricFamily(labels: [route, status]) { Counter() }
    family["/livez", "2xx"].increment()
    family["/v1/prune", "other"].increment(by: 2)
    _ = family["/v1/prune", "5xx"]
    var text = PrometheusText()
    family.render("x_total", into: &text)
    #expect(
      text.text == """
        x_total{route="/v1/prune",status_class="5xx"} 0
        x_total{route="/v1/prune",status_class="other"} 2
        x_total{route="/livez",status_class="2xx"} 1

        """)
  }

  @Test func `refuses too many combinations`() async {
    await #expect(processExitsWith: .failure) {
      let wide = Label("x", (0..<100).map(String.init))
      _ = MetricFamily(labels: [wide, wide, wide]) { Counter() }
    }
  }

  @Test func `refuses a missing value`() async {
    await #expect(processExitsWith: .failure) {
      _ = MetricFamily(labels: [Label("x", ["a"])]) { Counter() }.cell([])
    }
  }
}
