extension ConfigurationKey {
  /// `docs/configuration.md`, written from the table of keys so that it cannot be out of date.
  package static var documentation: String {
    """
    # Configuration

    Every setting is a flag of `vflowopt serve`, an environment variable and a key of the
    configuration file. The flag wins over the variable, the variable over the file, the file over the
    default. `vflowopt serve --print-config` prints the effective values and where each comes from; its
    output is itself a configuration file.

    **The file** is TOML, named by `--config FILE` or `VFLOWOPT_CONFIG`; without either none is read.
    A key is the flag's name with underscores: `--queue-capacity` is `queue_capacity`. All keys stand
    at the top level. [deploy/vflowopt.toml](../deploy/vflowopt.toml) has all of them with their
    defaults.

    **Faults** stop the start with exit code 78, all listed at once, those of the file with their line:
    unknown `VFLOWOPT_` variables and keys, values of another type or outside their range, and text
    that is not TOML.

    **Values.** Sizes are bytes, or a number with one of the suffixes `KiB`, `MiB` and `GiB` (in the
    file a string then). Durations are seconds with at most three decimals. Where a setting can be off,
    the empty text turns it off.

    **Reload.** SIGHUP reads the file, and what it names, again. Settings marked *reload* take effect
    at once; a change of another one is logged and waits for a restart. A reload that finds a fault
    changes nothing, logs an error and sets `vflowopt_reload_successful` to 0.

    **Shares.** With `client_share_percent` at 75 a client that is alone cannot use the last quarter of
    the queue and of the bytes. It is kept free so that whoever comes next finds room at once, without
    a wait for the first one's work to end; with more clients each gets less. Behind a proxy whose
    clients have no keys set it to 100: all of them are one client then.

    **The queue** has two bounds. `queue_capacity` is how many requests may wait at all, slow uploads
    included. `queue_wait_seconds` is how long one may be expected to wait, by the measured pace: it
    gives out fewer places when requests are heavy, but always 8 and one for each worker.

    In Kubernetes, set `enableServiceLinks: false`: for a Service named `vflowopt` the cluster would
    otherwise define variables of this prefix, `VFLOWOPT_PORT` among them.

    \(sections.map(table).joined(separator: "\n\n"))

    """
  }

  private static func table(_ title: String, _ keys: [ConfigurationKey]) -> String {
    """
    ## \(title)

    | Flag | Variable | Type | Default | Allowed | Change | Meaning |
    |---|---|---|---|---|---|---|
    \(keys.map(\.row).joined(separator: "\n"))
    """
  }

  private var row: String {
    let shown = machineDefault ?? (fallback.isEmpty ? "none" : "`\(fallback)`")
    let cells = [
      "`--\(flag)`", "`\(environmentName)`", typeName, shown, range, changeWord, summary,
    ]
    return "| \(cells.joined(separator: " | ")) |"
  }

  /// When a new value takes effect.
  var changeWord: String { isReloadable ? "reload" : "restart" }
}
