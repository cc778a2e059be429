extension ConfigurationKey {
  /// `docs/configuration.md`, written from the table of keys so that it cannot be out of date.
  package static var documentation: String {
    """
    # Configuration

    Every setting is a flag of `vflowopt serve` and an environment variable; the flag wins over the
    variable, the variable over the default. An unknown `VFLOWOPT_` variable and a value outside its
    range stop the start with exit code 78, and every fault is listed. `vflowopt serve --print-config`
    prints the effective values and where each comes from.

    Sizes are bytes, or a number with one of the suffixes `KiB`, `MiB` and `GiB`. Durations are
    seconds with at most three decimals. All settings are read once, at the start.

    In Kubernetes, set `enableServiceLinks: false`: for a Service named `vflowopt` the cluster would
    otherwise define variables of this prefix, `VFLOWOPT_PORT` among them.

    | Flag | Variable | Type | Default | Allowed | Meaning |
    |---|---|---|---|---|---|
    \(all.map(\.row).joined(separator: "\n"))

    """
  }

  private var row: String {
    let shown = machineDefault ?? "`\(fallback)`"
    return "| `--\(flag)` | `\(environmentName)` | \(typeName) | \(shown) | \(range) | \(summary) |"
  }
}
